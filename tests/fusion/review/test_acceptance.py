from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.errors import AcceptanceError
from fusion.review.acceptance import (
    AcceptanceVerdict,
    Reviews,
    accept_delivery,
    verdict_of,
)
from fusion.review.acceptance_sample import AcceptanceOptions, AcceptanceRecord, draw, units_of
from fusion.review.event import Decision, Verdict
from fusion.review.store import ReviewStore
from fusion.review.subject import ReviewSubject
from fusion.run.document import FindingsDocument, Tool
from fusion.run.run import Run
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


@dataclass
class InMemory:
    held: dict[str, Scene]
    format: str = "arrays"
    problems: ProblemLog = field(default_factory=ProblemLog)

    def scene_names(self) -> tuple[str, ...]:
        return tuple(self.held)

    def read_scene(self, name: str) -> Scene:
        return self.held[name]


def delivery(scenes: int = 12, tracks: int = 40, frames: int = 3) -> Dataset:
    """Scenes of as many tracks, one box each in the first frame."""
    boxes = Boxes3D.upright(
        np.zeros((tracks, 3)),
        np.ones((tracks, 3)),
        np.zeros(tracks),
        category=["car"] * tracks,
        track=[f"t{number}" for number in range(tracks)],
    )
    one = scene_from_arrays(
        boxes=boxes, box_frames=np.zeros(tracks, dtype=int), timestamps_ns=np.arange(frames) * 100_000_000
    )
    held = {f"s{number:02}": replace(one, name=f"s{number:02}") for number in range(scenes)}
    return Dataset(root=Path("delivery"), source=InMemory(held), why="in memory")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    document = FindingsDocument(tool=Tool(version="0"), datasets=(), checks=(), findings=(), incomplete=())
    return Run(document, Settings(), ("delivery",), folder=tmp_path)


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., Path]:
    """`judge(subjects, bad=[...])`: verdicts of ada on subjects, stored; returns the store's path."""

    def write(subjects: Iterable[str], bad: Iterable[str] = (), verdict: Verdict = Verdict.CORRECT) -> Path:
        path, wrong = tmp_path / "reviews.sqlite", set(bad)
        with ReviewStore.open(path, create=True) as store:
            for text in subjects:
                subject = ReviewSubject.parse(text)
                said = Verdict.NEW_ERROR if text in wrong else verdict
                seen = store.current(subject).revision
                store.append(Decision(subject=subject, reviewer="ada", verdict=said), seen)
        return path

    return write


OPTIONS = AcceptanceOptions(aql=0.02, rql=0.10, aql_missing=0.05, rql_missing=0.20)


def sampled(verdict: AcceptanceVerdict, unit: int) -> list[str]:
    return [one.subject for one in verdict.lots[unit].units]


def test_the_first_call_draws_and_asks_to_inspect(run: Run, tmp_path: Path) -> None:
    verdict = accept_delivery(run, delivery(), tmp_path / "none.sqlite", OPTIONS)
    assert verdict.decision == "continue"
    assert [lot.size for lot in verdict.lots] == [480, 12 * 3 * 4]
    assert all(len(lot.next) == 20 and lot.inspected == 0 for lot in verdict.lots)
    again = accept_delivery(run, delivery(), tmp_path / "none.sqlite")
    assert sampled(again, 0) == sampled(verdict, 0)


def test_a_clean_sample_accepts_on_somebodys_word(run: Run, judge: Callable[..., Path], tmp_path: Path) -> None:
    first = accept_delivery(run, delivery(), tmp_path / "none.sqlite", OPTIONS)
    store = judge([*sampled(first, 0), *sampled(first, 1)])
    verdict = accept_delivery(run, delivery(), store, OPTIONS, "Ada L.")
    assert verdict.decision == "accept"
    assert all(lot.defects == 0 and 0 < lot.inspected < lot.sample for lot in verdict.lots)
    judged = len(sampled(first, 0)) + len(sampled(first, 1))
    assert (verdict.signed_by, verdict.reviewers) == ("Ada L.", {"ada": judged})
    assert len(verdict.store_hash) == 64


def test_defects_reject_as_soon_as_the_plan_allows(run: Run, judge: Callable[..., Path], tmp_path: Path) -> None:
    first = accept_delivery(run, delivery(), tmp_path / "none.sqlite", OPTIONS)
    tracks = sampled(first, 0)
    verdict = accept_delivery(run, delivery(), judge(tracks[:10], bad=tracks[:6]), OPTIONS)
    assert verdict.decision == "reject"
    assert verdict.lots[0].decision == "reject"
    assert verdict.lots[0].inspected < 10
    assert verdict.lots[1].decision == "continue"


def test_only_units_before_the_first_open_one_count(run: Run, judge: Callable[..., Path], tmp_path: Path) -> None:
    first = accept_delivery(run, delivery(), tmp_path / "none.sqlite", OPTIONS)
    tracks = sampled(first, 0)
    lot = accept_delivery(run, delivery(), judge([*tracks[:2], *tracks[3:9]], bad=tracks[3:9]), OPTIONS).lots[0]
    assert (lot.decision, lot.inspected, lot.defects, lot.judged_beyond) == ("continue", 2, 0, 6)
    assert lot.next[0] == tracks[2]


def test_unsure_is_no_verdict(run: Run, judge: Callable[..., Path], tmp_path: Path) -> None:
    first = accept_delivery(run, delivery(), tmp_path / "none.sqlite", OPTIONS)
    lot = accept_delivery(run, delivery(), judge(sampled(first, 0)[:1], verdict=Verdict.UNSURE), OPTIONS).lots[0]
    assert (lot.inspected, lot.units[0].because) == (0, "unsure")


def test_a_confirmed_finding_makes_its_track_a_defect(tmp_path: Path) -> None:
    record = draw(delivery(), OPTIONS)
    subject = ReviewSubject.parse(record.lots[0].drawn[0])
    finding = Finding.model_construct(id="ab12", code="BOX304", scene=subject.scene, track=subject.name)
    with ReviewStore.open(tmp_path / "r.sqlite", create=True) as store:
        about = ReviewSubject.finding("ab12")
        store.append(Decision(subject=about, reviewer="ada", verdict=Verdict.CONFIRMED), 0)
    lot = verdict_of(record, Reviews.of(tmp_path / "r.sqlite"), [finding]).lots[0]
    assert (lot.inspected, lot.defects, lot.units[0].because) == (1, 1, "BOX304 ab12 confirmed")


def pointed_at(path: Path, sector: ReviewSubject, place: str, verdict: Verdict = Verdict.NEW_ERROR) -> None:
    frame = sector.name.rpartition("@")[0]
    region = ReviewSubject("region", f"{frame}@{place}", sector.scene)
    with ReviewStore.open(path, create=True) as store:
        store.append(Decision(subject=region, reviewer="bob", verdict=verdict), 0)


PLACES = {"front": "14,-3,1", "left": "2,9,0", "rear": "-20,5,0", "right": "0,-4,1"}


def test_something_missing_at_a_place_makes_its_sector_a_defect(tmp_path: Path) -> None:
    record, path = draw(delivery(), OPTIONS), tmp_path / "r.sqlite"
    sector = ReviewSubject.parse(record.lots[1].drawn[0])
    place = PLACES[sector.name.rpartition("@")[2]]
    pointed_at(path, sector, place)
    lot = verdict_of(record, Reviews.of(path)).lots[1]
    assert (lot.inspected, lot.defects, lot.units[0].because) == (1, 1, f"new-error at {place} by bob")


@pytest.mark.parametrize("looked_again", [False, True], ids=["reported later", "looked again later"])
def test_the_later_of_a_sectors_verdict_and_an_error_in_it_decides(
    looked_again: bool, judge: Callable[..., Path], tmp_path: Path
) -> None:
    record, path = draw(delivery(), OPTIONS), tmp_path / "reviews.sqlite"
    first = record.lots[1].drawn[0]
    sector = ReviewSubject.parse(first)
    place = PLACES[sector.name.rpartition("@")[2]]
    if looked_again:
        pointed_at(path, sector, place)
        judge([first])
    else:
        judge([first])
        pointed_at(path, sector, place)
    assert verdict_of(record, Reviews.of(path)).lots[1].defects == (0 if looked_again else 1)


def test_a_findings_file_alone_keeps_no_sample(run: Run, tmp_path: Path) -> None:
    with pytest.raises(AcceptanceError, match="name the run folder"):
        accept_delivery(replace(run, folder=None), delivery(), tmp_path / "none.sqlite", OPTIONS)


def test_what_was_agreed_on_can_not_be_changed_afterwards(run: Run, tmp_path: Path) -> None:
    accept_delivery(run, delivery(), tmp_path / "none.sqlite", OPTIONS)
    with pytest.raises(AcceptanceError, match=r"aql 0\.02, now 0\.05"):
        accept_delivery(run, delivery(), tmp_path / "none.sqlite", OPTIONS.model_copy(update={"aql": 0.05}))


def test_a_changed_delivery_needs_a_sample_of_its_own(run: Run, tmp_path: Path) -> None:
    accept_delivery(run, delivery(), tmp_path / "none.sqlite", OPTIONS)
    with pytest.raises(AcceptanceError, match="now has 492 or others"):
        accept_delivery(run, delivery(tracks=41), tmp_path / "none.sqlite")


def test_the_same_seed_draws_the_same_and_another_one_others() -> None:
    first, second, third = (draw(delivery(), OPTIONS.model_copy(update={"seed": seed})) for seed in (1, 1, 2))
    assert first.lots == second.lots
    assert first.lots[0].drawn != third.lots[0].drawn
    assert AcceptanceRecord.model_validate_json(first.model_dump_json(by_alias=True)) == first


def test_a_sample_of_few_scenes_is_larger_as_its_units_repeat_each_other() -> None:
    simple = draw(delivery(frames=6), OPTIONS).lots[0]
    few = draw(delivery(frames=6), OPTIONS.model_copy(update={"scenes_at_most": 6, "correlation": 0.05})).lots[0]
    assert len({ReviewSubject.parse(text).scene for text in few.drawn}) <= 6
    assert few.design_effect > 1.0
    assert len(few.drawn) > len(simple.drawn)
    with pytest.raises(AcceptanceError, match="allow more scenes"):
        draw(delivery(), OPTIONS.model_copy(update={"scenes_at_most": 1}))


def test_an_empty_delivery_can_not_be_accepted() -> None:
    with pytest.raises(AcceptanceError, match="no track"):
        draw(delivery(scenes=0), OPTIONS)


def test_every_track_and_every_quarter_of_every_frame_can_be_drawn() -> None:
    small = delivery(scenes=1, tracks=2, frames=1)
    assert [str(one) for one in units_of(small, "track")] == ["track:s00/t0", "track:s00/t1"]
    assert [one.name for one in units_of(small, "frame sector")] == ["0@front", "0@left", "0@rear", "0@right"]


def test_realised_risks_of_whole_deliveries_are_within_the_plan() -> None:
    # 400 deliveries at either share, judged as drawn: scenes differ wildly, which a simple sample needn't care about.
    rng, rejected, accepted = np.random.default_rng(3), 0, 0
    record = draw(delivery(), OPTIONS)
    lot, plan = record.lots[0], record.plan(record.lots[0])
    units = [str(one) for one in units_of(delivery(), "track")]
    row_of = {text: row for row, text in enumerate(units)}
    for _ in range(400):
        order = rng.permutation(len(units))[: plan.size]
        for share in (0.02, 0.10):
            wrong = np.zeros(len(units), dtype=np.int64)
            wrong[: round(share * len(units))] = 1  # all in the first scenes
            decision, _ = plan.outcome(wrong[order])
            rejected += share == 0.02 and decision == "reject"
            accepted += share == 0.10 and decision == "accept"
    assert row_of.keys() >= set(lot.drawn)
    assert rejected / 400 <= 0.05 + 0.03
    assert accepted / 400 <= 0.10 + 0.04


def test_a_run_below_a_name_in_no_encoding_is_accepted_like_any_other(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "caf\udcff"
    folder.mkdir()
    elsewhere = replace(delivery(), root=folder)
    verdict = accept_delivery(replace(run, folder=folder), elsewhere, folder / "none.sqlite", OPTIONS)
    assert "caf\\udcff" in json.loads(verdict.to_json())["store"]
    assert "caf\\udcff" in json.loads((folder / "acceptance.json").read_text(encoding="utf-8"))["root"]
