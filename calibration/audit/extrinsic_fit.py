"""How a camera must be moved and turned so that what the lidar sees as outlines falls on edges of the pictures.

Each outline lies between two neighbouring rays. Along the line between both, in the picture, the gradient is read as a
profile; where on it the outline is, nobody knows, so every place counts as much as its gradient is strong and as it is
near to where the present pose puts it (expectation maximisation). How far a place counts shrinks from round to round.
All six numbers are fitted at once by Gauss-Newton over all frames; each place only pulls along its own gradient.

At the end the pulls of all outlines must cancel, with the pictures read anew at every step: how the pulls change from
one pose to the next, as measured, says how firmly each number is held, and how far parts of the pictures disagree says
how far off it may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import BoolArray, FloatArray
from calibration.audit.extrinsic_outlines import (
    FEW_FRAMES,
    FEW_OUTLINES,
    MOVES,
    TURNS,
    FrameEdges,
    Outlines,
    camera_from_camera_in_file,
    thinned,
)
from calibration.audit.extrinsic_profiles import Profiles, believe, pulls_of, read_profiles, stiffness_of, tiles_of
from calibration.audit.shading import information_distance
from calibration.cameras import CameraModel

# Weak beliefs that keep a fit without support from running away; nowhere near what can be called off.
PRIOR_SIGMAS = np.array([0.3, 0.3, 0.3, np.radians(3), np.radians(3), np.radians(3)])
# One view can't tell a move from a turn: then the place in the files is taken as it is, but for this.
HELD_SIGMA_M = 0.02
FRAMES_TO_TELL_MOVES = 3
EM_ROUNDS = 12
OVER_RELAXED = 1.5
FINAL_SIGMA_PX = 1.5
FINAL_REACH_PX = 12.0
SLOPE_STEP_PX = 0.7  # as far as pulls change evenly
SETTLE_ROUNDS = 8
SETTLED_PX = 0.02
LONGEST_STEP_PX = 1.0
# What outlines are off by however many there are: edges that are rounded, blur, the lens model.
LASTING_ERROR_PX = 0.04
LASTING_ERROR_M = 0.003
REFITS = 16
STARTS_M = ((0.0, 0.0, 0.0), (0.0, 0.15, 0.0), (0.0, -0.15, 0.0), (0.0, 0.0, 0.15), (0.0, 0.0, -0.15))
START_OUTLINES = 3000
GRID_DEG = ((-1.5, 0.0, 1.5), (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5), (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5))
GRID_OUTLINES = 800
GRID_SIGMA_PX = 3.0
GRID_STARTS = 2
SUPPORT_OUTLINES = 2500
CLIMBS = 6
CLIMB_DEG = (0.08, 0.16, 0.32)
LEAST_GAIN = 0.5
SHADING_COUNTS = 1.2  # for each outline: of two optima alike to edges it picks that where brightness agrees
ALL_SIX = np.ones(6, dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class ExtrinsicFit:
    """A joint fit of six numbers.

    correction: (6,) x, y, z in metres and roll, pitch, yaw in radians, of the camera in its own forward-left-up axes.
    covariance: (6, 6) of it, from how far parts of the pictures and of the drive disagree.
    turns_per_metre: (3, 3) radians by which each turn makes up for a metre of each move, as well as it can.
    outlines, tiles: how many of them spoke; support: by how many standard errors the pose found beats random ones.
    """

    correction: FloatArray
    covariance: FloatArray
    turns_per_metre: FloatArray
    outlines: int
    tiles: int
    support: float

    @property
    def condition(self) -> float:
        """Of the covariance, with 10 cm counted like half a degree: how unequally the six are known."""
        unit = np.array([0.1] * 3 + [np.radians(0.5)] * 3)
        values = np.linalg.eigvalsh(self.covariance / np.outer(unit, unit))
        return float(values[-1] / max(values[0], 1e-12))

    def turns_given(self, moves: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The turns (3,) radians and their covariance (3, 3) if the camera were known to be moved so (3,) metres."""
        from_all = np.hstack([-self.turns_per_metre, np.eye(3)])
        return from_all @ self.correction + self.turns_per_metre @ moves, from_all @ self.covariance @ from_all.T


@dataclass(frozen=True, eq=False)
class _Task:
    """What is fitted: outlines of some frames, and how far each number may be from the files (6,)."""

    frames: Sequence[FrameEdges]
    outlines: Outlines
    camera: CameraModel
    prior_sigmas: FloatArray

    @property
    def prior(self) -> FloatArray:
        """(6, 6) how firmly the files are believed, as an inverse covariance."""
        return np.diag(self.prior_sigmas**-2)

    def thinned(self, most: int) -> _Task:
        return replace(self, outlines=thinned(self.outlines, most))

    def read(self, correction: FloatArray, reach_px: float = FINAL_REACH_PX) -> Profiles:
        return read_profiles(self.frames, self.outlines, self.camera, correction, reach_px)


def fit_extrinsic(frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, seed: int = 0) -> ExtrinsicFit:
    """The most likely correction, and how far it can be trusted.

    Few outlines, or those of few frames, may fit in several places, which no slope shows: then the fit is done
    again with tiles of the pictures weighted by lot, and how far the results scatter is added.
    """
    few = len(outlines) <= FEW_OUTLINES or len(frames) < FEW_FRAMES
    prior_sigmas = PRIOR_SIGMAS.copy()
    if not tells_moves(frames):
        prior_sigmas[MOVES] = HELD_SIGMA_M
    task = _Task(frames, outlines, camera, prior_sigmas)
    correction, inverse = _settled(task, _best_of_starts(task, few))
    profiles = task.read(correction)
    if not tells_moves(frames):  # a few hundred outlines pull by fits and starts, which tells no slope
        stiffness = stiffness_of(profiles, believe(profiles, np.zeros(6), FINAL_SIGMA_PX))
        inverse = np.asarray(np.linalg.inv(stiffness + task.prior))
    scatter, tiles = _scatter_of_tiles(profiles, inverse, task.prior)
    if few:
        refits = _scatter_of_refits(task, correction, np.random.default_rng(seed))
        scatter = scatter + refits if tells_moves(frames) else refits
    turns_per_metre = inverse[TURNS, MOVES] @ np.linalg.inv(inverse[MOVES, MOVES])
    covariance = scatter + _lasting(profiles, turns_per_metre)
    return ExtrinsicFit(
        correction, covariance, turns_per_metre, len(profiles.weight), tiles, _support(task, correction)
    )


def tells_moves(frames: Sequence[FrameEdges]) -> bool:
    """Whether there are enough frames to tell a move of the camera from a turn."""
    return len(frames) >= FRAMES_TO_TELL_MOVES


def agreement(frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, correction: FloatArray) -> float:
    """How well outlines fall on edges with the camera corrected so, on average; larger is better."""
    profiles = read_profiles(frames, outlines, camera, correction, FINAL_REACH_PX)
    return _likelihood(profiles) / max(float(profiles.weight.sum()), 1e-12)


def _best_of_starts(task: _Task, few: bool) -> FloatArray:
    """(6,) the likeliest optimum reached from several places of the camera.

    From the place in the files alone, a camera 15 cm too high is first taken for one that looks down, and near things
    are then so far off their edges that they settle on others.
    """
    some = task.thinned(START_OUTLINES)
    starts = [np.array([*start_m, 0.0, 0.0, 0.0]) for start_m in STARTS_M[: None if tells_moves(task.frames) else 1]]
    if few:
        starts += _likeliest_turns(task)
    found = [_coarse_to_fine(some, start) for start in starts]
    likelihoods = [_likelihood(some.read(correction)) for correction in found]
    return _climbed(some, found[int(np.argmax(likelihoods))])


def _climbed(some: _Task, correction: FloatArray) -> FloatArray:
    """(6,) the best optimum about this one: edges of the same thing make small optima between here and there.

    Turns that are likelier are looked for further out than an optimum reaches, as long as there are any.
    """
    shadings = [(frame.shading, frame.camera_from_points) for frame in some.frames if frame.shading is not None]

    def likelihood(turned: FloatArray) -> float:
        apart = information_distance(shadings, some.camera, camera_from_camera_in_file(turned)) if shadings else 0.0
        alike = -SHADING_COUNTS * len(some.outlines) * (apart if np.isfinite(apart) else 1.0)
        return alike + _likelihood(some.read(turned))

    for _ in range(CLIMBS):
        here = likelihood(correction)
        steps = [sign * size * axis for size in CLIMB_DEG for axis in np.eye(6)[TURNS] for sign in (-1, 1)]
        trials = [correction + np.radians(step) for step in steps]
        heights = [likelihood(trial) for trial in trials]
        best = trials[int(np.argmax(heights))] if max(heights) > here else correction
        higher, _ = _settled(some, best)
        gained = likelihood(higher) - here
        if gained > 0:
            correction = higher
        if gained < LEAST_GAIN:
            break
    return correction


def _likelihood(profiles: Profiles, sigma: float = FINAL_SIGMA_PX) -> float:
    return float(profiles.weight @ believe(profiles, np.zeros(6), sigma).likelihood)


def _likeliest_turns(task: _Task) -> list[FloatArray]:
    """The best of a grid of turns: few outlines lead nowhere from a degree away."""
    some = task.thinned(GRID_OUTLINES)
    grid = np.stack(np.meshgrid(*GRID_DEG, indexing="ij"), axis=-1).reshape(-1, 3)
    turns = [np.concatenate([np.zeros(3), np.radians(angles)]) for angles in grid]
    likelihoods = [_likelihood(some.read(turn), GRID_SIGMA_PX) for turn in turns]
    best = np.argsort(likelihoods)[::-1][:GRID_STARTS]
    return [turns[number] for number in best]


def _coarse_to_fine(task: _Task, start: FloatArray) -> FloatArray:
    """(6,) first the three turns alone with a wide reach, then all six."""
    width = task.frames[0].field.width
    turns_only = np.array([False] * 3 + [True] * 3)
    schedule = (
        (0.045 * width, (12, 8, 5), turns_only),
        (0.03 * width, (6, 4), ALL_SIX),
        (FINAL_REACH_PX, (3, 2), ALL_SIX),
    )
    correction = start
    for reach_px, sigmas, free in schedule:
        profiles = task.read(correction, float(np.ceil(reach_px)))
        change = np.zeros(6)
        for sigma in sigmas:
            change = _maximise(profiles, change, sigma, free, correction, task.prior_sigmas)
        correction = correction + change
    return correction


def _maximise(
    profiles: Profiles,
    change: FloatArray,
    sigma: float,
    free: BoolArray,
    correction: FloatArray,
    prior_sigmas: FloatArray,
) -> FloatArray:
    for _ in range(EM_ROUNDS):
        belief = believe(profiles, change, sigma)
        stiffness = stiffness_of(profiles, belief) + np.diag(prior_sigmas**-2)
        pull = pulls_of(profiles, belief).sum(axis=0) - (correction + change) / prior_sigmas**2
        step = np.zeros(6)
        step[free] = np.linalg.solve(stiffness[np.ix_(free, free)], pull[free])
        change = change + OVER_RELAXED * step
        if _moved_px(profiles, step) < SETTLED_PX:
            break
    return change


def _moved_px(profiles: Profiles, step: FloatArray) -> float:
    return float(np.abs(profiles.by_pose @ step).mean()) if len(profiles.weight) else 0.0


def _settled(task: _Task, correction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(6,) where the pulls cancel, and (6, 6) the inverse of how they change about there."""
    profiles = task.read(correction)
    inverse = _inverse_slopes(task, correction, profiles)
    best, highest = correction, -np.inf
    for _ in range(SETTLE_ROUNDS):
        belief = believe(profiles, np.zeros(6), FINAL_SIGMA_PX)
        height = float(profiles.weight @ belief.likelihood) - 0.5 * float(np.sum((correction / task.prior_sigmas) ** 2))
        if height > highest:
            best, highest = correction, height
        step = inverse @ (pulls_of(profiles, belief).sum(axis=0) - correction / task.prior_sigmas**2)
        step_px = _moved_px(profiles, step)
        if step_px < SETTLED_PX:
            return correction, inverse
        correction = correction + step * min(1.0, LONGEST_STEP_PX / step_px)
        profiles = task.read(correction)
    return best, inverse


def _inverse_slopes(task: _Task, correction: FloatArray, profiles: Profiles) -> FloatArray:
    """(6, 6) inverse of how the pulls weaken with each number, the pictures read anew and the weak beliefs included."""
    reach = np.sqrt(np.sum(profiles.by_pose**2, axis=1).mean(axis=0)) if len(profiles.weight) else np.ones(6)
    steps = np.minimum(SLOPE_STEP_PX / np.maximum(reach, 1e-6), PRIOR_SIGMAS)
    slopes = np.zeros((6, 6))
    for number, step in enumerate(steps):
        shift = np.zeros(6)
        shift[number] = step
        both = (task.read(correction - shift), task.read(correction + shift))
        pulls = [pulls_of(each, believe(each, np.zeros(6), FINAL_SIGMA_PX)).sum(axis=0) for each in both]
        slopes[:, number] = (pulls[0] - pulls[1]) / (2 * step)
    unit = np.outer(task.prior_sigmas, task.prior_sigmas)
    values, vectors = np.linalg.eigh((slopes + slopes.T) / 2 * unit)
    return np.asarray((vectors / np.maximum(values + 1.0, 1.0)) @ vectors.T * unit)


def _scatter_of_refits(task: _Task, correction: FloatArray, generator: np.random.Generator) -> FloatArray:
    """(6, 6) second moment of refits about the correction. Source: Rubin 1981, "The Bayesian Bootstrap"."""
    field, outlines = task.frames[0].field, task.outlines
    pixels = task.camera.image_plane((outlines.near + outlines.past) / 2) * field.scale
    tile = tiles_of(field, np.nan_to_num(pixels), outlines.frame)
    off = np.empty((REFITS, 6))
    for number in range(REFITS):
        lots = generator.exponential(size=int(tile.max(initial=0)) + 1)
        again = replace(task, outlines=replace(outlines, weight=outlines.weight * lots[tile]))
        off[number] = _coarse_to_fine(again, correction) - correction
    return np.asarray(off.T @ off / REFITS)


def _scatter_of_tiles(profiles: Profiles, inverse: FloatArray, prior: FloatArray) -> tuple[FloatArray, int]:
    """(6, 6) covariance of the optimum from the disagreement of the tiles, and how many tiles there are.

    To first order what a bootstrap over the tiles gives, without drawing lots. Source: Liang and Zeger 1986, section 3.
    """
    pulls = pulls_of(profiles, believe(profiles, np.zeros(6), FINAL_SIGMA_PX))
    _, which = np.unique(profiles.tile, return_inverse=True)
    tiles = int(which.max(initial=-1)) + 1
    summed = np.zeros((tiles, 6))
    np.add.at(summed, which, pulls)
    small_sample = tiles / max(tiles - 6, 1)
    disagreement = small_sample * summed.T @ summed + prior
    return np.asarray(inverse @ disagreement @ inverse), tiles


def _lasting(profiles: Profiles, turns_per_metre: FloatArray) -> FloatArray:
    """(6, 6) what no scatter shows: a tenth of a pixel in each turn, and a move along with the turns it needs."""
    pixels_per_unit = np.sqrt(np.mean(profiles.by_pose**2, axis=0).max(axis=0)) if len(profiles.weight) else np.ones(6)
    alone = (LASTING_ERROR_PX / np.maximum(pixels_per_unit, 1e-6)) ** 2
    alone[MOVES] = 0.0
    together = LASTING_ERROR_M * np.vstack([np.eye(3), turns_per_metre])
    return np.asarray(np.diag(alone) + together @ together.T)


def _support(task: _Task, correction: FloatArray) -> float:
    """By how many standard errors, over tiles, the likelihood at the optimum exceeds that at random turns."""
    some = task.thinned(SUPPORT_OUTLINES)
    here = some.read(correction)
    if not len(here.weight):
        return 0.0
    gain = here.weight * believe(here, np.zeros(6), FINAL_SIGMA_PX).likelihood
    per_tile = np.bincount(here.tile, gain)
    turned = np.zeros(len(per_tile))
    signs = [(0, 1, 1), (0, 1, -1), (0, -1, 1), (0, -1, -1), (1, 1, 0), (-1, 0, 1), (1, -1, 0), (-1, 0, -1)]
    for sign in signs:
        decoy = correction + np.concatenate([np.zeros(3), np.radians(2.0) * np.array(sign)])
        there = some.read(decoy)
        likelihood = there.weight * believe(there, np.zeros(6), FINAL_SIGMA_PX).likelihood
        counted = np.bincount(there.tile, likelihood, minlength=len(turned))
        turned += counted[: len(turned)] / len(signs)
    more = per_tile - turned
    spread = float(np.sqrt(np.sum(more**2)))
    return float(np.sum(more)) / spread if spread > 0 else 0.0
