"""The real window on a screen of its own (Xvfb), driven by real key presses and clicks (xdotool).

Software rendering takes half a second a frame: keys are held until the program reports their effect, and nothing is
pressed before the effect of what was pressed before is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fusion.formats.registry import open_dataset
from fusion.run.check import check_dataset

PATIENCE_S = 90.0
HOLD_S = 0.6


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A screen nobody else draws on."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1720x1000x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="session")
def reviewed_run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the planted sample scene, whose checks need no pixels."""
    folder = tmp_path_factory.mktemp("run") / "run"
    check_dataset(open_dataset(repository / "sample_data" / "crossing" / "v1.0-planted", format="nuscenes")).save(
        folder
    )
    return folder


class Viewer:
    """A running `boresight view`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, display: str) -> None:
        self.process, self._log = process, log
        self._environment = {**os.environ, "DISPLAY": display}
        self._read = 0

    def tool(self, *words: str) -> str:
        answer = subprocess.run(
            ["xdotool", *words], env=self._environment, capture_output=True, text=True, check=False, timeout=30
        )
        return answer.stdout.strip()

    def focus(self) -> None:
        """No window manager is there to do it; a window that is being made may not be found yet."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            window = self.tool("search", "--name", "Boresight").split("\n")[0]
            self.tool("windowfocus", window)
            if window and self.tool("getwindowfocus") == window:
                return
            time.sleep(0.3)
        raise AssertionError("no window to be focused")

    def wait(self, wanted: Callable[[list[str]], bool], what: str) -> list[str]:
        """What the program reported since it was asked last, up to what was waited for."""
        deadline = time.monotonic() + PATIENCE_S
        lines: list[str] = []
        while time.monotonic() < deadline:
            text = self._log.read_text(encoding="utf-8")
            lines = text[: text.rfind("\n") + 1].splitlines()[self._read :]
            if wanted(lines):
                self._read += len(lines)
                return lines
            if self.process.poll() is not None and what != "closed":
                raise AssertionError(f"the viewer ended with {self.process.returncode} before: {what}; {lines[-5:]}")
            time.sleep(0.1)
        raise AssertionError(f"waited in vain for: {what}; {lines[-5:]}")

    def press(self, key: str, effect: str, *modifiers: str) -> None:
        """Hold a key, and wait until the program says what it did."""
        for modifier in modifiers:
            self.tool("keydown", modifier)
        self.tool("keydown", key)
        time.sleep(HOLD_S)
        self.tool("keyup", key)
        for modifier in reversed(modifiers):
            self.tool("keyup", modifier)
        self.wait(lambda lines: f"did {effect}" in lines, effect)

    def type(self, text: str, key: str, effect: str) -> None:
        """Letters, and a key that ends them."""
        for letter in (*text, key):
            self.tool("keydown", letter)
            time.sleep(HOLD_S)
            self.tool("keyup", letter)
        self.wait(lambda lines: effect in lines, effect)

    def click(self, x: int, y: int, effect: str) -> None:
        """Press and release the left button at a place on the screen, and wait until its effect is drawn.

        Keys that come while open3d draws for the first time after a click may be lost, control among them.
        """
        self.tool("mousemove", str(x), str(y))
        time.sleep(0.3)
        self.tool("mousedown", "1")
        time.sleep(HOLD_S)
        self.tool("mouseup", "1")

        def drawn(lines: list[str]) -> bool:
            told = [place for place, line in enumerate(lines) if line.startswith(effect)]
            return bool(told) and "ready" in lines[told[0] :]

        self.wait(drawn, effect)

    def ready(self) -> None:
        """Until everything is drawn."""
        self.wait(lambda lines: "ready" in lines, "ready")

    def ended(self) -> int:
        """The exit code, after the window was closed."""
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def open_viewer(display: str, repository: Path, tmp_path: Path) -> Callable[..., object]:
    """Open the viewer; what is left of it at the end is killed."""

    @contextmanager
    def opened(*words: object) -> Iterator[Viewer]:
        log = tmp_path / f"log-{time.monotonic_ns()}.txt"
        log.touch()
        environment = {
            **os.environ,
            "DISPLAY": display,
            "BORESIGHT_CONFIG": str(tmp_path / "viewer.json"),
            "PYTHONPATH": str(repository),
        }
        environment.pop("WAYLAND_DISPLAY", None)
        sample = repository / "sample_data" / "crossing" / "v1.0-planted"
        command = [sys.executable, "-m", "viewers.cli.main", "view", sample, "--format", "nuscenes", "--log", log]
        with (tmp_path / "output.txt").open("ab") as output:
            process = subprocess.Popen(
                [str(word) for word in (*command, *words)], env=environment, stdout=output, stderr=output
            )
        viewer = Viewer(process, log, display)
        try:
            viewer.ready()
            viewer.focus()
            yield viewer
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(30)

    return opened
