from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fusion.checks.settings import Settings
from fusion.errors import RunFolderError
from fusion.run.check import check_scene
from fusion.run.document import DatasetSummary
from fusion.run.phases import Judged
from fusion.run.run import Run
from fusion.run.run_record import tool_version
from fusion.run.tally import Tally
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.problems import Problem, ProblemKind
from fusion.scene.scene_builder import SceneBuilder

Use = Callable[..., None]


@pytest.fixture
def run(use: Use) -> Run:
    use("long-box")
    builder = SceneBuilder()
    for length_m in (6, 7):
        names = {"category": ["\udcff"], "track": ["17"]}
        builder.frame(boxes=Boxes3D.upright([[9, 0, 0]], [[length_m, 2, 1.5]], [0.0], **names))
    return check_scene(builder.build(), Settings(base_rate=0.03))


def test_a_run_keeps_three_files_that_agree(run: Run, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = run.save(tmp_path / "new" / "run")
    about = json.loads((folder / "run.json").read_text())
    findings = json.loads((folder / "findings.json").read_text())
    table = parquet.read_table(folder / "findings.parquet")
    assert sorted(path.name for path in folder.iterdir()) == ["findings.json", "findings.parquet", "run.json"]
    assert table.column("id").to_pylist() == [finding["id"] for finding in findings["findings"]]
    assert (about["schema"], about["settings"]["base_rate"]) == ("boresight.run/1", 0.03)
    assert about["coverage"] == findings["checks"]
    assert about["datasets"] == findings["datasets"]


def test_a_run_may_be_saved_again(run: Run, tmp_path: Path) -> None:
    run.save(tmp_path)
    first = (tmp_path / "findings.json").read_bytes()
    run.save(tmp_path)
    assert (tmp_path / "findings.json").read_bytes() == first


def test_a_folder_that_can_not_be_written_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(RunFolderError, match="taken: can't write the run"):
        run.save(tmp_path / "taken")


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(RunFolderError, match="No space left"):
        run.save(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_person_works_through_what_nothing_else_explains(run: Run) -> None:
    assert len(run.findings) == 3
    assert [finding.subject for finding in run.leading] == ["track"]


def test_only_what_was_lost_makes_a_run_incomplete(use: Use) -> None:
    use("long-box")
    problems = (
        Problem(ProblemKind.UNREADABLE_FILE, "a.bin", "torn", line=0),
        Problem(ProblemKind.BROKEN_REFERENCE, "b.json", "leads nowhere", line=4, lost=False),
        Problem(ProblemKind.MALFORMED_RECORD, "c.txt", "14 columns", line=7),
    )
    held = DatasetSummary(root="day", format="test", scenes=1, frames=1, labels=1)
    run = Run.of([(held, Judged([], {"BOX399": Tally(assessed=4)}, problems))], Settings())
    assert [(gap.path, gap.reason) for gap in run.incomplete] == [("a.bin", "torn"), ("c.txt:7", "14 columns")]
    assert run.document.checks[0].assessed == 4


def test_the_version_is_that_of_the_package() -> None:
    assert tool_version() == "0" or tool_version()[0].isdigit()
