"""Signals end a command, also one whose main thread is lost in native code."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

# The key takes hours; meanwhile no bytecode runs in the main thread, where Python's own handlers would be called.
LOST = """
import hashlib
from engine.cli import running
running.AFTER_TERMINATION_S = 3
with running.stopping():
    print("begun", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM,)], ids=["two Ctrl+C", "SIGTERM"])
def test_a_command_that_is_lost_in_native_code_ends(signals):
    process = subprocess.Popen([sys.executable, "-c", LOST], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        for number in signals:
            process.send_signal(number)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)  # signals that come at once are one
        assert process.wait() == 130
    finally:
        process.kill()
        process.communicate()
