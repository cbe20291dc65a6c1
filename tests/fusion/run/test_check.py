from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from calibration.errors import FileProblemError, RotationError
from fusion.checks.settings import Settings
from fusion.errors import DatasetError, SettingsError
from fusion.run.check import check_dataset, check_frame, check_scene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

Use = Callable[..., None]


def scene(name: str, *lengths_m: float) -> Scene:
    builder = SceneBuilder()
    for length_m in lengths_m:
        builder.frame(boxes=Boxes3D.upright([[9, 0, 0]], [[length_m, 2, 1.5]], [0.0], category=["car"]))
    return builder.build(name=name)


@dataclass
class Source:
    """A reader over scenes in memory; an error in place of a scene is raised when it is read."""

    scenes: dict[str, Scene | Exception]
    format: str = "memory"
    problems: ProblemLog = field(default_factory=ProblemLog)

    def scene_names(self) -> tuple[str, ...]:
        return tuple(self.scenes)

    def read_scene(self, name: str) -> Scene:
        found = self.scenes[name]
        if isinstance(found, Exception):
            raise found
        return found


def dataset(**scenes: Scene | Exception) -> Dataset:
    return Dataset(Path("day"), Source(dict(scenes)), why="it is in memory")


def test_a_scene_in_memory_is_checked_whole(use: Use) -> None:
    use("long-box")
    run = check_scene(scene("dusk", 4, 6, 7))
    assert [finding.measured for finding in run.findings] == [7, 6]
    (held,) = run.document.datasets
    assert (held.format, held.root, held.scenes, held.frames, held.labels) == ("arrays", "", 1, 3, 3)


def test_a_single_frame_counts_as_one(use: Use) -> None:
    use("long-box", "short-track")
    run = check_frame(scene("dusk", 4, 6, 7).frames[1])
    assert [finding.measured for finding in run.findings] == [6]
    (held,) = run.document.datasets
    assert (held.frames, held.labels) == (1, 1)


def test_a_frame_has_the_same_findings_alone_and_in_its_scene(use: Use) -> None:
    use("long-box")
    whole = check_scene(scene("dusk", 4, 6))
    alone = check_frame(scene("dusk", 4, 6).frames[1])
    assert [finding.id for finding in alone.findings] == [finding.id for finding in whole.findings]


def test_all_scenes_are_checked_and_progress_is_told(use: Use) -> None:
    use("long-box")
    told: list[tuple[str, int, int]] = []
    run = check_dataset(dataset(a=scene("a", 6), b=scene("b", 7)), progress=lambda *news: told.append(news))
    assert told == [("a", 1, 2), ("b", 2, 2)]
    assert [finding.scene for finding in run.findings] == ["b", "a"]
    assert run.document.datasets[0].root == "day"


def test_only_the_scenes_asked_for_are_read(use: Use) -> None:
    use("long-box")
    run = check_dataset(dataset(a=RotationError("never read"), b=scene("b", 7)), scenes=["b"])
    assert [finding.scene for finding in run.findings] == ["b"]
    assert run.document.datasets[0].scenes == 1


def test_a_scene_that_does_not_exist_is_refused(use: Use) -> None:
    use("long-box")
    with pytest.raises(DatasetError, match="no scene 'c'; it has a"):
        check_dataset(dataset(a=scene("a", 6)), scenes=["c"])


@pytest.mark.parametrize(
    ("error", "place", "reason"),
    [
        pytest.param(FileProblemError("log.json", "not JSON"), "log.json", "not JSON", id="a file"),
        pytest.param(RotationError("no rotation"), "dawn", "no rotation", id="something else"),
        pytest.param(DatasetError("tables contradict"), "dawn", "tables contradict", id="the data set"),
    ],
)
def test_a_scene_that_can_not_be_read_stops_nothing_and_makes_the_run_incomplete(
    use: Use, error: Exception, place: str, reason: str
) -> None:
    use("unreadable-file", "long-box")
    run = check_dataset(dataset(dawn=error, dusk=scene("dusk", 6)))
    assert [(gap.path, gap.reason) for gap in run.incomplete] == [(place, reason)]
    assert {finding.code for finding in run.findings} == {"DAT002", "BOX399"}


def test_a_bug_is_not_taken_for_bad_input(use: Use) -> None:
    use("long-box")
    with pytest.raises(ZeroDivisionError):
        check_dataset(dataset(dawn=ZeroDivisionError()))


def test_several_data_sets_are_one_run(use: Use) -> None:
    use("long-box")
    run = check_dataset([dataset(a=scene("a", 6)), dataset(b=scene("b", 4, 7))])
    assert [held.frames for held in run.document.datasets] == [1, 2]
    assert [finding.scene for finding in run.findings] == ["b", "a"]
    assert run.document.as_dict()["dataset"] == run.document.as_dict()["datasets"][0]


def test_an_unknown_engine_is_refused(use: Use) -> None:
    use("long-box")
    with pytest.raises(SettingsError, match="engine"):
        check_dataset(dataset(a=scene("a", 6)), engine="abacus")


def test_settings_travel_with_the_run(use: Use) -> None:
    use("long-box")
    settings = Settings.of({"checks": {"long-box": {"max_length_m": 6.5, "severity": "error"}}})
    run = check_scene(scene("dusk", 6, 7), settings)
    assert [(finding.measured, finding.limit, finding.severity) for finding in run.findings] == [(7, 6.5, "error")]
    assert run.settings is settings
    assert run.document.checks[0].severity == "error"


def write_kitti(root: Path, frames: int) -> Path:
    for folder in ("velodyne", "calib", "label_2"):
        (root / "training" / folder).mkdir(parents=True)
    matrix = "1 0 0 0 0 1 0 0 0 0 1 0"
    calib = [f"P{camera}: {matrix}" for camera in range(4)]
    calib += ["R0_rect: 1 0 0 0 1 0 0 0 1", "Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0"]
    for frame in range(frames):
        np.zeros((10, 4), dtype=np.float32).tofile(root / "training" / "velodyne" / f"{frame:06}.bin")
        (root / "training" / "calib" / f"{frame:06}.txt").write_text("\n".join(calib) + "\n")
        label = f"Car 0 0 0 100 100 200 200 1.5 1.6 {4 + 30 * frame} 0 1.6 20 0\n"
        (root / "training" / "label_2" / f"{frame:06}.txt").write_text(label)
    return root


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same(tmp_path: Path) -> None:
    from fusion.formats.registry import open_dataset

    settings = Settings(select=("DAT", "BOX302", "ONT"))
    opened = open_dataset(write_kitti(tmp_path, 2))
    one, two = (check_dataset(opened, settings, workers=workers) for workers in (1, 2))
    assert one.to_json() == two.to_json()
    assert "BOX302" in {finding.code for finding in one.findings}
