"""A reviewer works through the sample scene in the real window; afterwards the store holds exactly that."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from fusion.formats.registry import open_dataset
from fusion.review.event import Verdict
from fusion.review.store import ReviewStore
from fusion.run.saved_run import load_run
from tests.gui.conftest import Viewer

pytestmark = [pytest.mark.needs("gui"), pytest.mark.slow]

SAMPLE = Path(__file__).parents[2] / "sample_data" / "crossing" / "v1.0-planted"
Open = Callable[..., AbstractContextManager[Viewer]]


def test_a_walk_through_all_findings_leaves_exactly_its_decisions(
    open_viewer: Open, reviewed_run: Path, tmp_path: Path
) -> None:
    store = tmp_path / "reviews.sqlite"
    leading = [one for one in load_run(reviewed_run).findings if one.cause is None]
    with open_viewer("--run", reviewed_run, "--store", store, "--as", "ada") as viewer:
        viewer.press("j", "next finding")
        viewer.press("1", "confirmed")
        viewer.press("2", "false alarm")
        viewer.press("5", "unsure")
        viewer.press("z", "undo", "ctrl")
        for _ in leading[3:]:
            viewer.press("4", "fixed")
        viewer.press("Tab", "next object")
        viewer.press("w", "forward")
        viewer.press("s", "keep the nudge", "ctrl")
        viewer.press("c", "next camera")
        viewer.press("m", "nudge box, camera or clock")
        viewer.press("q", "turn left")
        viewer.press("q", "close", "ctrl")
        assert viewer.ended() == 0
    with ReviewStore.open(store, read_only=True) as kept:
        assert kept.verify() == []
        said = [event.verdict for event in kept.events()]
        assert {event.reviewer for event in kept.events()} == {"ada"}
    assert said[:4] == [Verdict.CONFIRMED, Verdict.FALSE_ALARM, Verdict.UNSURE, Verdict.UNDECIDED]
    assert said[4:].count(Verdict.FIXED) == len(leading) - 3
    assert said[-1] is Verdict.NEW_ERROR


def test_a_window_that_is_killed_has_lost_nothing(open_viewer: Open, reviewed_run: Path, tmp_path: Path) -> None:
    store = tmp_path / "reviews.sqlite"
    with open_viewer("--run", reviewed_run, "--store", store, "--as", "ada") as viewer:
        viewer.press("j", "next finding")
        viewer.press("2", "false alarm")
        os.kill(viewer.process.pid, signal.SIGKILL)
        viewer.ended()
    with ReviewStore.open(store) as kept:
        assert [event.verdict for event in kept.events()] == [Verdict.FALSE_ALARM]
        assert kept.verify() == []


def test_a_click_on_a_finding_shows_it(open_viewer: Open, reviewed_run: Path, tmp_path: Path) -> None:
    findings = [one for one in load_run(reviewed_run).findings if one.cause is None]
    with open_viewer("--run", reviewed_run, "--store", tmp_path / "reviews.sqlite", "--as", "ada") as viewer:
        left, top = window_corner(viewer)
        viewer.click(left + 120, top + 34 + 27 + 20, f"finding {findings[0].id}")
        viewer.press("q", "close", "ctrl")
        assert viewer.ended() == 0


def test_a_playlist_leads_through_its_places_and_a_comment_is_kept(
    open_viewer: Open, reviewed_run: Path, tmp_path: Path
) -> None:
    store, playlist = tmp_path / "reviews.sqlite", tmp_path / "places.json"
    places = [{"scene": "crossing-0001", "frame": frame, "note": f"frame {frame}"} for frame in (4, 9)]
    playlist.write_text(json.dumps({"schema": "boresight.playlist/1", "places": places}), encoding="utf-8")
    with open_viewer("--playlist", playlist, "--run", reviewed_run, "--store", store, "--as", "ada") as viewer:
        viewer.press("bracketright", "next place")
        viewer.press("semicolon", "comment")
        viewer.type("ok", "Return", "commented")
        viewer.press("6", "new error found here")
        viewer.press("q", "close", "ctrl")
        assert viewer.ended() == 0
    with ReviewStore.open(store, read_only=True) as kept:
        (event,) = kept.events()
    frames = open_dataset(SAMPLE, format="nuscenes").scene("crossing-0001").frame_table
    assert event.comment == "ok"
    assert event.subject.name == frames.keys[9]


def window_corner(viewer: Viewer) -> tuple[int, int]:
    place = viewer.tool("getwindowgeometry", "--shell", viewer.tool("getwindowfocus"))
    values = dict(line.split("=") for line in place.splitlines() if "=" in line)
    return int(values["X"]), int(values["Y"])


@pytest.mark.parametrize("cycle", range(19))
def test_it_opens_acts_and_closes_again(open_viewer: Open, cycle: int) -> None:
    key, effect = (("Right", "next frame"), ("p", "colour of points"), ("F2", "top view"), ("x", "enlarge the camera"))[
        cycle % 4
    ]
    with open_viewer() as viewer:
        viewer.press(key, effect)
        viewer.press("q", "close", "ctrl")
        assert viewer.ended() == 0


def test_without_a_driver_it_says_what_to_install(display: str, repository: Path) -> None:
    """open3d would end the process with a signal."""
    environment = {**os.environ, "DISPLAY": display, "VK_ICD_FILENAMES": "/nonexistent", "PYTHONPATH": str(repository)}
    environment |= {"VK_DRIVER_FILES": "/nonexistent"}
    answer = subprocess.run(
        [sys.executable, "-m", "viewers.cli.main", "view", str(repository / "sample_data" / "crossing")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 5
    assert "mesa-vulkan-drivers" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
