"""Boxes of one frame against the middle between their places in the frames around it, and ego's pose likewise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.arrays import BoolArray, FloatArray, IntArray
from calibration.clock import SECOND_NS
from fusion.measure.relative_motion import relative_velocities_in_ego
from fusion.measure.scene_boxes import boxes_in_ego, frame_poses
from fusion.measure.track_motion import track_motion, velocities_in_ego
from fusion.scene.scene import Scene

MIN_TRACKS, MIN_MOVERS = 4, 3
# Frames further apart than this say nothing about the one between: an object may do as it likes.
MAX_REACH_S = 1.3
JITTER_M = 0.10
MOVING_MPS = 1.0
# What full braking does to a middle between neighbours: a t^2 / 2.
BRAKING = 8.0


@dataclass(frozen=True, eq=False)
class FrameOffsets:
    """K boxes of one frame off the middle of their neighbours, all in ego of the frame.

    rows: (K,); places_m, offsets_m: (K, 2); seen_mps, own_mps: (K, 2) speeds relative to ego and over ground;
    pose_m: (K, 2) what ego's own path stepping aside does to them; doubt_m: (K,).
    """

    rows: IntArray
    places_m: FloatArray
    offsets_m: FloatArray
    seen_mps: FloatArray
    own_mps: FloatArray
    pose_m: FloatArray
    doubt_m: FloatArray

    @property
    def size_m(self) -> float:
        """Median distance from the middle, of all boxes or of those that move, whichever is larger."""
        distances = np.linalg.norm(self.offsets_m, axis=1)
        moving = np.linalg.norm(self.own_mps, axis=1) > MOVING_MPS
        movers = float(np.median(distances[moving])) if np.count_nonzero(moving) >= MIN_MOVERS else 0.0
        return max(float(np.median(distances)), movers)


@dataclass(frozen=True, eq=False)
class FrameTracks:
    """The labels by frame and track, in the world or, without poses, in ego."""

    scene: Scene
    places_m: FloatArray
    in_ego_m: FloatArray
    track_of: IntArray
    row_at: IntArray
    seen_mps: FloatArray
    own_mps: FloatArray
    relative: bool
    seconds: FloatArray

    @classmethod
    def of(cls, scene: Scene) -> FrameTracks:
        motion = track_motion(scene)
        tracks, frames = scene.labels.tracks, scene.labels.frame_index
        track_of = tracks.of_rows(len(scene.labels)).astype(np.int64)
        row_at = np.full((len(scene.frame_table), len(tracks)), -1, dtype=np.int64)
        rows = np.flatnonzero((track_of >= 0) & (frames >= 0) & motion.placed)
        row_at[frames[rows], track_of[rows]] = rows
        own = np.nan_to_num(velocities_in_ego(scene))
        seen = np.nan_to_num(relative_velocities_in_ego(scene))
        stamps = scene.frame_table.timestamps_ns
        seconds = (stamps - stamps.min(initial=0 if not len(stamps) else stamps[0])) / SECOND_NS
        return cls(
            scene, motion.boxes.centres_m, boxes_in_ego(scene).centres_m, track_of, row_at, seen, own,
            motion.relative, seconds,
        )  # fmt: skip

    def neighbours(self, frame: int, out: BoolArray, cuts: BoolArray) -> tuple[int, int] | None:
        """The nearest frames on either side that are not left out, nor beyond a cut."""
        if cuts[frame]:
            return None
        before, after = frame - 1, frame + 1
        while before >= 0 and out[before]:
            before -= 1
        while after < len(out) and out[after]:
            after += 1
        if before < 0 or after >= len(out) or cuts[before + 1 : frame + 1].any() or cuts[frame + 1 : after + 1].any():
            return None
        return before, after

    def offsets(self, frame: int, out: BoolArray, cuts: BoolArray) -> FrameOffsets | None:
        """None where too few tracks go through."""
        around = self.neighbours(frame, out, cuts)
        if around is None:
            return None
        before, after = around
        span_s = self.seconds[after] - self.seconds[before]
        to_s = self.seconds[frame] - self.seconds[before]
        if not 0 < to_s < span_s or span_s > 2 * MAX_REACH_S:
            return None
        tracks = np.flatnonzero((self.row_at[[before, frame, after]] >= 0).all(axis=0))
        if len(tracks) < MIN_TRACKS:
            return None
        share = to_s / span_s
        rows, first, last = (self.row_at[at, tracks] for at in (frame, before, after))
        middle = (1 - share) * self.places_m[first] + share * self.places_m[last]
        poses = frame_poses(self.scene)
        to_ego = np.eye(3) if self.relative else poses.columns.rotations[frame].T
        pose_m = np.zeros((len(rows), 3))
        if not self.relative and poses.known[[before, frame, after]].all():
            pose_m = self._pose_offsets(self.in_ego_m[rows], before, frame, after, share)
        slack_s2 = to_s * (span_s - to_s) / 2
        moving = np.linalg.norm(self.own_mps[rows, :2], axis=1) > MOVING_MPS
        if self.relative:
            moving[:] = True
        return FrameOffsets(
            rows=rows,
            places_m=self.in_ego_m[rows, :2],
            offsets_m=((self.places_m[rows] - middle) @ to_ego.T)[:, :2],
            seen_mps=self.seen_mps[rows, :2],
            own_mps=self.own_mps[rows, :2],
            pose_m=pose_m[:, :2],
            doubt_m=JITTER_M + np.where(moving, BRAKING / 2 * slack_s2, 0.0),
        )

    def pose_offset(self, frame: int, out: BoolArray, cuts: BoolArray) -> tuple[FloatArray, float] | None:
        """(3,) how far ego's own path is off between its neighbours, and what braking may do; None without poses."""
        around = self.neighbours(frame, out, cuts)
        if around is None or not frame_poses(self.scene).known[[around[0], frame, around[1]]].all():
            return None
        before, after = around
        span_s, to_s = (self.seconds[at] - self.seconds[before] for at in (after, frame))
        if not 0 < to_s < span_s or span_s > 2 * MAX_REACH_S:
            return None
        offset_m = self._pose_offsets(np.zeros((1, 3)), before, frame, after, to_s / span_s)[0]
        return offset_m, float(BRAKING / 2 * to_s * (span_s - to_s))

    def _pose_offsets(self, in_ego_m: FloatArray, before: int, frame: int, after: int, share: float) -> FloatArray:
        """(K, 3) in ego: places with the recorded pose less places with a pose between its neighbours."""
        columns = frame_poses(self.scene).columns
        turns, moves = columns.rotations, columns.translations_m
        rotvec = Rotation.from_matrix(turns[before].T @ turns[after]).as_rotvec()
        turn = turns[before] @ Rotation.from_rotvec(share * rotvec).as_matrix()
        move = (1 - share) * moves[before] + share * moves[after]
        there = in_ego_m @ turns[frame].T + moves[frame] - (in_ego_m @ turn.T + move)
        offsets: FloatArray = there @ turns[frame]
        return offsets
