"""What TRK515 and TRK516 share: the begins and the ends of tracks are judged alike."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from calibration.arrays import FloatArray, IntArray
from fusion.checks.assessment import Assessment
from fusion.checks.limits import Limits
from fusion.checks.proposal import Proposal, boxes_added
from fusion.checks.reason import Reason
from fusion.checks.subject import TrackRows
from fusion.errors import NotMeasurableError
from fusion.measure.track_ends import TrackEnds, boxes_in_reference, track_ends
from fusion.scene.scene import Scene

UNKNOWN = -1


class TrackEndLimits(Limits):
    min_points: int = Field(
        10, ge=1, description="In the upper part of the box; twice what annotation guides ask for before it is drawn."
    )
    min_share: float = Field(0.5, gt=0, description="Of the points in the track's own boxes there; less may be hidden.")
    min_frames: int = Field(2, ge=1, description="In a row, where half a second holds as many; one may be chance.")
    recorded_points: int = Field(
        40, ge=1, description="As the data set counts them; where no sweep can be looked into, so many don't vanish."
    )


def assess_ends(scene: Scene, limits: TrackEndLimits, begins: bool) -> Assessment:
    """The begins or the ends of all tracks, in how many frames beyond them points show the object."""
    ends, scope = track_ends(scene), scene.labels.scope
    chosen = np.flatnonzero(ends.begins == begins)
    names = scene.labels.tracks.of_rows(len(scene.labels)).astype(np.int64)
    points = [ends.points[index] for index in chosen]
    expected, rows = ends.expected[chosen], ends.rows[chosen]
    enough = np.fmax(max(limits.min_points, 2 * scope.min_points), limits.min_share * expected)
    frames = np.asarray([_in_a_row(one, least) for one, least in zip(points, enough, strict=True)], dtype=np.int64)
    wanted = np.minimum(limits.min_frames, [len(one) for one in points]) if len(points) else frames
    looked = np.asarray([np.isfinite(one).any() for one in points], dtype=bool) & np.isfinite(expected)
    unseen = np.asarray([_has_no_sweep(scene, ends, int(index)) for index in chosen], dtype=bool)
    recorded = scene.labels.boxes.recorded_point_counts
    counts = np.full(len(rows), UNKNOWN) if recorded is None else recorded[rows]
    hinted = unseen & (counts >= limits.recorded_points)
    seen_points = np.asarray([np.nan_to_num(one).max(initial=0.0) for one in points])
    return Assessment(
        about=TrackRows(scene, names[rows], rows),
        not_assessed=Reason("goes on under another id, which is TRK517's").where(ends.goes_on[chosen])
        | Reason("where labels end anyway").where(~ends.in_scope[chosen])
        | Reason("no sweep to look into").where(unseen & ~hinted)
        | Reason("another label stands there").where(~looked & ~unseen),
        violated=np.where(hinted, True, looked & (frames >= wanted)),
        infos=hinted,
        measured=np.where(hinted, counts, seen_points).astype(np.float64),
        limit=np.where(hinted, limits.recorded_points, enough).astype(np.float64),
        unit="",
        message="{what} {measured:.0f} points{where}",
        evidence={
            "what": np.where(hinted, "ends abruptly with", "has no box where there are still").astype(object)
            if not begins
            else np.where(hinted, "begins abruptly with", "has no box where there are already").astype(object),
            "where": np.where(hinted, "", _frames_told(frames)).astype(object),
            "frames": frames,
            "points_expected": expected,
        },
        propose=lambda row: None if hinted[row] else _proposal(scene, ends, int(chosen[row]), int(frames[row])),
    )


def _in_a_row(points: FloatArray, least: float) -> int:
    """Frames from the end on that hold enough points."""
    enough = np.nan_to_num(points, nan=-1.0) >= least
    return int(enough.argmin()) if not enough.all() else len(enough)


def _has_no_sweep(scene: Scene, ends: TrackEnds, index: int) -> bool:
    """None of the frames has a point to look at, which another label in the place doesn't change."""
    return bool(np.isnan(ends.expected[index]) and np.isnan(ends.points[index]).all())


def _frames_told(frames: IntArray) -> list[str]:
    return [f" in {count} more frames" if count > 1 else " in one more frame" for count in frames]


def _proposal(scene: Scene, ends: TrackEnds, index: int, frames: int) -> Proposal | None:
    """Add the boxes the points bear out; nothing where one can't be written down for want of an ego pose."""
    kept = np.arange(frames)
    try:
        boxes = boxes_in_reference(scene, ends.boxes[index].take(kept), ends.frames[index][kept])
    except NotMeasurableError:
        return None
    return boxes_added(scene.labels, int(ends.rows[index]), boxes)
