"""How long the viewer keeps a person waiting, on a full-size scene and on the sample.

    python tests/benchmarks/bench_viewer.py [--switches 300] [--window]

Full size: 120,000 points, six cameras of 1600 x 900, a hundred boxes a frame. Told are medians of our own time,
everything outside open3d's drawing: of the thread that answers keys, and until every pane is drawn. With --window (a
display, or xvfb-run) whole frame switches are held against open3d drawing the same points and lines bare.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from fusion.checks.finding import Finding
from fusion.formats.registry import open_dataset
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.scene.scene import Scene
from tests.benchmarks.viewer_scenes import findings_in, full_size_scene
from viewers.desktop.panes.camera_pane import camera_pane, draw_ahead
from viewers.desktop.panes.finding_pane import detail_pane, list_pane
from viewers.desktop.panes.object_pane import object_pane
from viewers.desktop.panes.pane import DARK
from viewers.desktop.panes.time_pane import time_pane
from viewers.desktop.state.box_nudging import measure_surfaces
from viewers.desktop.state.commands import perform
from viewers.desktop.state.decisions import StoredDecisions
from viewers.desktop.state.finding_list import FindingList
from viewers.desktop.state.frame_content import FrameContent, FramePlace, content_of
from viewers.desktop.state.frame_loader import FrameLoader
from viewers.desktop.state.preferences import Preferences
from viewers.desktop.state.scene_picture import lines_shown, own_points, points_shown
from viewers.desktop.state.session import Session
from viewers.desktop.state.shortcuts import Command

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "crossing" / "v1.0-planted"
# Places of the panes in the usual window of 1600 x 950.
SIZES = {"list": (390, 420), "detail": (390, 470), "cameras": (460, 425), "object": (460, 500), "time": (750, 230)}


def clock() -> float:
    """Seconds; of this thread's own work where others keep the machine busy."""
    return time.thread_time() if "--cpu" in sys.argv else time.perf_counter()


def session_over(scene: Scene, findings: list[Finding]) -> Session:
    """A session on a scene in memory, whose loader makes neighbours ready as the window's does."""
    loader = FrameLoader(lambda place: content_of(scene.frames[place.frame]))
    session = Session((scene.name,), loader, FindingList(findings, lambda finding: None), None, Preferences())
    loader.on_loaded_ahead(lambda content: make_ahead(session, content))
    loader.on_loaded(measure_surfaces)
    settle(session)
    return session


def make_ahead(session: Session, content: FrameContent) -> None:
    """As the window does in the loader's thread."""
    ahead = session.as_if_at(content)
    draw_ahead(ahead, content, SIZES["cameras"])
    object_pane(ahead, DARK, SIZES["object"])


def settle(session: Session) -> None:
    """Until the frame is there, and its neighbours are."""
    while not session.settled or session.loader.pending:
        session.frame_ready()
        time.sleep(0.002)


def draw(session: Session) -> tuple[float, float]:
    """Everything the window does after a change, without the window: ms of its own thread, and of the painter's."""
    start = clock()
    session.take_changes()
    still = session.snapshot()
    list_pane(session, DARK, SIZES["list"], 0)
    detail_pane(session, DARK, SIZES["detail"])
    lines_shown(session)
    own_points(session)
    str(session.status)
    own = clock()
    for name, pane in (("cameras", camera_pane), ("object", object_pane), ("time", time_pane)):
        pane(still, DARK, SIZES[name])
    points_shown(session.shown(), still)
    return (own - start) * 1e3, (clock() - own) * 1e3


def timed(session: Session, act: Callable[[], None], settled: bool = True) -> tuple[float, float]:
    start = clock()
    act()
    acted = (clock() - start) * 1e3
    own, painted = draw(session)
    if settled:
        settle(session)
    return acted + own, acted + own + painted


def switch(session: Session, number: int) -> tuple[float, float]:
    """To the next frame; at the end the way back."""
    count = session.frame_count or 1
    there = number % (2 * count - 2)
    frame = there if there < count else 2 * count - 2 - there
    return timed(session, lambda: session.go_to(FramePlace(session.place.scene, frame)))


def finding(session: Session) -> tuple[float, float]:
    """The next finding; its frame is made ready first, as that is not what is asked."""
    following = session.findings.after(None if session.finding is None else session.finding.id)
    if following is not None and following.frame_index is not None:
        session.go_to(FramePlace(session.place.scene, following.frame_index))
        settle(session)
        draw(session)
    return timed(session, partial(perform, session, Command.NEXT_FINDING))


def told(name: str, figures: list[tuple[float, float]], bar_ms: float) -> None:
    own, whole = (statistics.median(column) for column in zip(*figures, strict=True))
    slowest = max(first for first, _ in figures)
    print(f"  {name:<26} own thread {own:6.1f} (slowest {slowest:6.1f})   all panes {whole:6.1f} ms   bar {bar_ms:.0f}")


def bench(name: str, scene: Scene, switches: int, bar_ms: float) -> Session:
    print(name)
    session = session_over(scene, findings_in(scene, 200))
    for number in range(4):  # shared measurements of the scene are made once
        switch(session, number)
    told("frame switch", [switch(session, number) for number in range(4, 24)], bar_ms)
    perform(session, Command.NEXT_OBJECT)
    draw(session)
    told("frame switch, selected", [switch(session, number) for number in range(24, 44)], bar_ms)
    told("selection", [timed(session, partial(perform, session, Command.NEXT_OBJECT)) for _ in range(20)], 20)
    told("finding", [finding(session) for _ in range(20)], bar_ms)
    told("nudge", [timed(session, partial(perform, session, Command.FORWARD)) for _ in range(20)], 20)
    told("snap to points", [timed(session, partial(perform, session, Command.SNAP_POINTS)) for _ in range(5)], 100)
    session.go_to(FramePlace(session.place.scene, 0))
    settle(session)
    growth = []
    for number in range(switches):
        switch(session, number)
        if number in (switches // 3, switches - 1):
            growth.append(resident_mib())
    print(f"  memory over the last {switches - switches // 3} of {switches} switches {growth[-1] - growth[0]:+.1f} MiB")
    return session


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20 if pages else peak


def bench_lists(scene: Scene) -> None:
    """What grows with the number of findings and of decisions."""
    findings = findings_in(scene, 5_000)
    with tempfile.TemporaryDirectory() as folder, ReviewStore.open(Path(folder) / "r.sqlite", create=True) as store:
        start = time.perf_counter()
        for number in range(20_000):
            store.append(decision(findings[number % 5_000]), number // 5_000)
        print(f"5,000 findings, 20,000 decisions (appended in {time.perf_counter() - start:.0f} s)")
        decisions = StoredDecisions(store, "ada")
        session = session_over(scene, findings)
        session.decisions, session.findings = decisions, FindingList(findings, decisions.verdict_of)
        figures = {
            "rows": session.findings.rows,
            "list pane": lambda: list_pane(session, DARK, SIZES["list"], 0),
            "refresh, one is new": partial(refreshed, store, decisions, findings[0]),
            "refresh, nothing is new": decisions.refresh,
            "next finding": lambda: perform(session, Command.NEXT_FINDING),
            "verdict": lambda: perform(session, Command.CONFIRM),
        }
        for name, act in figures.items():
            told(name, [once(act) for _ in range(5)], 100)
        session.loader.close()


def refreshed(store: ReviewStore, decisions: StoredDecisions, finding: Finding) -> None:
    """Somebody else decides, and it is seen."""
    store.append(decision(finding), store.current(ReviewSubject.finding(finding.id)).revision)
    decisions.refresh()


def decision(finding: Finding) -> Decision:
    return Decision(subject=ReviewSubject.finding(finding.id), reviewer="bob", verdict=Verdict.CONFIRMED)


def once(act: Callable[[], Any]) -> tuple[float, float]:
    start = clock()
    act()
    took = (clock() - start) * 1e3
    return took, took


def bench_window(scene: Scene) -> None:
    """Whole frame switches on the screen, and open3d alone replacing and drawing the same points and lines."""
    from viewers.desktop.window.main_window import LINE_PX, MainWindow

    loader = FrameLoader(lambda place: content_of(scene.frames[place.frame]))
    session = Session((scene.name,), loader, FindingList(findings_in(scene, 200), lambda finding: None))
    window = MainWindow(session, "Boresight benchmark")
    try:
        settle_window(window)
        whole, bare, memory = [], [], []
        for number in range(1, 11):
            session.go_to(FramePlace(scene.name, number))
            start = clock()
            window.update()
            while not window.painter.idle:
                window.app.run_one_tick()
            window.update()
            drawn(window)
            whole.append((clock() - start) * 1e3)
            picture, lines = points_shown(session.shown(), session), lines_shown(session)
            start = clock()
            window.scene.show_points("points", picture.points, picture.colours, 2)
            for name, one in lines.items():
                window.scene.show_lines(name, one, LINE_PX.get(name, 1.0))
            drawn(window)
            bare.append((clock() - start) * 1e3)
            settle_window(window)
            memory.append(resident_mib())
        ratio = statistics.median(whole) / statistics.median(bare)
        print(
            f"window: whole switch {statistics.median(whole):.0f} ms, open3d bare {statistics.median(bare):.0f} ms, "
            f"ratio {ratio:.2f} (bar 1.5); renderer and all {(memory[-1] - memory[2]) / 7:+.1f} MiB a switch"
        )
    finally:
        window.close()


def settle_window(window: Any) -> None:
    """Until everything is loaded and drawn, what is made ready ahead included."""
    while not window.session.settled or window.session.loader.pending or not window.painter.idle:
        window.session.frame_ready()
        window.update()
        window.app.run_one_tick()
    time.sleep(0.2)  # the surfaces of the last neighbour
    for _ in range(5):
        window.app.run_one_tick()


def drawn(window: Any) -> None:
    """Until the picture is there."""
    pictures: list[Any] = []
    window.scene.widget.scene.scene.render_to_image(pictures.append)
    while not pictures:
        window.scene.redraw()
        window.window.post_redraw()
        window.app.run_one_tick()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switches", type=int, default=300, help="frame switches that memory is watched over")
    parser.add_argument("--cpu", action="store_true", help="processor time of the thread, for a busy machine")
    parser.add_argument("--window", action="store_true", help="open a window as well; needs a display")
    asked = parser.parse_args()
    np.seterr(all="ignore")
    full = full_size_scene()
    bench("full size", full, asked.switches, 80).loader.close()
    dataset = open_dataset(SAMPLE, format="nuscenes")
    sample = dataset.scene(dataset.scene_names[0])
    bench("sample", sample, asked.switches, 30).loader.close()
    bench_lists(full)
    if asked.window:
        bench_window(full)


if __name__ == "__main__":
    main()
