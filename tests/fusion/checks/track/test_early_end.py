"""The begins (TRK515) and the ends (TRK516) of tracks, which are judged alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.checks.finding import findings_of
from fusion.checks.track.early_end import early_end
from fusion.checks.track.ends import TrackEndLimits
from fusion.checks.track.late_start import late_start
from fusion.scene.scope import LabelScope


def findings(check, scene, limits=None):
    return findings_of(check, check(scene, limits), ("x",), lambda severity, excess: 0.5)


def seen(tracks, frames: int = 30, per_box: int = 60, hidden: range = range(0)):
    """A sweep of each frame: points in the boxes of the tracks; of the first, none in the hidden frames."""
    rng = np.random.default_rng(5)
    sweeps = []
    for frame in range(frames):
        parts = [np.array([[60.0, 60, 0]])]
        for number, track in enumerate(tracks):
            if number or frame not in hidden:
                offsets = rng.uniform(-0.45, 0.45, (per_box, 3)) * track.sizes_m[frame]
                parts.append(offsets + np.append(track.xy_m[frame], track.sizes_m[frame, 2] / 2))
        sweeps.append(np.concatenate(parts))
    return sweeps


@pytest.fixture(params=[0.0, 8.0], ids=["parked", "moving"])
def tracks(go, request):
    return [go(count=30, speed_mps=request.param), go(count=30, at_m=(40, 5), speed_mps=request.param)]


SCOPE = LabelScope(max_range_m=80.0, source="declared")


@pytest.mark.parametrize(
    ("check", "lost", "frame", "word"),
    [(early_end, range(20, 30), "19", "still"), (late_start, range(10), "10", "already")],
    ids=["end", "begin"],
)
def test_reports_a_car_in_plain_view_without_its_boxes(label, tracks, check, lost, frame, word) -> None:
    scene = label([tracks[0].without(list(lost)), tracks[1]], points=seen(tracks), scope=SCOPE)
    (finding,) = findings(check, scene)
    assert (finding.track, finding.frame, finding.severity) == ("t0", frame, "warning")
    assert f"has no box where there are {word}" in finding.message
    assert finding.message.endswith("in 3 more frames")
    assert finding.proposal is not None
    expected = tracks[0].xy_m[[20, 21, 22] if check is early_end else [9, 8, 7]]
    assert np.asarray(finding.proposal.values["centre_m"])[:, :2] == pytest.approx(expected, abs=1e-3)


def test_is_quiet_on_the_clean_twin_and_where_the_object_is_hidden(label, tracks) -> None:
    assert findings(early_end, label(tracks, points=seen(tracks), scope=SCOPE)) == []
    cut = [tracks[0].without(list(range(20, 30))), tracks[1]]
    assert findings(early_end, label(cut, points=seen(tracks, hidden=range(20, 30)), scope=SCOPE)) == []


def test_holds_exactly_at_its_limit(label, tracks) -> None:
    cut = [tracks[0].without(list(range(20, 30))), tracks[1]]
    sweeps = seen(tracks)
    counts = [int(finding.measured or 0) for finding in findings(early_end, label(cut, points=sweeps, scope=SCOPE))]
    limits = [TrackEndLimits(min_points=points, min_frames=1) for points in (counts[0] + 1, counts[0] - 1)]
    found = [len(findings(early_end, label(cut, points=sweeps, scope=SCOPE), one)) for one in limits]
    assert found[0] == 0
    assert found[1] in (0, 1)  # another frame may hold fewer


def test_says_what_it_cannot_judge(go, label, tracks) -> None:
    cut = [tracks[0].without(list(range(20, 30))), tracks[1]]
    near = replace(SCOPE, max_range_m=8.0)
    reasons = [
        early_end(label(cut, points=seen(tracks), scope=near)).not_assessed,
        early_end(label(cut, scope=SCOPE)).not_assessed,
    ]
    assert [list(reason.counts()) for reason in reasons] == [["where labels end anyway"], ["no sweep to look into"]]


def test_an_undeclared_range_is_told_by_labels_further_out(go, label) -> None:
    parked = go(count=30, speed_mps=0)
    cut = parked.without(list(range(20, 30)))
    sweeps = seen([parked])
    assert findings(early_end, label([cut, go(count=30, at_m=(-20, 5), speed_mps=0)], points=sweeps)) == []
    assert len(findings(early_end, label([cut, go(count=30, at_m=(40, 22), speed_mps=0)], points=sweeps))) == 1


def test_where_no_sweep_can_be_read_many_recorded_points_are_a_hint(label, tracks) -> None:
    scene = label([tracks[0].without(list(range(20, 30))), tracks[1]], scope=SCOPE)
    boxes = replace(scene.labels.boxes, recorded_point_counts=np.full(len(scene.labels), 200))
    scene.label_sets = {"labels": replace(scene.labels, boxes=boxes)}
    (finding,) = findings(early_end, scene)
    assert (finding.severity, finding.message) == ("info", "ends abruptly with 200 points")


def test_a_broken_identity_is_left_to_its_own_check(label, tracks) -> None:
    halves = [tracks[0].without(list(range(15, 30))), tracks[0].without(list(range(15)))]
    scene = label([*halves, tracks[1]], points=seen(tracks), scope=SCOPE)
    assert findings(early_end, scene) + findings(late_start, scene) == []
