"""The sample scene's planted faults, found, corrected in a copy, and looked for again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.errors import FileProblemError
from fusion.checks.settings import Settings
from fusion.errors import DatasetError, LabelEditError, UnknownCheckError
from fusion.formats.registry import open_dataset
from fusion.run.check import check_dataset
from fusion.run.repair import CHANGES, Repaired, repair
from fusion.run.run import Run
from fusion.run.run_record import RunInput
from fusion.run.saved_run import dataset_of, findings_about, load_run

CODES = ("TRK501", "TRK502", "TRK503", "TRK504", "ONT601")


@pytest.fixture(scope="module")
def run(crossing: Path) -> Run:
    return check_dataset(open_dataset(crossing / "v1.0-planted"), Settings(select=CODES))


@pytest.fixture(scope="module")
def repaired(crossing: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Repaired:
    out = tmp_path_factory.mktemp("fixed") / "copy"
    return repair(open_dataset(crossing / "v1.0-planted"), run.findings, out, min_score=0.5)


def test_checking_the_copy_again_finds_nothing(repaired: Repaired) -> None:
    assert {one.finding.code for one in repaired.applied} == set(CODES)
    again = check_dataset(open_dataset(repaired.copy.root), Settings(select=(*CODES, "DAT")))
    assert [finding.message for finding in again.findings] == []


def test_what_was_changed_is_close_to_the_truth(repaired: Repaired, crossing: Path) -> None:
    fixed, true = (
        dataset.scene(dataset.scene_names[0]).labels.boxes
        for dataset in (open_dataset(repaired.copy.root), open_dataset(crossing / "v1.0-truth"))
    )
    keys = zip(true.track.values, true.timestamps_ns, strict=True)
    row_of = {key: row for row, key in enumerate(keys)}
    changed = {edit.label for one in repaired.applied for edit in one.edits if edit.moves_box}
    rows = [row for row in range(len(fixed)) if fixed.label_ids[row] in changed]
    pairs = [(row, row_of[(fixed.track[row], fixed.timestamps_ns[row])]) for row in rows]
    assert len(pairs) >= 8
    own, theirs = (np.array(column) for column in zip(*pairs, strict=True))
    assert np.linalg.norm(fixed.centres_m[own] - true.centres_m[theirs], axis=1).max() < 0.25
    assert (np.abs(fixed.sizes_m[own] / true.sizes_m[theirs] - 1)).max() < 0.1
    turn = np.angle(np.exp(1j * (fixed.yaws_rad[own] - true.yaws_rad[theirs])))
    assert np.rad2deg(np.abs(turn)).max() < 5


def test_every_change_is_listed_with_what_it_was(repaired: Repaired) -> None:
    listed = json.loads((repaired.copy.folder / CHANGES).read_text(encoding="utf-8"))
    assert listed["schema"] == "boresight.changes/1"
    changes = [change for one in listed["applied"] for change in one["changes"]]
    assert len(changes) == sum(len(one.edits) for one in repaired.applied)
    assert all(set(change["was"]) == set(change["now"]) for change in changes if change["action"] == "set")


def test_the_original_is_not_touched_and_the_copy_may_not_lie_in_it(crossing: Path, run: Run) -> None:
    with pytest.raises(LabelEditError, match="lies in the data set"):
        repair(open_dataset(crossing / "v1.0-planted"), run.findings, crossing / "fixed", min_score=0.5)
    assert not (crossing / "fixed").exists()


def test_only_the_checks_and_scores_asked_for_are_applied(crossing: Path, run: Run, tmp_path: Path) -> None:
    dataset = open_dataset(crossing / "v1.0-planted")
    some = repair(dataset, run.findings, tmp_path / "a", select=("ONT", "heading-flip"), min_score=0.0)
    assert {one.finding.code for one in some.applied} == {"ONT601", "TRK503"}
    with pytest.raises(LabelEditError, match="no finding with a score of 1 or more proposes a change"):
        repair(dataset, run.findings, tmp_path / "b", min_score=1.0)
    with pytest.raises(UnknownCheckError):
        repair(dataset, run.findings, tmp_path / "c", select=("nonsense",))
    with pytest.raises(UnknownCheckError):
        repair(dataset, run.findings, tmp_path / "c", select=("XYZ",))


def test_a_saved_run_knows_its_data_set(crossing: Path, run: Run, tmp_path: Path) -> None:
    saved = load_run(run.save(tmp_path / "run"))
    assert saved.document == run.document
    assert dataset_of(saved).root == (crossing / "v1.0-planted").absolute()
    assert dataset_of(saved, crossing / "v1.0-clean").root == crossing / "v1.0-clean"


def test_a_run_that_does_not_say_of_which_data_set_it_is_wants_it_named(run: Run, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="doesn't say which data set it is of; name it with --root"):
        dataset_of(replace(load_run(run.save(tmp_path / "run")), opened=()))


def test_a_run_of_several_data_sets_is_refused_because_names_may_repeat(crossing: Path, tmp_path: Path) -> None:
    both = [open_dataset(crossing / labels) for labels in ("v1.0-clean", "v1.0-planted")]
    saved = load_run(check_dataset(both, Settings(select=("ONT601",))).save(tmp_path / "run"))
    with pytest.raises(DatasetError, match="is of several data sets"):
        dataset_of(saved, crossing / "v1.0-planted")


def test_of_several_data_sets_with_scenes_of_their_own_one_can_be_named(
    crossing: Path, run: Run, tmp_path: Path
) -> None:
    saved = load_run(run.save(tmp_path / "run"))
    one, other = str((crossing / "v1.0-planted").absolute()), str((crossing / "v1.0-clean").absolute())
    inputs = (
        RunInput(root=one, format="nuscenes", scenes=("crossing-0001",)),
        RunInput(root=other, format="nuscenes", scenes=("another",)),
    )
    both = replace(saved, opened=(one, other), inputs=inputs)
    assert dataset_of(both, crossing / "v1.0-planted").root == crossing / "v1.0-planted"
    assert len(findings_about(both, one)) == len(run.findings)
    assert findings_about(both, other) == ()
    with pytest.raises(DatasetError, match="is of several data sets"):
        dataset_of(both)
    same = replace(both, inputs=(inputs[0], inputs[1].model_copy(update={"scenes": ("crossing-0001",)})))
    with pytest.raises(DatasetError, match="is of several data sets"):
        dataset_of(same, one)


def test_a_run_that_was_not_finished_is_corrected_by_nobody(crossing: Path, tmp_path: Path) -> None:
    run = check_dataset(open_dataset(crossing / "v1.0-planted"), Settings(select=("ONT601",)))
    record = run.save(tmp_path / "run") / "run.json"
    record.write_text(record.read_text().replace('"state": "finished"', '"state": "running"'))
    with pytest.raises(FileProblemError, match="was not finished; the same `check --run` goes on with it"):
        load_run(tmp_path / "run")
