"""A desktop for tests: an X server without a screen, a window manager, QGIS in a window, a mouse and a keyboard."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SIZE = (1600, 1000)
FRAME = 24  # of a window, in pixels
PATIENCE_S = 600.0  # after so long what must come will not


class Desktop:
    """One X display."""

    def __init__(self) -> None:
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            self.environment = {**os.environ, "DISPLAY": f":{pipe.readline().strip()}", "QT_QPA_PLATFORM": "xcb"}
        self._manager = subprocess.Popen(
            ["openbox"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def close(self) -> None:
        """End the window manager and the server."""
        for process in (self._manager, self._server):
            process.terminate()
            process.wait()

    def do(self, *words: object) -> str:
        """Move the mouse or press keys."""
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def photograph(self, path: Path) -> None:
        """Save what is on the screen, in 255 colours: a tenth of the size."""
        command = ["import", "-window", "root", "-dither", "None", "-colors", "255", f"PNG8:{path}"]
        subprocess.run(command, env=self.environment, check=True)


class Window:
    """A running QGIS with its main window."""

    def __init__(self, desktop: Desktop, process: subprocess.Popen[bytes], probe: Path) -> None:
        self.desktop = desktop
        self.process = process
        self._probe = probe

    def look(self) -> dict[str, Any]:
        """What the probe told last."""
        with contextlib.suppress(FileNotFoundError):
            return json.loads(self._probe.read_text(encoding="utf-8"))
        return {"time": 0.0, "widgets": {}}

    def wait(self, condition: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
        """Wait until what the probe tells meets a condition; only what it saw from now on counts."""
        begun, deadline = time.time(), time.monotonic() + PATIENCE_S
        while True:
            seen = self.look()
            if seen["time"] >= begun and condition(seen):
                return seen
            assert self.process.poll() is None, f"QGIS ended before {what}"
            assert time.monotonic() < deadline, f"{what} did not come: {sorted(seen['widgets'])}"
            time.sleep(0.05)

    def find(self, name: str) -> dict[str, Any]:
        """Something on the screen that is ready, where it has come to rest."""
        seen: list[tuple[float, list[int]]] = []

        def rests(told: dict[str, Any]) -> bool:
            place = told["widgets"].get(name)
            if place is None or not place["ready"]:
                seen.clear()
            elif not seen or seen[-1][0] != told["time"]:
                seen.append((told["time"], place["rect"]))
            return len(seen) >= 3 and seen[-1][1] == seen[-2][1] == seen[-3][1]

        return self.wait(rests, f"“{name}”")["widgets"][name]

    def fill_screen(self) -> None:
        """Make the main window as large as the screen."""
        (number, *_) = self.desktop.do("search", "--onlyvisible", "--class", "qgis").split()
        self.desktop.do("windowactivate", "--sync", number)
        self.desktop.do("windowmove", number, 0, 0, "windowsize", number, SIZE[0], SIZE[1] - FRAME)

    def click(self, name: str, across: float = 0.5, button: int = 1) -> None:
        """Click into the middle of something, or at a share of its width."""
        x, y, width, height = self.find(name)["rect"]
        self.desktop.do("mousemove", x + int(width * across), y + height // 2, "click", button)

    def choose(self, name: str, beginning: str) -> None:
        """Choose from a list by the first letters."""
        self.click(name)
        time.sleep(0.5)  # the list opens
        self.type(beginning)
        self.press("Return")

    def scroll_up(self, name: str, button: int = 4) -> None:
        """Turn the wheel until the top of a scroll area is seen."""
        x, y, width, _ = self.find(name)["rect"]
        self.desktop.do("mousemove", x + width // 2, y + 8, "click", "--repeat", 30, "--delay", 5, button)

    def scroll_down(self, name: str) -> None:
        """The same for its end."""
        self.scroll_up(name, button=5)

    def type(self, text: str) -> None:
        """Type text into what has the focus."""
        self.desktop.do("type", "--delay", 5, text)

    def press(self, *keys: str) -> None:
        """Press keys, such as ctrl+s."""
        self.desktop.do("key", *keys)

    def drag(self, name: str, start: tuple[float, float], stop: tuple[float, float]) -> None:
        """Drag within a widget; places are shares of its size."""
        x, y, width, height = self.find(name)["rect"]
        middle = ((start[0] + stop[0]) / 2, (start[1] + stop[1]) / 2)
        first, half, last = (
            (x + round(width * across), y + round(height * down)) for across, down in (start, middle, stop)
        )
        self.desktop.do("mousemove", *first, "mousedown", 1)
        self.desktop.do("mousemove", *half, "mousemove", *last)
        self.desktop.do("mouseup", 1)

    def pull(self, name: str, pixels: int) -> None:
        """Drag something sideways, slowly: charts look at the mouse a hundred times a second."""
        x, y, width, height = self.find(name)["rect"]
        self.desktop.do("mousemove", x + width // 2, y + height // 2, "mousedown", 1)
        for step in range(1, 5):
            time.sleep(0.1)
            self.desktop.do("mousemove", x + width // 2 + pixels * step // 4, y + height // 2)
        time.sleep(0.1)
        self.desktop.do("mouseup", 1)

    def click_at(self, name: str, across: float, down: float) -> None:
        """Click at a place within a widget, in shares of its size."""
        x, y, width, height = self.find(name)["rect"]
        self.desktop.do("mousemove", x + round(width * across), y + round(height * down), "click", 1)

    def answer_file_dialog(self, path: Path) -> None:
        """Type a path into the file dialog that opens, and press Enter."""
        self.find("file name")
        self.press("ctrl+a")
        self.type(str(path))
        self.press("Return")
        self.wait(lambda seen: not seen["dialog"], "the end of the file dialog")

    def close(self) -> int:
        """Close the window as a user does, and wait for the program to end."""
        self.press("ctrl+q")
        return self.process.wait(PATIENCE_S)


def start_qgis(
    desktop: Desktop, folder: Path, plugins: Path, script: Path, *arguments: str, **variables: str
) -> subprocess.Popen[bytes]:
    """Start QGIS with the staged plugin; `folder` holds profile, jobs, home and log, and serves the next start too."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    kept = {name: value for name, value in desktop.environment.items() if not name.startswith(("PYTHON", "XDG_"))}
    environment = {
        **kept,
        "HOME": str(folder / "home"),
        "PATH": os.pathsep.join(["/usr/bin", kept["PATH"]]),  # QGIS takes the standard library of the first python3
        "QGIS_PLUGINPATH": str(plugins),
        "GEOFM_HOME": str(folder / "jobs"),
        "TMPDIR": str(folder / "tmp"),  # QGIS takes all files below it for temporary ones
        "GEOFM_PROBE": str(folder / "probe.json"),
        **variables,
    }
    command = ["qgis", *arguments, "--code", str(script)]
    with (folder / "qgis.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)


def lane_processes(home: Path, lane: str = "") -> list[int]:
    """The processes that run the jobs of a queue, or those of one lane."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes().split(b"\0")
            name = words[words.index(b"--lane") + 1].decode() if b"--lane" in words else None
            if name is not None and lane in ("", name) and f"GEOFM_HOME={home}".encode() in environment:
                found.append(int(folder.name))
    return found


@contextlib.contextmanager
def qgis(desktop: Desktop, folder: Path, plugins: Path, *arguments: str) -> Iterator[Window]:
    """A window of QGIS, to be looked at and clicked on."""
    probe = folder / "probe.json"
    probe.unlink(missing_ok=True)
    process = start_qgis(desktop, folder, plugins, Path(__file__).with_name("probe.py"), *arguments)
    window = Window(desktop, process, probe)
    try:
        window.wait(lambda seen: seen["widgets"].get("GeoFM"), "the window of QGIS")
        yield window
    finally:
        if process.poll() is None:
            desktop.photograph(folder / "end.png")
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
