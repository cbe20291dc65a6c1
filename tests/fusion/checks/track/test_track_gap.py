from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.checks.track.track_gap import TrackGapLimits, track_gap
from fusion.errors import NotMeasurableError
from fusion.run.check import check_scene
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def findings(scene: Scene) -> list[Finding]:
    return check_scene(scene, Settings(select=("TRK504",))).leading


def returns_of(track, count: int, hidden: tuple[int, ...] = ()) -> list[np.ndarray]:
    """(N, 3) of every frame: so many points in the middle of the object unless it is hidden, and a wall behind."""
    wall = np.column_stack([np.linspace(-50, 50, 40), np.full(40, 40.0), np.ones(40)])
    offsets = np.linspace(-0.3, 0.3, count)
    frames = []
    for row, (x, y) in enumerate(track.xy_m):
        object_m = np.column_stack([x + offsets, np.full(count, y), np.full(count, 0.8)])
        frames.append(wall if row in hidden else np.concatenate([wall, object_m]))
    return frames


def gap_scene(label, track, missing, points: int = 40, hidden: tuple[int, ...] = (), **parts: object) -> Scene:
    return label([track.without(missing)], frames=len(track), points=returns_of(track, points, hidden), **parts)


def test_reports_three_missing_boxes_of_an_object_in_plain_view(go, label) -> None:
    (finding,) = findings(gap_scene(label, go(), [7, 8, 9]))
    assert (finding.track, finding.frame, finding.severity) == ("t0", "6", "warning")
    assert finding.message == "box is missing in 3 frames although points show the object"
    assert finding.evidence["points_inside"] == finding.evidence["points_expected"] == 40
    assert finding.evidence["gap_s"] == 0.4


def test_proposes_the_boxes_between(go, label) -> None:
    (finding,) = findings(gap_scene(label, go(heading_deg=20), [7, 8, 9]))
    track, proposal = go(heading_deg=20), finding.proposal
    assert proposal is not None
    assert (proposal.action, proposal.target, proposal.reference) == ("add", "t0", "world")
    assert np.asarray(proposal.values["centre_m"])[:, :2] == pytest.approx(track.xy_m[7:10], abs=1e-3)
    assert proposal.values["size_m"] == [4.5, 1.9, 1.6]
    assert proposal.values["yaw_rad"] == pytest.approx([np.radians(20)] * 3, abs=1e-4)
    assert proposal.timestamps_ns == tuple(finding.timestamp_ns + 100_000_000 * step for step in (1, 2, 3))


def test_is_quiet_on_the_clean_twin(go, label) -> None:
    assert findings(gap_scene(label, go(), [])) == []


def test_a_hidden_object_needs_no_box(go, label) -> None:
    scene = gap_scene(label, go(), [7, 8, 9], hidden=(7, 8, 9))
    assert findings(scene) == []
    assert track_gap(scene).assessed.all()


@pytest.mark.parametrize(("points", "reported"), [(4, False), (5, True)])
def test_holds_exactly_at_the_points_it_asks_for(go, label, points: int, reported: bool) -> None:
    assert track_gap(gap_scene(label, go(), [8], points=points)).violated[0] == reported


def test_a_few_points_of_many_are_somebody_else_s(go, label) -> None:
    scene = gap_scene(label, go(), [8])
    stray = returns_of(go(), 8)[8]
    points = [stray if row == 8 else frame for row, frame in enumerate(returns_of(go(), 40))]
    seen = label([go().without([8])], frames=20, points=points)
    assert track_gap(scene).violated[0]
    assert not track_gap(seen).violated[0]  # 8 of 40 expected
    assert track_gap(seen, TrackGapLimits(min_share=0.19)).violated[0]


def test_without_sweeps_it_is_no_more_than_a_hint(go, label) -> None:
    (finding,) = findings(label([go().without([7, 8])], frames=20))
    assert (finding.severity, finding.message) == ("info", "box is missing in 2 frames")
    assert finding.evidence["points_inside"] is None


def test_a_set_that_labels_every_other_frame_may_say_so(go, label) -> None:
    scene = gap_scene(label, go(), [8])
    assert not track_gap(scene, TrackGapLimits(max_missing=1)).violated[0]


def test_frames_nobody_was_asked_to_label_are_no_gap(go, label) -> None:
    """2 Hz keyframes among 10 Hz frames; one keyframe's box is missing."""
    track = go(count=31)
    rows = [row for row in range(31) if row % 5 or row == 15]
    scene = gap_scene(label, track, rows)
    scene.frame_table = replace(scene.frame_table, annotated=np.arange(31) % 5 == 0)
    assessment = track_gap(scene)
    assert len(assessment) == 1
    assert (assessment.measured[0], assessment.violated[0]) == (1, True)
    keyframes_only = gap_scene(label, track, [row for row in range(31) if row % 5])
    keyframes_only.frame_table = scene.frame_table
    assert len(track_gap(keyframes_only)) == 0


def test_a_box_beside_the_keyframes_does_not_hide_a_missing_one(go, label) -> None:
    track = go(count=11)
    scene = gap_scene(label, track, [1, 3, 4, 5, 6, 7, 8, 9])  # keyframes are 0, 5 and 10; a box more at 2
    scene.frame_table = replace(scene.frame_table, annotated=np.arange(11) % 5 == 0)
    assessment = track_gap(scene)
    assert assessment.measured.tolist() == [1]
    assert scene.labels.frame_index[assessment.about.label_rows()].tolist() == [2]


def test_admits_when_a_gap_is_too_long(go, label) -> None:
    assessment = track_gap(gap_scene(label, go(count=40), range(5, 36)))
    assert assessment.not_assessed.counts() == {"gap too long to say where the object was": 1}
    assert len(assessment.reported) == 0


def test_after_a_long_gap_the_points_must_bear_out_the_guess(go, label) -> None:
    (finding,) = findings(gap_scene(label, go(count=30), range(5, 22)))
    assert (finding.severity, finding.measured) == ("warning", 17)
    hidden = gap_scene(label, go(count=30), range(5, 22), hidden=tuple(range(5, 22)))
    assert track_gap(hidden).not_assessed.counts() == {"gap too long to say where the object was": 1}


def test_one_box_between_keyframes_far_apart_is_a_hint(go, label) -> None:
    (finding,) = findings(
        label([go(count=6, rate_hz=1).without([3])], 1.0, frames=6, points=returns_of(go(count=6), 0))
    )
    assert (finding.severity, finding.message) == ("info", "box is missing in 1 frames, too long to say where it was")


def test_a_gap_in_labels_seen_from_a_moving_car_is_looked_for_where_the_object_was(go, label) -> None:
    poses = [np.array([[1, 0, 0, 2.0 * frame], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) for frame in range(20)]
    track = go()
    from_ego = replace(track, xy_m=track.xy_m - np.column_stack([2.0 * np.arange(20), np.zeros(20)]))
    points = returns_of(from_ego, 40)
    scene = label([from_ego.without([7, 8])], frames=20, points=points, poses=poses, reference="ego")
    (finding,) = findings(scene)
    assert finding.evidence["points_inside"] == 40
    assert finding.proposal is not None
    assert finding.proposal.reference == "ego"
    assert np.asarray(finding.proposal.values["centre_m"])[:, :2] == pytest.approx(from_ego.xy_m[7:9], abs=1e-3)


def test_two_gaps_of_a_track_are_one_finding(go, label) -> None:
    scene = gap_scene(label, go(), [4, 8, 9])
    (finding,) = findings(scene)
    assert finding.measured == 2
    assert len(track_gap(scene).reported) == 2


def test_two_boxes_at_one_time_are_no_gap(go, label) -> None:
    track = go()
    columns = ("frames", "xy_m", "yaws_rad", "sizes_m")
    twice = replace(track, **{name: np.repeat(getattr(track, name), 2, axis=0) for name in columns})
    assert len(track_gap(label([twice]))) == 0


def test_labels_without_tracks_say_so() -> None:
    with pytest.raises(NotMeasurableError, match="no track ids"):
        track_gap(scene_from_arrays(boxes=Boxes3D.upright([[5, 0, 0]], [[4, 2, 1]], [0.0])))


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_finds_gaps_of_three_frames_in_the_labels_of_careful_people(people_label, label, rng, rate_hz: float) -> None:
    missing = 3 if rate_hz > 5 else 1
    reported = 0
    tracks = people_label(39, rate_hz, seed=5)
    for track in tracks:
        first = int(rng.integers(1, len(track) - missing - 1))
        points = returns_of(track, 30)
        scene = label([track.without(range(first, first + missing))], rate_hz, frames=len(track), points=points)
        reported += len(track_gap(scene).reported)
    assert reported >= 0.95 * len(tracks)
