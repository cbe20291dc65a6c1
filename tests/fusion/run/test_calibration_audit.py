from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from calibration.arrays import ByteImage, FloatArray
from calibration.audit.result import AuditResult
from calibration.cameras import camera_from_parameters
from calibration.clock import SECOND_NS
from calibration.errors import ImageFileError
from calibration.estimate import Verdict
from calibration.image import CameraImage
from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform, quaternions_from_yaws
from fusion import open_dataset
from fusion.measure.calibration_evidence import Budget
from fusion.run.calibration_audit import CalibrationAudit, audit_calibration
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

WIDTH, HEIGHT, FOCAL_PX = 160, 100, 400.0
FORWARD = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


@pytest.fixture(autouse=True)
def no_extrinsics(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take seconds a camera, and have tests of their own."""
    monkeypatch.setattr("fusion.run.calibration_audit.audit_extrinsic", lambda *_, **__: [])


class InMemory:
    """Scenes that are there already, as a reader would hand them out."""

    format = "arrays"

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self._scenes = {scene.name: scene for scene in scenes}
        self.problems = ProblemLog()

    def scene_names(self) -> tuple[str, ...]:
        return tuple(self._scenes)

    def read_scene(self, name: str) -> Scene:
        return self._scenes[name]


def audited(*scenes: Scene, budget: Budget | None = None) -> CalibrationAudit:
    return audit_calibration(Dataset(Path("memory"), InMemory(scenes), "by hand"), budget=budget)


def result_of(audit: CalibrationAudit, quantity: str, sensor: str = "front") -> AuditResult:
    (result,) = [one for one in audit.results if (one.sensor, one.quantity) == (sensor, quantity)]
    return result


def rig(width: int = WIDTH, height: int = HEIGHT) -> SensorRig:
    lens = camera_from_parameters("pinhole", width, height, FOCAL_PX, FOCAL_PX, width / 2, height / 2, 0.0, ())
    place = RigidTransform.from_rotation("ego", "front", FORWARD, [1.0, 0.0, 1.5])
    return SensorRig.of(Sensor("front", SensorKind.CAMERA, place, lens))


def yaw(seconds: FloatArray) -> FloatArray:
    turned: FloatArray = 0.12 * np.sin(1.1 * seconds) + 0.05 * np.sin(2.7 * seconds + 1)
    return turned


def street_of(turned_rad: float) -> ByteImage:
    """A far street: a turn to the left moves it right; the lens is long, so that it moves as one."""
    noise = np.random.default_rng(2).uniform(0, 255, (HEIGHT // 4, 80))
    street = np.kron(noise, np.ones((4, 4)))
    places = 80 + np.arange(WIDTH) - FOCAL_PX * turned_rad
    left = np.floor(places).astype(int)
    share = places - left
    picture = street[:, left % 320] * (1 - share) + street[:, (left + 1) % 320] * share
    return np.repeat(picture.astype(np.uint8)[:, :, None], 3, axis=2)


def drive(
    seconds: float = 15.0, delay_s: float = 0.0, images: list[CameraImage] | None = None, poses: bool = True
) -> Scene:
    """A turning drive filmed at 10 Hz, its stamps late by the delay."""
    true_s = np.arange(0, seconds, 0.1)
    stamps = np.rint((true_s + delay_s) * SECOND_NS).astype(np.int64)
    filmed = images or [
        CameraImage("front", int(stamp), load=partial(street_of, float(yaw(np.array([now]))[0])))
        for stamp, now in zip(stamps, true_s, strict=True)
    ]
    pose_s = np.arange(0, seconds + 0.001, 0.02)
    trajectory = Trajectory.from_poses(
        np.rint(pose_s * SECOND_NS).astype(np.int64), np.zeros((len(pose_s), 3)), quaternions_from_yaws(yaw(pose_s))
    )
    return scene_from_arrays(
        boxes=Boxes3D.empty(),
        timestamps_ns=stamps[: len(filmed)],
        images={"front": filmed},
        rig=rig(),
        poses=trajectory if poses else None,
    )


def still(size: tuple[int, int], count: int = 3, value: int = 0) -> Scene:
    picture = np.full((size[1], size[0], 3), value, dtype=np.uint8)
    stamps = np.arange(count, dtype=np.int64) * SECOND_NS
    return scene_from_arrays(
        boxes=Boxes3D.empty(), timestamps_ns=stamps, images={"front": [picture] * count}, rig=rig()
    )


def test_a_camera_that_is_ten_milliseconds_late_is_found_in_a_drive() -> None:
    audit = audited(drive(delay_s=0.010))
    offset = result_of(audit, "clock.offset")
    assert offset.estimated == pytest.approx(-10.0, abs=2.0)
    assert offset.verdict is Verdict.OFF
    assert offset in audit.off


def test_no_more_images_are_followed_than_the_budget_allows() -> None:
    audit = audited(drive(), budget=Budget(images=20))
    assert result_of(audit, "clock.offset").estimate.frames == 20


def test_an_unreadable_image_is_a_problem_and_loses_something() -> None:
    def torn() -> ByteImage:
        raise ImageFileError("front/000007.jpg", "the image is cut short")

    images = [CameraImage("front", k * SECOND_NS // 10, load=partial(street_of, 0.0)) for k in range(150)]
    images[7] = CameraImage("front", images[7].timestamp_ns, load=torn)
    (problem,) = audited(drive(images=images)).problems
    assert (problem.place, problem.lost) == ("front/000007.jpg", True)


def test_images_of_half_the_size_give_a_corrected_rig() -> None:
    audit = audited(still((WIDTH // 2, HEIGHT // 2)))
    corrected = audit.corrected_rig()
    assert corrected is not None
    lens = corrected.sensor("front").camera
    assert lens is not None
    assert (lens.width, lens.height, lens.fx) == (WIDTH // 2, HEIGHT // 2, FOCAL_PX / 2)


def test_where_nothing_is_off_there_is_no_corrected_rig() -> None:
    audit = audited(still((WIDTH, HEIGHT)))
    assert audit.off == ()
    assert audit.corrected_rig() is None


@pytest.mark.parametrize(
    "scene",
    [drive(poses=False), still((WIDTH, HEIGHT)), still((WIDTH, HEIGHT), count=1), still((WIDTH, HEIGHT), value=128)],
    ids=["no poses", "black images", "one frame", "grey images"],
)
def test_bad_input_gives_no_offset_but_a_reason(scene: Scene) -> None:
    offset = result_of(audited(scene), "clock.offset")
    assert (offset.verdict, offset.estimated) == (Verdict.CANNOT_TELL, None)
    assert offset.estimate.reason


def test_without_cameras_it_says_so() -> None:
    scene = scene_from_arrays(boxes=Boxes3D.empty(), points=[np.zeros((4, 3), dtype=np.float32)])
    result = result_of(audited(scene), "intrinsic", "cameras")
    assert (result.verdict, result.estimate.reason) == (Verdict.CANNOT_TELL, "the data set has no camera")


def test_a_camera_of_the_rig_without_images_is_told_of() -> None:
    scene = scene_from_arrays(boxes=Boxes3D.empty(), points=[np.zeros((4, 3), dtype=np.float32)], rig=rig())
    assert result_of(audited(scene), "intrinsic.width").estimate.reason == "no image could be read"


def test_made_up_times_are_never_audited() -> None:
    scene = scene_from_arrays(boxes=Boxes3D.empty(), points=[np.zeros((4, 3), dtype=np.float32)] * 9)
    for quantity in ("clock.rate", "clock.drops"):
        assert "no clock" in result_of(audited(scene), quantity, "lidar").estimate.reason


def test_scenes_are_judged_together() -> None:
    alone, other = still((WIDTH, HEIGHT), count=2), still((WIDTH, HEIGHT), count=2)
    other.name = "other"
    assert result_of(audited(alone, other), "intrinsic.width").estimate.frames == 4


def test_the_document_is_exactly_what_is_promised() -> None:
    document = json.loads(audited(drive(seconds=2.0)).to_json())
    assert set(document) == {"schema", "results"}
    assert document["schema"] == "boresight.calib/1"
    names = "sensor relative_to quantity unit in_file estimated correction interval verdict reason frames"
    assert {" ".join(result) for result in document["results"]} == {names}


def test_the_sample_scene_is_good_or_too_short(crossing: Path) -> None:
    audit = audit_calibration(open_dataset(crossing / "v1.0-truth"))
    assert audit.off == ()
    gap = result_of(audit, "clock.exposure_gap", "CAM_FRONT")
    assert gap.relative_to == "LIDAR_TOP"
    assert gap.verdict is Verdict.GOOD
    assert "px at 20 m" in gap.estimate.reason
