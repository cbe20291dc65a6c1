"""Opening the viewer: what the machine must have is found out first, and the window is closed whatever happens."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from fusion.checks.finding import Finding
from fusion.scene.dataset import Dataset
from fusion.scene.scene import Scene
from viewers.desktop.state.decisions import Decisions
from viewers.desktop.state.finding_list import FindingList
from viewers.desktop.state.frame_content import FrameContent, FramePlace, content_of
from viewers.desktop.state.frame_loader import FrameLoader
from viewers.desktop.state.playlist import Playlist
from viewers.desktop.state.preferences import preferences_path, read_preferences, write_preferences
from viewers.desktop.state.session import Session
from viewers.doctor.graphics import examine_display, examine_open3d, examine_vulkan
from viewers.doctor.records import Health
from viewers.errors import EnvironmentProblemError, ViewerError

HAND_OVER_S = 0.001
WITHOUT_A_WINDOW = "`boresight snapshot` and `boresight report` need neither display nor graphics"


def require_window() -> None:
    """Find out what open3d would end the process over.

    Raises:
        EnvironmentProblemError: no open3d, no display that answers, or no Vulkan device.
    """
    for found in (examine_display(), examine_vulkan(), examine_open3d()):
        if found.health is not Health.OK:
            raise EnvironmentProblemError(f"{found.name}: {found.found}; {found.advice}; {WITHOUT_A_WINDOW}")


class SceneOpener:
    """Scenes by name, opened in the loader's thread; the last two are kept."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._open: dict[str, Scene] = {}

    def load(self, place: FramePlace) -> FrameContent:
        """A frame, ready to be shown.

        Raises:
            BoresightError: the scene can't be read, or has no such frame.
        """
        scene = self._open.pop(place.scene, None) or self._dataset.scene(place.scene)
        self._open[place.scene] = scene
        while len(self._open) > 2:
            self._open.pop(next(iter(self._open)))
        if place.frame >= len(scene.frames):
            raise ViewerError(f"scene {scene.name!r} has {len(scene.frames)} frames")
        return content_of(scene.frames[place.frame])


def view(
    dataset: Dataset,
    findings: tuple[Finding, ...] = (),
    decisions: Decisions | None = None,
    title: str = "Boresight",
    report: Callable[[str], None] = lambda line: None,
    preferences: Path | None = None,
    playlist: Playlist | None = None,
) -> None:
    """Open the window and return when it is closed.

    Raises:
        EnvironmentProblemError: the machine can't show one; ViewerError: there is nothing to show.
    """
    require_window()
    remembered = preferences or preferences_path()
    chosen = read_preferences(remembered)
    loader = FrameLoader(SceneOpener(dataset).load)
    try:
        verdict_of = decisions.verdict_of if decisions is not None else lambda finding: None
        session = Session(
            dataset.scene_names, loader, FindingList(findings, verdict_of), decisions, chosen, playlist=playlist
        )
        _run(session, title, report)
    finally:
        loader.close()
    complaint = write_preferences(chosen, remembered)
    if complaint is not None:
        raise ViewerError(complaint)


def _run(session: Session, title: str, report: Callable[[str], None]) -> None:
    from viewers.desktop.window.main_window import MainWindow

    window = MainWindow(session, title, report)
    # Threads that load and paint hand over sooner to the one that answers keys; Python's own 5 ms add up.
    sys.setswitchinterval(HAND_OVER_S)
    try:
        while not window.closed and window.app.run_one_tick():
            pass
    finally:
        window.close()
        report("closed")
