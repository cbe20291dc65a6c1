from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from calibration.errors import ShapeError, UnknownSensorError
from calibration.rig import RigHistory, SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform

# A camera looking forward: its z is ego x, its x is ego -y, its y is ego -z.
LOOKING_FORWARD = [0.5, -0.5, 0.5, -0.5]


def sensor(name: str, kind: SensorKind, place: list[float], wxyz: list[float] | None = None) -> Sensor:
    return Sensor(name, kind, RigidTransform.from_quaternion("ego", name, wxyz or [1, 0, 0, 0], place))


def car() -> SensorRig:
    return SensorRig.of(
        sensor("CAM_FRONT", SensorKind.CAMERA, [1.6, 0.0, 1.5], LOOKING_FORWARD),
        sensor("LIDAR_TOP", SensorKind.LIDAR, [0.9, 0.0, 1.8]),
        sensor("CAM_LEFT", SensorKind.CAMERA, [1.0, 0.5, 1.5], LOOKING_FORWARD),
        sensor("RADAR_FRONT", SensorKind.RADAR, [3.4, 0.0, 0.5]),
    )


def test_sensors_are_found_by_name_and_listed_by_kind() -> None:
    rig = car()
    assert rig.sensor("LIDAR_TOP").kind is SensorKind.LIDAR
    assert rig.cameras == ("CAM_FRONT", "CAM_LEFT")
    assert rig.lidars == ("LIDAR_TOP",)
    assert rig.radars == ("RADAR_FRONT",)


def test_a_point_ahead_of_the_lidar_is_in_front_of_the_camera() -> None:
    camera_from_lidar = car().transform("CAM_FRONT", "LIDAR_TOP")
    assert camera_from_lidar.name == "CAM_FRONT_from_LIDAR_TOP"
    # 10 m ahead, 2 m to the left, level with the lidar, which sits 0.7 m behind and 0.3 m above the camera
    np.testing.assert_allclose(camera_from_lidar.apply([[10, 2, 0]]), [[-2, -0.3, 9.3]], atol=1e-12)


def test_transforms_to_and_from_ego() -> None:
    rig = car()
    np.testing.assert_allclose(rig.transform("ego", "LIDAR_TOP").translation, [0.9, 0, 1.8])
    np.testing.assert_allclose(rig.transform("LIDAR_TOP", "ego").translation, [-0.9, 0, -1.8])
    np.testing.assert_array_equal(rig.transform("ego", "ego").matrix, np.eye(4))
    np.testing.assert_array_equal(rig.transform("CAM_LEFT", "CAM_LEFT").matrix, np.eye(4))


def test_every_way_round_is_the_inverse_of_the_other_and_chains(rng: np.random.Generator) -> None:
    rig = SensorRig.of(
        *(
            sensor(name, SensorKind.LIDAR, rng.normal(0, 2, 3).tolist(), rotation.as_quat(scalar_first=True).tolist())
            for name, rotation in zip("abc", Rotation.from_quat(rng.normal(size=(3, 4))), strict=True)
        )
    )
    for target in (*"abc", "ego"):
        for source in (*"abc", "ego"):
            direct = rig.transform(target, source)
            np.testing.assert_allclose(direct.inverse().matrix, rig.transform(source, target).matrix, atol=1e-14)
            through_b = rig.transform(target, "b") @ rig.transform("b", source)
            np.testing.assert_allclose(direct.matrix, through_b.matrix, atol=1e-14)


@pytest.mark.parametrize("ask", [lambda rig: rig.sensor("cam_front"), lambda rig: rig.transform("ego", "cam_front")])
def test_an_unknown_sensor_is_refused_with_those_there_are(ask) -> None:
    with pytest.raises(UnknownSensorError) as refusal:
        ask(car())
    assert str(refusal.value) == (
        "the rig has no sensor 'cam_front'; it has CAM_FRONT, LIDAR_TOP, CAM_LEFT, RADAR_FRONT; "
        "did you mean 'CAM_FRONT'?"
    )


def test_a_rig_without_sensors_says_so() -> None:
    with pytest.raises(UnknownSensorError, match="it has none at all"):
        SensorRig.of().sensor("lidar")


def test_a_sensor_can_be_replaced_and_added_leaving_the_old_rig() -> None:
    rig = car()
    moved = rig.with_sensor(sensor("LIDAR_TOP", SensorKind.LIDAR, [0.0, 0.0, 2.0]))
    assert moved.transform("ego", "LIDAR_TOP").translation.tolist() == [0, 0, 2]
    assert rig.transform("ego", "LIDAR_TOP").translation.tolist() == [0.9, 0, 1.8]
    assert list(moved.sensors) == list(rig.sensors)
    assert rig.with_sensor(sensor("LIDAR_REAR", SensorKind.LIDAR, [-1, 0, 1])).lidars == ("LIDAR_TOP", "LIDAR_REAR")


def test_two_sensors_cannot_share_a_name() -> None:
    twice = sensor("lidar", SensorKind.LIDAR, [0, 0, 0])
    with pytest.raises(UnknownSensorError, match="two sensors of one rig are called 'lidar'"):
        SensorRig.of(twice, twice)


def test_a_sensor_stands_under_its_own_name() -> None:
    with pytest.raises(UnknownSensorError, match="called 'lidar' is listed as 'radar'"):
        SensorRig({"radar": sensor("lidar", SensorKind.LIDAR, [0, 0, 0])})


def test_changing_the_mapping_it_was_made_from_changes_nothing() -> None:
    sensors = {"lidar": sensor("lidar", SensorKind.LIDAR, [0, 0, 0])}
    rig = SensorRig(sensors)
    sensors.clear()
    assert rig.lidars == ("lidar",)


def test_a_rig_travels_between_processes() -> None:
    arrived = pickle.loads(pickle.dumps(car()))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(
        arrived.transform("CAM_LEFT", "LIDAR_TOP").matrix, car().transform("CAM_LEFT", "LIDAR_TOP").matrix
    )


class TestHistory:
    def test_each_rig_holds_from_its_time_on_and_the_first_before_it(self) -> None:
        old, new = car(), SensorRig.of()
        history = RigHistory.from_rigs([(200, new), (100, old)])
        assert [history.at(time_ns) is new for time_ns in (0, 99, 100, 199, 200, 10**18)] == [False] * 4 + [True] * 2
        assert history.valid_from_ns == (100, 200)

    def test_needs_a_rig(self) -> None:
        with pytest.raises(ShapeError, match="at least one rig"):
            RigHistory.from_rigs([])

    def test_refuses_two_rigs_for_one_time(self) -> None:
        with pytest.raises(ShapeError, match="two rigs are valid from the same time on, 100 ns"):
            RigHistory.from_rigs([(100, car()), (100, car())])
