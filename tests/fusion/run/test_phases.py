from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calibration.errors import FileProblemError
from calibration.image_file import write_image
from calibration.sensors import SensorKind
from fusion.checks.settings import Settings
from fusion.run.phases import (
    Residuals,
    SceneResult,
    damaged_files,
    judge_scene,
    measure_frames,
    reduce_scenes,
    unread_scene,
)
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.frame_table import FrameTable
from fusion.scene.label_set import LabelSet
from fusion.scene.problems import Problem, ProblemKind, ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder
from fusion.scene.stream import Stream

Use = Callable[..., None]


def boxes(*lengths_m: float, tracks: list[str] | None = None, category: str = "car") -> Boxes3D:
    count = len(lengths_m)
    sizes_m = np.column_stack([lengths_m, np.full(count, 2.0), np.full(count, 1.5)]).reshape(count, 3)
    centres_m = np.arange(count)[:, None] * np.array([10.0, 0, 0])
    return Boxes3D.upright(centres_m, sizes_m, np.zeros(count), category=[category] * count, track=tracks)


def scene(*frames: Boxes3D, name: str = "scene") -> Scene:
    builder = SceneBuilder()
    for each in frames:
        builder.frame(boxes=each)
    return builder.build(name=name)


def judged(checked: Scene, *chunks: list[int]) -> SceneResult:
    settings = Settings()
    parts = list(chunks) or [list(range(len(checked.frames)))]
    return judge_scene(checked, [measure_frames(checked, part, settings) for part in parts], settings)


def test_residuals_keep_what_is_fine_too(use: Use) -> None:
    use("long-box")
    measured = measure_frames(scene(boxes(4, 6), boxes(), boxes(7)), range(3), Settings())
    column = measured.residuals["BOX399"]
    assert column.measured.tolist() == [4, 6, 7]
    assert column.limit.tolist() == [5, 5, 5]
    assert column.violated.tolist() == [False, True, True]
    assert column.frames.tolist() == [0, 0, 2]
    assert column.label_rows.tolist() == [0, 1, 2]
    assert (measured.frames, measured.labels) == (3, 3)


def test_a_row_that_was_not_assessed_is_kept_and_not_violated(use: Use) -> None:
    use("long-box")
    measured = measure_frames(scene(boxes(30, category="tram")), [0], Settings())
    assert measured.residuals["BOX399"].assessed.tolist() == [False]
    assert measured.residuals["BOX399"].violated.tolist() == [False]
    assert measured.findings == []
    assert measured.tallies["BOX399"].not_assessed == {"a tram": 1}


def test_residuals_lie_below_each_other(use: Use) -> None:
    use("long-box")
    checked = scene(boxes(4), boxes(6))
    parts = [measure_frames(checked, [index], Settings()).residuals["BOX399"] for index in (0, 1)]
    assert Residuals.concatenate(parts).measured.tolist() == [4, 6]


def test_chunks_of_frames_in_any_cut_give_the_same(use: Use) -> None:
    use("torn-sweep", "unreadable-file", "long-box", "blind-camera", "short-track")
    frames = [boxes(4, 6, tracks=["a", "b"]), boxes(6, tracks=["b"]), boxes(9, tracks=["c"])]
    whole = judged(scene(*frames))
    cut = judged(scene(*frames), [0], [1, 2])
    assert [finding.model_dump() for finding in cut.findings] == [finding.model_dump() for finding in whole.findings]
    assert cut.tallies == whole.tallies
    assert cut.problems == whole.problems
    assert cut.residuals["BOX399"].measured.tolist() == whole.residuals["BOX399"].measured.tolist()
    assert (cut.frames, cut.labels) == (whole.frames, whole.labels) == (3, 4)


def test_what_stops_a_check_is_the_reason_of_all_rows(use: Use) -> None:
    use("blind-camera")
    result = judged(scene(boxes(4, 4), boxes()))
    assert result.tallies["IMG499"].assessed == 0
    assert result.tallies["IMG499"].not_assessed == {"too dark": 3}


def test_a_file_that_can_not_be_read_is_no_crash_and_no_silence(use: Use) -> None:
    use("torn-sweep", "unreadable-file", "long-box")
    result = judged(scene(boxes(6)))
    assert result.tallies["DAT099"].not_assessed == {"a sensor file can't be read": 1}
    assert [finding.code for finding in result.findings] == ["BOX399", "DAT002"]
    (problem,) = result.problems
    assert (problem.place, problem.reason, problem.frame) == ("sweeps/0.bin:3", "truncated", "0")


def test_checks_of_the_whole_scene_say_nothing_about_a_part_of_it(use: Use) -> None:
    use("short-track")
    checked = scene(boxes(4, tracks=["a"]), boxes(4, tracks=["b"]))
    measured = measure_frames(checked, [0], Settings())
    result = judge_scene(checked, [measured], Settings(), whole=False)
    assert result.findings == []
    assert result.tallies == {}
    assert (result.frames, result.labels) == (1, 1)
    assert len(judged(checked).findings) == 2


def test_what_repeats_along_a_track_goes_under_one_finding(use: Use) -> None:
    use("long-box")
    frames = [boxes(length_m, tracks=["a"]) for length_m in (6, 9, 7)]
    findings = judged(scene(*frames)).findings
    (parent,) = [finding for finding in findings if finding.cause is None]
    assert (parent.subject, parent.track, parent.measured) == ("track", "a", 9)
    assert parent.evidence == {"frames_affected": 3, "worst_frame": "1"}
    assert {finding.cause for finding in findings} == {None, parent.id}
    assert len(findings) == 4


def test_a_lone_finding_has_no_parent(use: Use) -> None:
    use("long-box")
    (finding,) = judged(scene(boxes(6, tracks=["a"]), boxes(4, tracks=["a"]))).findings
    assert (finding.subject, finding.cause) == ("box", None)


def test_scenes_together_are_ranked_and_each_id_comes_once(use: Use) -> None:
    use("long-box", "short-track")
    one, other = scene(boxes(6, tracks=["a"]), name="one"), scene(boxes(40, tracks=["a"]), name="other")
    results = [judged(one), judged(other), judged(other)]
    reduced = reduce_scenes(results, "arrays", ProblemLog(), Settings())
    assert [finding.code for finding in reduced.findings] == ["BOX399", "BOX399", "TRK599", "TRK599"]
    assert [finding.scene for finding in reduced.findings][:2] == ["other", "one"]
    assert len({finding.id for finding in reduced.findings}) == 4
    assert reduced.tallies["BOX399"].assessed == 3


def test_what_belongs_to_no_scene_is_judged_too(use: Use) -> None:
    use("unreadable-file")
    log = ProblemLog([Problem(ProblemKind.UNREADABLE_FILE, "v1.0/sample.json", "no JSON")])
    reduced = reduce_scenes([], "nuscenes", log, Settings())
    (finding,) = reduced.findings
    assert (finding.scene, finding.source) == ("", "v1.0/sample.json")
    assert reduced.problems == tuple(log)


@pytest.mark.parametrize(
    ("error", "place", "code"),
    [
        pytest.param(FileProblemError("log.json", "not JSON", 4), "log.json:4", ["DAT002"], id="a file's fault"),
        pytest.param(FileProblemError("log.json", "no such file"), "log.json", ["DAT001"], id="a missing file"),
    ],
)
def test_a_scene_that_could_not_be_read_is_a_problem_and_a_finding(
    use: Use, error: FileProblemError, place: str, code: list[str]
) -> None:
    use("missing-file", "unreadable-file")
    result = unread_scene("dusk", "nuscenes", error, Settings())
    assert [(problem.place, problem.scene, problem.lost) for problem in result.problems] == [(place, "dusk", True)]
    assert [finding.code for finding in result.findings] == code
    assert (result.frames, result.labels) == (0, 0)


def scene_of_files(root: Path, paths: tuple[str, ...], kind: SensorKind = SensorKind.LIDAR) -> Scene:
    def load(index: int) -> None:
        raise FileProblemError(root / paths[index], "truncated")

    built = scene(*[boxes(4)] * len(paths))
    stamps = built.frame_table.timestamps_ns
    table = FrameTable(
        built.frame_table.keys, stamps, built.frame_table.annotated, {"top": np.arange(len(paths), dtype=np.int32)}
    )
    labels = LabelSet("labels", built.labels.boxes, "ego", built.labels.frame_index)
    return Scene(
        name="scene",
        dataset_format="test",
        root=root,
        time_base="utc",
        rigs=built.rigs,
        frame_table=table,
        streams={"top": Stream("top", kind, stamps, load, paths)},
        label_sets={"labels": labels},
        labels_on_trial="labels",
    )


def test_files_that_frames_name_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "0.bin").touch()
    checked = scene_of_files(tmp_path, ("0.bin", "1.bin"))
    assert damaged_files(checked.frames[0]) == []
    (problem,) = damaged_files(checked.frames[1])
    assert (problem.kind, problem.path, problem.frame, problem.sensor) == (
        ProblemKind.MISSING_FILE,
        "1.bin",
        "1",
        "top",
    )


def test_names_that_no_file_can_have_are_damaged_files(tmp_path: Path) -> None:
    (problem,) = damaged_files(scene_of_files(tmp_path, ("a" * 5000,)).frames[0])
    assert problem.kind is ProblemKind.MISSING_FILE


def test_names_that_lead_out_of_the_data_set_are_not_looked_up(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").touch()
    (tmp_path / "data").mkdir()
    checked = scene_of_files(tmp_path / "data", ("../secret.bin", "../nothing.bin"))
    assert [damaged_files(frame) for frame in checked.frames] == [[], []]


def test_an_image_that_is_cut_short_is_found_without_decoding_it(tmp_path: Path) -> None:
    write_image(tmp_path / "0.jpg", np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "1.jpg").write_bytes((tmp_path / "0.jpg").read_bytes()[:-20])
    checked = scene_of_files(tmp_path, ("0.jpg", "1.jpg"), SensorKind.CAMERA)
    assert damaged_files(checked.frames[0]) == []
    (problem,) = damaged_files(checked.frames[1])
    assert (problem.kind, problem.path, problem.sensor) == (ProblemKind.UNREADABLE_FILE, "1.jpg", "top")
    assert "cut short" in problem.reason


def test_a_scene_in_memory_misses_no_file() -> None:
    assert damaged_files(scene(boxes(4)).frames[0]) == []


def test_a_torn_sweep_is_named_relative_to_the_root_with_its_sensor(
    tmp_path: Path, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("long-box")
    (tmp_path / "0.bin").touch()
    checked = scene_of_files(tmp_path, ("0.bin",))
    (check,) = Settings().active_checks
    monkeypatch.setattr(type(check), "assess", lambda self, frame, limits: frame.points_in_ego)
    (problem,) = measure_frames(checked, [0], Settings()).problems
    assert (problem.path, problem.sensor, problem.frame) == ("0.bin", "top", "0")


def test_a_neighbour_whose_name_starts_like_the_root_keeps_its_path(tmp_path: Path, use: Use) -> None:
    use("torn-sweep")
    checked = scene_of_files(tmp_path / "day", ("0.bin",))
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "0.bin").touch()

    def torn(self: object, frame: object, limits: object) -> None:
        raise FileProblemError(tmp_path / "day2" / "0.bin", "truncated")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(Settings().active_checks[0]), "assess", torn)
        (problem,) = measure_frames(checked, [0], Settings()).problems
    assert problem.path == str(tmp_path / "day2" / "0.bin")
