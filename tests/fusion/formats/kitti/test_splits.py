from __future__ import annotations

from pathlib import Path

from fusion.formats.kitti.splits import evidence_of_splits, splits_in


def evidence(folder: Path) -> str | None:
    return "marked" if (folder / "mark").exists() else None


def test_splits_are_the_folders_with_evidence_training_first(tmp_path: Path) -> None:
    for name in ("testing", "training", ".hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mark").touch()
    (tmp_path / "other").mkdir()
    assert splits_in(tmp_path, evidence) == ("training", "testing")
    assert evidence_of_splits(tmp_path, evidence) == "training/marked; testing/marked"


def test_a_root_that_is_a_split_itself_needs_no_other(tmp_path: Path) -> None:
    (tmp_path / "mark").touch()
    assert evidence_of_splits(tmp_path, evidence) == "marked"


def test_what_is_no_folder_holds_none(tmp_path: Path) -> None:
    assert splits_in(tmp_path / "nowhere", evidence) == ()
    assert evidence_of_splits(tmp_path, evidence) is None
