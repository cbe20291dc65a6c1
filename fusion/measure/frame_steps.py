"""Frames in which everything labelled steps aside at once: the frame's stamp or pose is wrong, not each label.

Every tracked box is held against the middle between its places in the frames before and after, weighed by time. What
the boxes of one frame have in common is then given the explanation that leaves least:

    pose      ego's own recorded path steps aside by as much, so with the pose between its neighbours nothing is left
    slip      every box is displaced by its own speed times one time: the speed that ego sees where labels are made in
              ego, so standing objects too; the speed over ground where labels are made in the world
    pose or slip   one rigid motion explains it, and neither of the two for sure

Labels made in the world do not feel a pose; there ego's own path alone tells, where it leaps further than braking.

The worst frame is taken first. A frame that steps aside alone is left out and its neighbours are looked at again; where
everything is displaced from one frame on, the drive is cut there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray, IntArray
from fusion.measure.frame_offsets import JITTER_M, MIN_MOVERS, MIN_TRACKS, FrameOffsets, FrameTracks
from fusion.scene.scene import Scene

POSE, SLIP, EITHER = "pose", "slip", "pose or slip"
# Of the boxes that moved, so many must follow the common motion, which must take away so much of their offset.
MIN_FOLLOWING = 0.7
MIN_TAKEN = 0.6
# What a box may count that no common motion explains, in doubts.
MOST_LEFT = 5.0
MAX_STEPS = 20
# How nearly a neighbouring frame must show what a step makes of it, as a share of the step.
LIKE = 0.25
ROUNDS = 12


@dataclass(frozen=True, eq=False)
class FrameStep:
    """Everything in one frame steps aside, or everything from it on.

    cause: POSE, SLIP or EITHER; lasting: from this frame on; by_m: median distance the boxes step; slipped_s: how far
    the labels' time is off, NaN where no one time explains it; tracks, tracks_in_frame: how many follow, of how many;
    rows: (K,) of the labels that follow; move_m (3,), yaw_rad: what puts this frame's boxes right, in ego.
    """

    frame: int
    cause: str
    lasting: bool
    by_m: float
    slipped_s: float
    over_ground: bool
    tracks: int
    tracks_in_frame: int
    rows: IntArray
    move_m: FloatArray
    yaw_rad: float


@dataclass(frozen=True, eq=False)
class FrameSteps:
    """What was found, and (F,) bool which frames could be looked at."""

    steps: tuple[FrameStep, ...]
    assessed: BoolArray


def frame_steps(scene: Scene, min_step_m: float) -> FrameSteps:
    """All steps of at least so many metres.

    Raises:
        NotMeasurableError: labels without track ids, or times that no clock made.
    """
    return scene.measurements.get(f"frame steps {min_step_m}", lambda: _frame_steps(scene, min_step_m))


def _frame_steps(scene: Scene, min_step_m: float) -> FrameSteps:
    table = FrameTracks.of(scene)
    frames = len(scene.frame_table)
    assessed = np.zeros(frames, dtype=bool)
    out, cuts = np.zeros(frames, dtype=bool), np.zeros(frames, dtype=bool)
    found: list[FrameStep] = []
    for _ in range(MAX_STEPS):
        offsets = {frame: seen for frame in range(frames) if (seen := table.offsets(frame, out, cuts)) is not None}
        assessed[list(offsets)] = True
        step = _worst(table, offsets, min_step_m)
        if step is None:
            break
        found.append(step)
        (cuts if step.lasting else out)[step.frame] = True
    found += _pose_steps(table, {step.frame for step in found}, min_step_m, assessed)
    return FrameSteps(tuple(sorted(found, key=lambda step: step.frame)), assessed)


def _pose_steps(table: FrameTracks, told: set[int], min_step_m: float, assessed: BoolArray) -> list[FrameStep]:
    """Frames in which ego's own path leaps, and no label with it."""
    frames = len(assessed)
    none = np.zeros(frames, dtype=bool)
    found = {frame: seen for frame in range(frames) if (seen := table.pose_offset(frame, none, none)) is not None}
    assessed[list(found)] = True
    steps = []
    for frame, (offset_m, braking_m) in found.items():
        beside = [found[at][0] for at in (frame - 1, frame + 1) if at in found]
        shares = [float(offset_m @ other) / max(float(offset_m @ offset_m), 1e-12) for other in beside]
        alone = bool(shares) and all(abs(share + 0.5) < LIKE for share in shares)
        # Of a lasting leap the two halves are alike, and the later frame is the first beyond it.
        lasting = frame - 1 in found and abs(shares[0] + 1) < LIKE
        size_m = float(np.linalg.norm(offset_m)) * (2 if lasting else 1)
        if (alone or lasting) and size_m > min_step_m + braking_m and not told & {frame - 1, frame, frame + 1}:
            back = -(2 if lasting else 1) * offset_m
            rows = np.zeros(0, dtype=np.int64)
            steps.append(FrameStep(frame, POSE, lasting, size_m, np.nan, False, 0, 0, rows, back, 0.0))
    return steps


def _worst(table: FrameTracks, offsets: dict[int, FrameOffsets], min_step_m: float) -> FrameStep | None:
    """The largest step that one common motion explains."""
    large = [frame for frame, seen in offsets.items() if seen.size_m > min_step_m / 3]
    for frame in sorted(large, key=lambda frame: -offsets[frame].size_m):
        shares = {at: _share(offsets[frame], offsets[at], table) for at in (frame - 1, frame + 1) if at in offsets}
        back = [at for at, share in shares.items() if abs(share + 1) < LIKE]
        if back:
            # A step that lasts shows by halves, to either side of it: the later of the two frames is the first beyond.
            step = _explained(table, frame, offsets[frame], min_step_m / 2)
            if step is not None:
                return _doubled(step, max(frame, back[0]), 1.0 if back[0] < frame else -1.0)
        elif shares and all(abs(share + 0.5) < LIKE for share in shares.values()):
            step = _explained(table, frame, offsets[frame], min_step_m)
            if step is not None:
                return step
    return None


def _doubled(step: FrameStep, frame: int, sign: float) -> FrameStep:
    """A lasting step from one of its halves."""
    return replace(
        step,
        frame=frame,
        lasting=True,
        by_m=2 * step.by_m,
        slipped_s=2 * sign * step.slipped_s,
        move_m=2 * sign * step.move_m,
        yaw_rad=2 * sign * step.yaw_rad,
    )


def _share(one: FrameOffsets, other: FrameOffsets, table: FrameTracks) -> float:
    """How much of their step the same tracks take in another frame, NaN where too few are in both.

    -0.5 beside a frame that steps aside alone, -1 across a step that lasts.
    """
    tracks = table.track_of
    _, here, there = np.intersect1d(tracks[one.rows], tracks[other.rows], return_indices=True)
    mine, theirs = one.offsets_m[here], other.offsets_m[there]
    squared = (mine**2).sum(axis=1)
    stepped = squared > one.doubt_m[here] ** 2
    if np.count_nonzero(stepped) < MIN_MOVERS:
        return np.nan
    return float(np.median((mine * theirs).sum(axis=1)[stepped] / squared[stepped]))


def _explained(table: FrameTracks, frame: int, offsets: FrameOffsets, min_step_m: float) -> FrameStep | None:
    """The best explanation of what the boxes of a frame have in common; None where they have too little."""
    rigid = _rigid(offsets)
    candidates = {EITHER: _moved(offsets.places_m, rigid)}
    by_time = [_timed(offsets, speeds) for speeds in (offsets.seen_mps, offsets.own_mps)]
    candidates[SLIP], time_s = min(by_time, key=lambda fit: _left(offsets, fit[0]))
    if np.linalg.norm(offsets.pose_m, axis=1).max() > 0:
        candidates[POSE] = offsets.pose_m
    following = {name: _following(offsets, fit, min_step_m) for name, fit in candidates.items()}
    telling = {name: rows for name, rows in following.items() if rows is not None}
    if not telling:
        return None
    cause = _cause(offsets, candidates, telling, table.relative)
    fit = candidates[cause]
    rows = telling[cause]
    back = -rigid
    return FrameStep(
        frame=frame,
        cause=cause,
        lasting=False,
        by_m=float(np.median(np.linalg.norm(fit[rows], axis=1))),
        slipped_s=time_s if cause == SLIP else np.nan,
        over_ground=candidates[SLIP] is by_time[1][0],
        tracks=int(rows.sum()),
        tracks_in_frame=len(rows),
        rows=offsets.rows[rows],
        move_m=np.array([back[0], back[1], 0.0]),
        yaw_rad=float(back[2]),
    )


def _cause(
    offsets: FrameOffsets, candidates: dict[str, FloatArray], telling: dict[str, BoolArray], relative: bool
) -> str:
    """Ego's own path decides where it steps aside as the boxes do, or clearly does not."""
    if POSE in telling:
        return POSE
    left = {name: _left(offsets, candidates[name]) for name in telling}
    if SLIP in telling and left[SLIP] <= 1.5 * left.get(EITHER, np.inf) + 0.5 * JITTER_M:
        return SLIP
    return SLIP if relative and SLIP in telling else EITHER


def _left(offsets: FrameOffsets, fit: FloatArray) -> float:
    return float(np.mean(np.minimum(np.linalg.norm(offsets.offsets_m - fit, axis=1), MOST_LEFT * offsets.doubt_m)))


def _following(offsets: FrameOffsets, fit: FloatArray, min_step_m: float) -> BoolArray | None:
    """(K,) which boxes follow a common motion; None where it is none: too few, too small, or not theirs."""
    wanted = np.linalg.norm(fit, axis=1)
    left = np.linalg.norm(offsets.offsets_m - fit, axis=1)
    concerned = wanted > min_step_m
    if np.count_nonzero(concerned) < (MIN_TRACKS if concerned.all() else MIN_MOVERS):
        return None
    follows = left < np.maximum((1 - MIN_TAKEN) * wanted, np.minimum(offsets.doubt_m, wanted / 2))
    # Boxes that the motion leaves in place must be in place.
    at_rest = left < np.maximum(2 * offsets.doubt_m, wanted / 2)
    if follows[concerned].mean() < MIN_FOLLOWING or at_rest.mean() < MIN_FOLLOWING:
        return None
    return np.asarray(follows & concerned)


def _rigid(offsets: FrameOffsets) -> FloatArray:
    """(3,) x, y and yaw that displace the boxes, outliers set aside."""
    x, y = offsets.places_m.T
    one, none = np.ones_like(x), np.zeros_like(x)
    columns = np.stack([np.stack([one, none, -y], axis=1), np.stack([none, one, x], axis=1)], axis=1)
    return _robust(columns, offsets)


def _timed(offsets: FrameOffsets, speeds_mps: FloatArray) -> tuple[FloatArray, float]:
    """(K, 2) displacements that one time makes, and the time."""
    (seconds,) = _robust(speeds_mps[:, :, None], offsets)
    return seconds * speeds_mps, float(seconds)


def _robust(columns: FloatArray, offsets: FrameOffsets) -> FloatArray:
    """Least absolute deviations by reweighting, (Q,) of columns (K, 2, Q)."""
    weight = 1 / offsets.doubt_m
    solution = np.zeros(columns.shape[2])
    for _ in range(ROUNDS):
        scaled = columns * weight[:, None, None]
        normal = np.einsum("kiq,kip->qp", scaled, columns) + 1e-9 * np.eye(columns.shape[2])
        solution = np.linalg.solve(normal, np.einsum("kiq,ki->q", scaled, offsets.offsets_m))
        left = np.linalg.norm(offsets.offsets_m - columns @ solution, axis=1)
        weight = 1 / np.maximum(left, offsets.doubt_m / 2)
    return np.asarray(solution, dtype=np.float64)


def _moved(places_m: FloatArray, rigid: FloatArray) -> FloatArray:
    x, y = places_m.T
    moved: FloatArray = np.stack([rigid[0] - rigid[2] * y, rigid[1] + rigid[2] * x], axis=1)
    return moved
