"""`geofm datasets`: the data sets that GeoFM reads, what there is of one on the disk, and small ones to try."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import OutputError
from ..jobs.printable import printable
from ..jobs.requests import CheckDataSetRequest
from . import declared, options
from .running import absolute, add_options, print_result, run_scores
from .tables import aligned, named, timings

__all__ = ["add_parser"]

MOST_SAMPLES = 10_000


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `datasets` and what stands below it."""
    parser = subparsers.add_parser(
        "datasets",
        help="data sets that GeoFM reads",
        description="List the data sets that GeoFM reads. Data sets are not downloaded: each has its source.",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=_list)
    commands = parser.add_subparsers(title="what to do", metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="what there is of a data set",
        description="Say what there is of a data set, what is missing (named and counted), and how its values compare "
        "with the statistics that its authors publish.",
    )
    check.add_argument("data", nargs="+", metavar="DIR", help="the set's folder; of sets that consist of several, all")
    declared.add_options(check, CheckDataSetRequest)
    declared.add_files(check, CheckDataSetRequest)
    add_options(check)
    check.set_defaults(run=_check)
    miniature = commands.add_parser(
        "miniature",
        help="write a small set of made-up samples",
        description="Write a small folder in exactly the layout of a data set, of made-up samples, to try commands on.",
    )
    miniature.add_argument("dataset", metavar="NAME", help="as geofm datasets lists them")
    miniature.add_argument("folder", metavar="DIR", help="a new folder")
    miniature.add_argument(
        "--samples",
        type=options.whole_number(f"a whole number, 1 to {MOST_SAMPLES:,}", lambda count: 1 <= count <= MOST_SAMPLES),
        default=4,
        metavar="N",
        help="of each part; default: 4",
    )
    miniature.set_defaults(run=_miniature)


def _list(args: argparse.Namespace) -> int:
    from ..datasets.registry import DATASETS

    rows = DATASETS.values()
    if args.json:
        told = ("name", "title", "splits", "parted_by", "source", "licence")
        print_result({"datasets": [{name: getattr(row, name) for name in told} for row in rows]})
        return 0
    texts = [(row.name, row.title, ", ".join(row.splits), row.licence, row.source) for row in rows]
    print("\n".join(aligned([("name", "data set", "parts", "licence", "source"), *texts])))
    return 0


def _check(args: argparse.Namespace) -> int:
    request = CheckDataSetRequest(
        data=tuple(map(absolute, args.data)),
        **declared.values_of(args, CheckDataSetRequest),
        **declared.paths_of(args, CheckDataSetRequest),
    )
    return run_scores(request, args, lambda summary: "\n".join(_findings(summary)))


def _miniature(args: argparse.Namespace) -> int:
    from ..datasets.registry import row_of

    row, folder = row_of(args.dataset), Path(absolute(args.folder))
    if folder.exists():
        raise OutputError(f"{folder} is there already; name a new folder.")
    try:
        paths = row.write_miniature(folder, args.samples)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror}); choose another folder.") from error
    print(f"A made-up {row.title}:")
    for path in paths:
        print(f"  {printable(str(path))}")
    return 0


def _findings(summary: Mapping[str, Any]) -> Iterator[str]:
    yield f"{summary['title']} ({summary['dataset']})"
    for name, value in summary["found"].items():
        if isinstance(value, Mapping):
            yield named(name, ", ".join(f"{key} {each}" for key, each in value.items() if key != "by event"), 22)
            yield from (f"    {printable(event)}: {count}" for event, count in value.get("by event", {}).items())
        else:
            yield named(name, f"{value:,}" if isinstance(value, int) else value, 22)
    yield "missing or unusable:" if summary["missing"] else "nothing is missing"
    for each in summary["missing"]:
        names = "; ".join(each["names"]) + ("; …" if len(each["names"]) < each["count"] and each["names"] else "")
        yield f"  {each['count']:,} {printable(each['what'])}" + (f": {printable(names)}" if names else "")
    for split, told in summary["splits"].items():
        yield f"{split}: {told['samples']:,} samples, of which {told['read']:,} were read"
        yield from (f"  {line}" for line in _statistics(told))
    yield from map(printable, summary["notes"])
    yield timings(summary.get("seconds", {}))


def _statistics(told: Mapping[str, Any]) -> list[str]:
    rows = [("band", "units", "observed", "mean", "std", "lowest", "highest", "published mean", "std")]
    for bands in told["bands"].values():
        for band, facts in bands.items():
            values = [f"{facts[key]:.4g}" if key in facts else "-" for key in ("mean", "std", "low", "high")]
            published = facts.get("published")
            beside = [f"{published[key]:.4g}" for key in ("mean", "std")] if published else ["-", "-"]
            rows.append((band, facts["units"], f"{facts['observed']:.1%}", *values, *beside))
    lines = aligned(rows)
    cut = [
        facts["published"]["cut_off_at"]
        for bands in told["bands"].values()
        for facts in bands.values()
        if "cut_off_at" in facts.get("published", {})
    ]
    if cut:
        lines.append(f"(means and deviations are of values cut off at {cut[0][0]:g} and {cut[0][1]:g}, as published)")
    for name, shares in told["classes"].items():
        lines.append(f"{name}: " + ", ".join(f"{label} {share:.1%}" for label, share in shares.items()))
    return lines
