"""`geofm doctor`: what may be wrong with this installation."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="look for what is wrong with this installation",
        description="Look at versions, memory, disk, queue and environment, and map a small simulated flood. "
        "Exit status 1 tells that something is wrong.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per check and line")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from ..diagnostics import checks

    problems = 0
    for check in checks():
        problems += not check.ok
        if args.json:
            print(json.dumps(asdict(check), ensure_ascii=False), flush=True)
        else:
            remedy = f"; {check.remedy}" if check.remedy else ""
            print(f"{'ok' if check.ok else 'problem':<8} {check.name}: {check.text}{remedy}", flush=True)
    if not args.json:
        print(f"{problems} problem{'' if problems == 1 else 's'}." if problems else "Everything is in order.")
    return min(problems, 1)
