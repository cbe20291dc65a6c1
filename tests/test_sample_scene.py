"""The sample scene, end to end: every planted fault is found under its own code, and clean labels stay quiet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fusion import check_dataset, open_dataset
from fusion.checks.catalogue import CATALOGUE
from fusion.run.run import Run

PLANTED = Path(__file__).resolve().parents[1] / "sample_data" / "crossing" / "v1.0-planted" / "planted.json"
FAULTS: list[dict[str, Any]] = json.loads(PLANTED.read_text(encoding="utf-8"))


def check(root: Path) -> Run:
    return check_dataset(open_dataset(root))


@pytest.fixture(scope="module")
def planted(crossing: Path) -> Run:
    return check(crossing / "v1.0-planted")


@pytest.fixture(scope="module")
def clean(crossing: Path) -> Run:
    return check(crossing / "v1.0-clean")


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["fault"] for fault in FAULTS])
def test_a_planted_fault_is_found_on_its_object_and_frame(fault: dict[str, Any], planted: Run) -> None:
    found = [
        finding
        for finding in planted.findings
        if finding.code in fault["expected_codes"]
        and {label.track for label in finding.labels} & set(fault["tracks"])
        and ({label.frame for label in finding.labels} & set(fault["samples"]) or fault["fault"] == "gap")
    ]
    assert found


def test_a_person_reads_little_more_than_what_was_planted(planted: Run) -> None:
    # A ghost floats and a displaced box is seen through: one fault may show in a second check, not in five.
    assert len(FAULTS) <= len(planted.leading) <= len(FAULTS) + 4
    accused = {label.track for finding in planted.leading for label in finding.labels}
    assert accused <= {track for fault in FAULTS for track in fault["tracks"]}


def test_labels_with_a_careful_humans_noise_raise_no_error_and_hardly_a_warning(clean: Run) -> None:
    boxes = clean.document.datasets[0].labels
    assert [finding for finding in clean.findings if finding.severity == "error"] == []
    assert len([finding for finding in clean.findings if finding.severity == "warning"]) <= boxes / 200


def test_exact_labels_raise_nothing(crossing: Path) -> None:
    assert check(crossing / "v1.0-truth").findings == ()


def test_nothing_of_the_sample_scene_is_unreadable(clean: Run, planted: Run) -> None:
    assert clean.incomplete == planted.incomplete == ()


def test_silence_means_looked_or_says_why_not(clean: Run) -> None:
    silent = [check for check in clean.document.checks if check.assessed == 0]
    unexplained = {check.code for check in silent if not check.not_assessed}
    # Files without a fault leave no row; nothing overlaps, and no track has a gap.
    without_fault = {one.code for one in CATALOGUE if one.level == "problems"}
    assert unexplained <= without_fault | {"BOX305", "BOX306", "TRK504", "TRK520"}
    assert len(clean.document.checks) - len(silent) >= 35


def test_the_same_labels_give_the_same_document(crossing: Path, planted: Run) -> None:
    assert check(crossing / "v1.0-planted").to_json() == planted.to_json()


def test_two_workers_find_what_one_finds(crossing: Path, planted: Run) -> None:
    assert check_dataset(open_dataset(crossing / "v1.0-planted"), workers=2).to_json() == planted.to_json()
