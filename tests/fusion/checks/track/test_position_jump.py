from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from calibration.rig import SensorRig
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.checks.track.position_jump import PositionJumpLimits, position_jump
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.run.check import check_scene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

SETTINGS = Settings(select=("TRK501",))


def findings(scene: Scene) -> list[Finding]:
    return check_scene(scene, SETTINGS).leading


def share_reported(tracks, label, rate_hz) -> float:
    return len(position_jump(label(tracks, rate_hz=rate_hz)).reported) / len(tracks)


def test_reports_a_box_moved_a_metre_and_says_where_it_belongs(go, label) -> None:
    (finding,) = findings(label([go(), go(at_m=(0, -5)).moved(8, 0.6, 0.8)]))
    assert (finding.track, finding.frame, finding.label, finding.subject) == ("t1", "8", "28", "track")
    assert finding.message == ("box is off the path of its neighbours by 1.00 m (stray boxes: 1, lasting shifts: 0)")
    assert finding.measured == pytest.approx(1.0, abs=1e-3)
    assert finding.proposal is not None
    assert (finding.proposal.action, finding.proposal.target, finding.proposal.reference) == ("set", "28", "world")
    assert finding.proposal.values["centre_m"] == [pytest.approx([8.0, -5.0, 0.8])]
    assert finding.proposal.timestamps_ns == (finding.timestamp_ns,)


def test_is_quiet_on_the_clean_twin(go, label) -> None:
    scene = label([go(), go(at_m=(0, -5)), go(speed_mps=0, at_m=(30, 3))])
    assert findings(scene) == []
    assert position_jump(scene).assessed.all()


@pytest.mark.parametrize("rate_hz", [2, 10, 20])
def test_holds_exactly_at_its_limit(go, label, rate_hz: float) -> None:
    clean = go(speed_mps=8, rate_hz=rate_hz, heading_deg=30)
    limit_m = float(position_jump(label([clean.moved(9, 0.0, 2.0)], rate_hz)).limit[0])
    assert not position_jump(label([clean.moved(9, 0.0, 0.98 * limit_m)], rate_hz)).violated[0]
    assert position_jump(label([clean.moved(9, 0.0, 1.02 * limit_m)], rate_hz)).violated[0]


def test_a_path_that_stays_shifted_is_one_shift_and_not_many_strays(go, label) -> None:
    (finding,) = findings(label([go(count=30).moved(slice(12, None), 0.0, 1.5)]))
    assert finding.frame == "12"
    assert finding.message == "path is shifted from this box on by 1.50 m (stray boxes: 0, lasting shifts: 1)"
    assert finding.proposal is None


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_neighbours_of_a_stray_are_not_blamed(go, label, rate_hz: float) -> None:
    tracks = [go(heading_deg=angle, rate_hz=rate_hz).moved([5, 11], 1.5) for angle in (0, 90)]
    for finding in findings(label(tracks, rate_hz)):
        assert (finding.evidence["stray_boxes"], finding.evidence["lasting_shifts"]) == (2, 0)
        assert finding.proposal is not None
        assert finding.proposal.target == finding.track
        assert len(finding.proposal.timestamps_ns) == len(finding.proposal.values["centre_m"]) == 2


@pytest.mark.parametrize("row", [0, 19], ids=["first", "last"])
def test_the_ends_of_a_track_are_judged_from_one_side(go, label, row: int) -> None:
    (finding,) = findings(label([go().moved(row, 0.0, 1.2)]))
    assert finding.frame == str(row)
    assert finding.evidence["stray_boxes"] == 1
    assert findings(label([go(rate_hz=2).moved(row, 0.0, 1.2)], rate_hz=2)) == []  # a car can do that in half a second


@pytest.mark.parametrize(
    ("shift_m", "severity"), [(0.7, "warning"), (3.0, "error")], ids=["unusual", "beyond any doubt three times"]
)
def test_severity_follows_how_far_it_is_beyond_doubt(go, label, shift_m: float, severity: str) -> None:
    (finding,) = findings(label([go().moved(9, 0.0, shift_m)]))
    assert finding.severity == severity


def test_most_tracks_at_once_are_a_fault_of_the_frame(go, label) -> None:
    tracks = [go(at_m=(0, 4.0 * lane)).moved(slice(10, None), 1.5) for lane in range(5)]
    run = check_scene(label([*tracks, go(at_m=(0, -30))]), SETTINGS)
    (parent,) = run.leading
    assert (parent.subject, parent.frame, parent.track, parent.proposal) == ("frame", "10", None, None)
    assert parent.message.startswith("5 tracks at once, so the frame's stamp or ego pose is in doubt; worst: path is")
    assert {finding.cause for finding in run.findings} == {None, parent.id}


def test_two_tracks_in_a_frame_are_chance(go, label) -> None:
    tracks = [go(at_m=(0, 4.0 * lane)).moved(10, 1.5) for lane in range(2)]
    assert [finding.subject for finding in findings(label(tracks))] == ["track", "track"]


def test_admits_that_two_boxes_show_no_path(go, label) -> None:
    assessment = position_jump(label([go(count=2), go(count=3)]))
    assert assessment.assessed.tolist() == [False, True]
    assert assessment.not_assessed.counts() == {"fewer than three boxes close in time": 1}


def test_admits_that_boxes_seconds_apart_show_no_path(go, label) -> None:
    assessment = position_jump(label([go(rate_hz=0.5)], rate_hz=0.5))
    assert not assessment.assessed.any()


def test_two_boxes_of_a_track_at_one_time_are_left_out_and_make_no_warnings(go, label) -> None:
    track = go()
    doubled = replace(
        track,
        frames=np.insert(track.frames, 9, 9),
        xy_m=np.insert(track.xy_m, 9, [50.0, 50.0], axis=0),
        yaws_rad=np.insert(track.yaws_rad, 9, 0.0),
        sizes_m=np.insert(track.sizes_m, 9, track.sizes_m[0], axis=0),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert findings(label([doubled])) == []


def test_a_box_written_twice_is_one_box(go, label) -> None:
    track = go().moved(8, 0.0, 1.0)
    twice = replace(
        track,
        **{name: np.repeat(getattr(track, name), 2, axis=0) for name in ("frames", "xy_m", "yaws_rad", "sizes_m")},
    )
    (finding,) = findings(label([twice]))
    assert (finding.frame, finding.evidence["stray_boxes"]) == ("8", 1)


def test_labels_without_tracks_or_times_say_so(go, label) -> None:
    with pytest.raises(NotMeasurableError, match="no track ids"):
        position_jump(scene_from_arrays(boxes=Boxes3D.upright([[5, 0, 0]], [[4, 2, 1]], [0.0])))
    with pytest.raises(NotMeasurableError, match="no real times"):
        position_jump(label([go()], time_base="synthetic"))


def test_an_ego_turn_moves_no_labels_in_the_world(go, label) -> None:
    """Boxes in ego of a car that turns at 0.5 rad/s: with poses they stand still."""
    yaws = 0.05 * np.arange(20)
    poses = [RigidTransform.from_rotation("world", "ego", _about_z(yaw), [0.8 * i, 0, 0]) for i, yaw in enumerate(yaws)]
    parked = go(speed_mps=0, at_m=(20, 8)).moved(8, 0.9, 0.0)
    seen = np.stack([pose.inverse().apply([[*xy, 0.8]])[0, :2] for pose, xy in zip(poses, parked.xy_m, strict=True)])
    scene = label([replace(parked, xy_m=seen, yaws_rad=-yaws)], poses=[pose.matrix for pose in poses], reference="ego")
    (finding,) = findings(scene)
    assert finding.frame == "8"
    assert finding.measured == pytest.approx(0.9, abs=1e-3)
    assert finding.proposal is not None
    assert finding.proposal.reference == "ego"
    assert finding.proposal.values["centre_m"][0] == pytest.approx(
        [*poses[8].inverse().apply([[20, 8, 0.8]])[0]], abs=1e-3
    )


def test_proposes_in_the_sensor_s_frame_where_labels_are_written_there(go, label) -> None:
    lidar = Sensor("roof", SensorKind.LIDAR, RigidTransform.from_rotation("ego", "roof", np.eye(3), [1.0, 0.0, 2.0]))
    scene = label([go().moved(8, 0.0, 1.0)], reference="roof", rig=SensorRig({"roof": lidar}))
    (finding,) = findings(scene)
    assert finding.proposal is not None
    assert (finding.proposal.reference, finding.proposal.values["centre_m"][0]) == (
        "roof",
        pytest.approx([18.0, 5.0, 0.8], abs=1e-3),
    )


def test_without_poses_it_allows_for_the_ego_vehicle_s_own_motion(go, label) -> None:
    jumped = [go(at_m=(40, 0)).moved(8, 0.0, 1.5)]
    with_poses, without = label(jumped), label(jumped, poses=None, reference="ego")
    assert position_jump(without).limit[0] > position_jump(with_poses).limit[0]
    assert position_jump(without).violated[0]


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_of_people_and_traffic_raise_about_one_false_alarm_in_300_tracks(
    people_label, label, rate_hz: float
) -> None:
    alarms = sum(len(position_jump(label(people_label(600, rate_hz, seed), rate_hz)).reported) for seed in (1, 2))
    assert alarms <= 8  # 4 are expected


@pytest.mark.parametrize("rate_hz", [2, 10])
@pytest.mark.parametrize("jump_m", [1.0, 1.5])
def test_finds_a_single_box_that_jumped(people_label, label, rng, rate_hz: float, jump_m: float) -> None:
    planted = []
    for track in people_label(390, rate_hz, seed=3):
        angle = rng.uniform(-np.pi, np.pi)
        row = rng.integers(2, len(track) - 2)
        planted.append(track.moved(row, jump_m * np.cos(angle), jump_m * np.sin(angle)))
    assert share_reported(planted, label, rate_hz) >= 0.95


@pytest.mark.parametrize(("rate_hz", "recall"), [(2, 0.90), (10, 0.98)])
def test_finds_a_lasting_shift(people_label, label, rng, rate_hz: float, recall: float) -> None:
    planted = []
    for track in people_label(390, rate_hz, seed=4):
        angle = rng.uniform(-np.pi, np.pi)
        rows = slice(rng.integers(3, len(track) - 3), None)
        planted.append(track.moved(rows, 1.5 * np.cos(angle), 1.5 * np.sin(angle)))
    assert share_reported(planted, label, rate_hz) >= recall


def test_limits_scale_what_is_in_doubt(go, label) -> None:
    scene = label([go().moved(9, 0.0, 1.0)])
    usual = position_jump(scene).limit[0]
    assert position_jump(scene, PositionJumpLimits(steadiest_m=0.10)).limit[0] > usual
    assert position_jump(scene, PositionJumpLimits(vehicle_acceleration=30)).limit[0] > usual
    assert position_jump(scene, PositionJumpLimits(chance=1e-6)).limit[0] > usual


def test_a_real_drive_without_jumps_stays_silent(shared_data) -> None:
    """An Argoverse 2 log, 114 tracks with poses, labelled without jumps."""
    dataset = open_dataset(shared_data / "argoverse2-sensor")
    scene = dataset.scene(dataset.scene_names[0])
    assert len(position_jump(scene).reported) == 0


def test_finds_the_lost_frames_and_the_shifted_car_of_a_real_recording(shared_data) -> None:
    """KITTI tracking 0001 lacks four sweeps, so all tracks jump at frame 181; at 86 car 31 is labelled anew."""
    scene = open_dataset(shared_data / "kitti-tracking").scene("derived-0001")
    found = {(finding.subject, finding.frame, finding.track) for finding in findings(scene)}
    assert found == {("frame", "000181", None), ("track", "000086", "31")}


def _about_z(angle_rad: float) -> np.ndarray:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
