from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.settings import Settings
from fusion.checks.track.frozen_track import FrozenTrackLimits, frozen_track
from fusion.run.check import check_scene


def findings(scene, limits=None):
    return findings_of(frozen_track, frozen_track(scene, limits), ("x",), lambda severity, excess: 0.5)


def frozen(track, first: int, last: int):
    """The track with the box of one frame repeated up to another."""
    xy_m, yaws_rad = track.xy_m.copy(), track.yaws_rad.copy()
    xy_m[first : last + 1], yaws_rad[first : last + 1] = xy_m[first], yaws_rad[first]
    return replace(track, xy_m=xy_m, yaws_rad=yaws_rad)


def test_reports_a_car_that_stands_still_for_five_frames(go, label) -> None:
    (finding,) = findings(label([frozen(go(count=30), 10, 14), go(at_m=(0, -8))]))
    assert (finding.track, finding.frame, finding.severity) == ("t0", "11", "error")
    assert finding.message == "repeats its box in 5 frames, and gets 4.0 m on meanwhile"
    assert finding.proposal is not None
    assert [round(centre[0], 3) for centre in finding.proposal.values["centre_m"]] == [21.0, 22.0, 23.0, 24.0]


@pytest.mark.parametrize(("first", "last"), [(20, 29), (0, 9)], ids=["to the end", "from the first"])
def test_reports_a_track_that_freezes_at_an_end_and_proposes_nothing(go, label, first: int, last: int) -> None:
    (finding,) = findings(label([frozen(go(count=30), first, last)]))
    assert finding.proposal is None


def test_is_quiet_on_the_clean_twin_and_on_what_stands(go, label) -> None:
    assert findings(label([go(count=30), go(count=30, speed_mps=0, at_m=(0, -8))])) == []


def test_a_car_that_brakes_and_starts_again_may_stand_to_the_millimetre(go, label) -> None:
    seconds = np.arange(80) / 10
    braking = 8 * np.minimum(seconds, 2) - 2 * np.minimum(seconds, 2) ** 2
    starting = 1.5 * np.maximum(seconds - 5, 0) ** 2
    x_m = braking + starting
    assert findings(label([replace(go(count=80), xy_m=np.column_stack([x_m, 0 * x_m]))])) == []


def test_a_box_that_rides_on_the_ego_vehicle_is_frozen_too(go, label) -> None:
    poses = [np.eye(4) for _ in range(30)]
    for frame, pose in enumerate(poses):
        pose[0, 3] = 1.0 * frame
    seen = replace(go(count=30), xy_m=np.column_stack([40 - 1.0 * np.arange(30), np.full(30, 8.0)]))
    (finding,) = findings(label([frozen(seen, 10, 14)], poses=poses, reference="ego"))
    assert "on the ego vehicle" in finding.message


def test_holds_exactly_at_its_limit(go, label) -> None:
    scene = label([frozen(go(count=30), 10, 14)])
    assert [len(findings(scene, FrozenTrackLimits(max_lost_m=metres))) for metres in (4.001, 3.999)] == [0, 1]


def test_when_all_freeze_the_frame_is_to_blame(go, label) -> None:
    tracks = [frozen(go(count=30, at_m=(0, 9.0 * lane)), 10, 14) for lane in range(4)]
    (finding,) = check_scene(label(tracks), Settings(select=("TRK522",))).leading
    assert (finding.subject, finding.frame) == ("frame", "11")


def test_says_what_it_cannot_judge(go, label) -> None:
    assert frozen_track(label([go(), go(count=2)])).assessed.tolist() == [True, False]


@pytest.mark.parametrize("rate_hz", [2, 10])
def test_careful_labels_raise_no_alarm(people_label, label, rate_hz: float) -> None:
    assert findings(label(people_label(300, rate_hz, 5), rate_hz)) == []
