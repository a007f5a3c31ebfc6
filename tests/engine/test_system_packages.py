"""The script that installs system packages asks whoever sits at a terminal; nothing is installed here."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "system-packages.sh"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Stands for a system on which nothing is installed: its programs only say what they were asked for."""
    for name, line in (("dpkg-query", "exit 1"), ("sudo", 'echo sudo "$@"'), ("apt-get", 'echo apt-get "$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def run(programs: Path, user: int, answer: str | None) -> tuple[int, str]:
    """Status and output for a user; without an answer there is no terminal."""
    (programs / "id").write_text(f"#!/bin/sh\necho {user}\n")
    (programs / "id").chmod(0o755)
    keyboard, terminal = pty.openpty()
    if answer is not None:
        os.write(keyboard, answer.encode())
    done = subprocess.run(
        [SCRIPT, "qgis", "xvfb"],
        stdin=subprocess.DEVNULL if answer is None else terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"PATH": f"{programs}:/usr/bin:/bin"},
        text=True,
    )
    os.close(keyboard)
    os.close(terminal)
    return done.returncode, done.stdout


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_without_a_yes_nothing_is_installed(programs: Path, answer: str) -> None:
    status, printed = run(programs, 1000, answer)
    assert status == 1 and "password" in printed and "sudo apt-get" not in printed
    assert "run 'apt-get install qgis xvfb' as root" in printed


@pytest.mark.parametrize(
    ("user", "answer", "how"),
    [(1000, "y\n", "sudo apt-get"), (1000, None, "sudo apt-get"), (0, None, "apt-get"), (0, "n\n", "apt-get")],
)
def test_installed_are_the_packages_that_are_missing(programs: Path, user: int, answer: str | None, how: str) -> None:
    status, printed = run(programs, user, answer)
    assert status == 0 and f"\n{how} install -q -y --no-install-recommends qgis xvfb\n" in printed
