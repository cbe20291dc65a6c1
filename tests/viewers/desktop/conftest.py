"""A session over the sample scene, without a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fusion.checks.finding import Finding
from fusion.formats.registry import open_dataset
from fusion.review.store import ReviewStore
from fusion.run.check import check_dataset
from fusion.run.run import Run
from fusion.scene.dataset import Dataset
from viewers.desktop.launch import SceneOpener
from viewers.desktop.state.commands import perform
from viewers.desktop.state.decisions import StoredDecisions
from viewers.desktop.state.finding_list import FindingList
from viewers.desktop.state.frame_loader import FrameLoader
from viewers.desktop.state.preferences import Preferences
from viewers.desktop.state.session import Session
from viewers.desktop.state.shortcuts import Command


@pytest.fixture(scope="session")
def planted(repository: Path) -> Dataset:
    return open_dataset(repository / "sample_data" / "crossing" / "v1.0-planted", format="nuscenes")


@pytest.fixture(scope="session")
def planted_run(planted: Dataset) -> Run:
    return check_dataset(planted)


@pytest.fixture
def findings(planted_run: Run) -> tuple[Finding, ...]:
    return planted_run.findings


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReviewStore]:
    with ReviewStore.open(tmp_path / "reviews.sqlite", create=True) as opened:
        yield opened


@pytest.fixture
def session(planted: Dataset, findings: tuple[Finding, ...], store: ReviewStore) -> Iterator[Session]:
    loader = FrameLoader(SceneOpener(planted).load)
    decisions = StoredDecisions(store, "ada")
    listed = FindingList(findings, decisions.verdict_of)
    session = Session(planted.scene_names, loader, listed, decisions, Preferences())
    settle(session)
    yield session
    loader.close()


def settle(session: Session) -> None:
    """Until the frame that is wanted is on view, as a window would wait for it."""
    for _ in range(10):
        session.loader.wait(session.place)
        session.frame_ready()
        if session.settled and not session.loader.pending:
            return


@pytest.fixture
def press(session: Session) -> Callable[..., None]:
    """Do what keys do, one after the other, each frame awaited."""

    def pressed(*commands: Command) -> None:
        for command in commands:
            perform(session, command)
            settle(session)

    return pressed
