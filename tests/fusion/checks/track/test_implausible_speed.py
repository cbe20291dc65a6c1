from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fusion.checks.assessment import Assessment
from fusion.checks.finding import findings_of
from fusion.checks.track.implausible_speed import ImplausibleSpeedLimits, implausible_speed
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

HERTZ = 10
EXACT = ImplausibleSpeedLimits(jitter_m=0, jitter_per_range=0)


def driven(
    category: str | Sequence[str], speed_mps: float | Sequence[float], hertz: int = HERTZ, seconds: float = 2.0
) -> Scene:
    """One object along x, at one speed or at one for each step."""
    steps = round(seconds * hertz)
    metres = np.append(0.0, np.cumsum(np.broadcast_to(np.asarray(speed_mps, dtype=float), steps) / hertz))
    return seen(category, metres, hertz)


def seen(category: str | Sequence[str], metres: np.ndarray, hertz: int = HERTZ, reference: str = "world") -> Scene:
    rows = len(metres)
    stamps = np.arange(rows) * (1_000_000_000 // hertz)
    boxes = Boxes3D.upright(
        np.stack([metres, np.zeros(rows), np.ones(rows)], axis=1),
        np.tile([0.7, 0.7, 1.8], (rows, 1)),
        np.zeros(rows),
        category=[category] * rows if isinstance(category, str) else list(category),
        track=["t"] * rows,
        timestamps_ns=stamps,
    )
    return scene_from_arrays(boxes=boxes, timestamps_ns=stamps, reference=reference)


def reason_of(assessment: Assessment) -> dict[str, int]:
    return {} if assessment.not_assessed is None else assessment.not_assessed.counts()


@pytest.mark.parametrize("hertz", [2, 10], ids=["2 Hz", "10 Hz"])
def test_reports_a_pedestrian_that_keeps_up_with_the_cars(hertz: int) -> None:
    assessment = implausible_speed(driven("Pedestrian", 14.0, hertz, seconds=4.0))
    (finding,) = findings_of(implausible_speed, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)
    assert finding.message.startswith("Pedestrian goes 14.0 m/s for ")
    assert (finding.severity, finding.subject, finding.track, finding.unit) == ("error", "track", "t", "m/s")
    assert finding.measured == pytest.approx(14.0)


@pytest.mark.parametrize(
    ("category", "speed_mps", "severity"),
    [
        pytest.param("Pedestrian", 1.5, None, id="walker"),
        pytest.param("Pedestrian", 7.0, "warning", id="runner"),
        pytest.param("Car", 40.0, None, id="motorway"),
        pytest.param("Car", 50.0, "warning", id="too fast"),
        pytest.param("Car", 75.0, "error", id="no car"),
        pytest.param("Bus", 50.0, "error", id="no bus"),
        pytest.param("Bicycle", 18.0, "warning", id="downhill"),
        pytest.param("Bicycle", 30.0, "error", id="no bicycle"),
        pytest.param("MOTORCYCLIST", 30.0, None, id="riders may have a motor"),
        pytest.param("TrafficCone", 0.0, None, id="standing cone"),
        pytest.param("TrafficCone", 3.0, "error", id="walking cone"),
    ],
)
def test_the_class_decides_what_is_too_fast(category: str, speed_mps: float, severity: str | None) -> None:
    assessment = implausible_speed(driven(category, speed_mps))
    reported = [assessment.severity_of(int(row), implausible_speed.severity).value for row in assessment.reported]
    assert reported == ([severity] if severity else [])
    assert assessment.assessed.all()


def test_holds_exactly_at_its_limit() -> None:
    scene = driven("Pedestrian", 5.0)
    speed_mps = float(np.asarray(implausible_speed(scene, EXACT).measured)[0])
    at = EXACT.model_copy(update={"tolerance": speed_mps / 4.0})
    assert not len(implausible_speed(scene, at).reported)
    below = EXACT.model_copy(update={"tolerance": float(np.nextafter(speed_mps / 4.0, 0)) - 1e-12})
    assert len(implausible_speed(scene, below).reported) == 1


@pytest.mark.parametrize("at", [0, 1, 7, 10, 19, 20])
@pytest.mark.parametrize("lasting", [False, True], ids=["stray box", "lasting shift"])
def test_one_leap_is_no_speed(at: int, lasting: bool) -> None:
    metres = 1.2 * np.arange(21) / HERTZ
    metres[at : None if lasting else at + 1] += 30.0
    assert not len(implausible_speed(seen("Pedestrian", metres)).reported)


def test_rough_labels_of_what_stands_are_no_speed(rng: np.random.Generator) -> None:
    for _ in range(20):
        assert not len(implausible_speed(seen("TrafficCone", rng.normal(0, 0.1, 100))).reported)


def test_a_second_of_it_in_a_long_track_is_enough() -> None:
    scene = driven("Pedestrian", [1.0] * 40 + [14.0] * 12 + [1.0] * 40, seconds=9.2)
    assert implausible_speed(scene).reported.tolist() == [0]


def test_one_box_of_another_class_does_not_make_it_another_thing() -> None:
    assert not len(implausible_speed(driven(["Car"] * 10 + ["Pedestrian"] + ["Car"] * 10, 14.0)).reported)


def test_a_person_on_a_moving_truck_is_left_alone() -> None:
    stamps = np.arange(21) * 100_000_000
    truck_m = np.stack([20.0 * np.arange(21) / HERTZ, np.zeros(21), np.full(21, 0.6)], axis=1)
    boxes = [
        Boxes3D.upright(
            truck_m + np.array([0, 0, lift_m]),
            np.tile(size_m, (21, 1)),
            np.zeros(21),
            category=[name] * 21,
            track=[name] * 21,
            label_ids=[f"{name} {row}" for row in range(21)],
            timestamps_ns=stamps,
        )
        for name, size_m, lift_m in (("Truck", (8.0, 2.5, 1.2), 0.0), ("Pedestrian", (0.7, 0.7, 1.8), 1.5))
    ]
    scene = scene_from_arrays(
        boxes=Boxes3D.concatenate(boxes), timestamps_ns=stamps, reference="world", poses=[np.eye(4)] * 21
    )
    assert reason_of(implausible_speed(scene)) == {"rides on another vehicle": 1}


@pytest.mark.parametrize(
    ("scene", "reason"),
    [
        pytest.param(driven("Pedestrian", 14.0, seconds=0.9), "fewer than 11 boxes in a row", id="short"),
        pytest.param(driven("Misc", 14.0), "no speed limit for the class", id="anything"),
        pytest.param(driven("STOP_SIGN", 14.0), "no speed limit for the class", id="a sign on a bus"),
    ],
)
def test_admits_what_it_cannot_judge(scene: Scene, reason: str) -> None:
    assessment = implausible_speed(scene)
    assert not assessment.assessed.any()
    assert next(iter(reason_of(assessment))).startswith(reason)


def test_admits_that_it_does_not_know_how_fast_ego_is() -> None:
    scene = seen("Pedestrian", 14.0 * np.arange(21) / HERTZ, reference="ego")
    with pytest.raises(NotMeasurableError, match="no ego poses"):
        implausible_speed(scene)


def test_admits_that_there_are_no_times() -> None:
    boxes = Boxes3D.upright([[0, 0, 0]] * 2, [[1, 1, 1]] * 2, [0, 0], track=["t", "t"])
    with pytest.raises(NotMeasurableError, match="no real times"):
        implausible_speed(scene_from_arrays(boxes=boxes, points=[None, None], box_frames=[0, 1]))


def test_a_real_street_keeps_to_the_limits(shared_data: Path) -> None:
    (scene,) = open_dataset(shared_data / "argoverse2-sensor").scenes()
    assessment = implausible_speed(scene)
    assert assessment.assessed.sum() > 100
    assert not len(assessment.reported)
