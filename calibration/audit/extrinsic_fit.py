"""How a camera must be moved and turned so that what the lidar sees as outlines falls on edges of the pictures.

Each outline lies between two neighbouring rays. Along the line between both, in the picture, the gradient is read as a
profile; where on it the outline is, nobody knows, so every place counts as much as its gradient is strong and as it is
near to where the present pose puts it (expectation maximisation). How far a place counts shrinks from round to round.
All six numbers are fitted at once by Gauss-Newton over all frames; each place only pulls along its own gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from calibration.arrays import BoolArray, Float32Array, FloatArray, IntArray
from calibration.audit.depth_edges import DepthEdges
from calibration.audit.shading import Shading, information_distance
from calibration.cameras import CameraModel
from calibration.image_features import EdgeField
from calibration.transform import RigidTransform

# The camera's own axes in the manner of a vehicle (forward, left, up), from its optical ones (right, down, forward).
BODY_FROM_CAMERA = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
MOVES = slice(0, 3)  # x, y, z of a correction, metres; after them roll, pitch, yaw, radians
TURNS = slice(3, 6)
# Weak beliefs that keep a fit without support from running away; nowhere near what can be called off.
PRIOR_SIGMAS = np.array([0.3, 0.3, 0.3, np.radians(3), np.radians(3), np.radians(3)])
MAX_OUTLINES = 8000
SPARE_PX = 40.0
LONGEST_GAP_PX = 24.0
SHORTEST_GAP_PX = 0.2
FAINTEST_PROFILE = 0.05
EM_ROUNDS = 12
OVER_RELAXED = 1.5
FINAL_SIGMA_PX = 2.0
FINAL_REACH_PX = 16.0
STEPS = np.array([2e-3, 2e-3, 2e-3, 2e-4, 2e-4, 2e-4])
TILES_ACROSS, TILES_DOWN = 8, 4
# What outlines are off by however many there are: edges that are rounded, blur, the lens model. Chosen on two dozen
# generated cameras so that the intervals are about as wide as the errors scatter.
LASTING_ERROR_PX = 0.13
LASTING_ERROR_M = 0.005
FEW_OUTLINES = 1500
FEW_FRAMES = 5
REFITS = 12
STARTS_M = ((0.0, 0.0, 0.0), (0.0, 0.15, 0.0), (0.0, -0.15, 0.0), (0.0, 0.0, 0.15), (0.0, 0.0, -0.15))
START_OUTLINES = 3000
GRID_DEG = ((-1.5, 0.0, 1.5), (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5), (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5))
GRID_OUTLINES = 800
GRID_SIGMA_PX = 3.0
GRID_STARTS = 2
CLIMBS = 6
CLIMB_DEG = (0.08, 0.16, 0.32)
LEAST_GAIN = 0.5
SHADING_COUNTS = 1.2  # for each outline: of two optima alike to edges it picks that where brightness agrees
ALL_SIX = np.ones(6, dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class RowMotion:
    """How the camera moves while it reads its rows one after another, in its own optical frame.

    velocity_mps, turn_radps: (3,) of the camera; readout_s: from the first row to the last, negative from below.
    """

    velocity_mps: FloatArray
    turn_radps: FloatArray
    readout_s: float


@dataclass(frozen=True, eq=False)
class FrameEdges:
    """What one frame says: its outlines, its picture's edges, and the way between them as the files have it."""

    outlines: DepthEdges
    field: EdgeField
    camera_from_points: RigidTransform
    rows: RowMotion | None = None
    shading: Shading | None = None


@dataclass(frozen=True, eq=False)
class Outlines:
    """K outlines of all frames in the camera frame of the files.

    near, past (K, 3), weight (K,), upper (K,) as in `DepthEdges`; frame (K,) its number.
    """

    near: FloatArray
    past: FloatArray
    weight: FloatArray
    upper: BoolArray
    frame: IntArray

    def __len__(self) -> int:
        return len(self.weight)


@dataclass(frozen=True, eq=False)
class Profiles:
    """Gradients along the line of each outline, S places each, `places_px` (S,) from the outline.

    strength (K, S) relative to the profile's mean; across, down (K, S) unit gradient; along (K, S) how much of it lies
    along the line; line (K, 2); by_pose (K, 2, 6) pixels per unit of correction; gap_px (K,) half the way between both
    rays; weight (K,); tile (K,) part of the picture and stretch of the drive it belongs to.
    """

    places_px: Float32Array
    strength: Float32Array
    across: Float32Array
    down: Float32Array
    along: Float32Array
    line: FloatArray
    by_pose: FloatArray
    gap_px: FloatArray
    weight: FloatArray
    tile: IntArray


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


def camera_from_camera_in_file(correction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rotation (3, 3) and translation (3,) taking points from the camera frame of the files to the corrected one."""
    turned = BODY_FROM_CAMERA.T @ Rotation.from_rotvec(correction[TURNS]).as_matrix() @ BODY_FROM_CAMERA
    moved = BODY_FROM_CAMERA.T @ correction[MOVES]
    return turned.T, -turned.T @ moved


def gather_outlines(frames: Sequence[FrameEdges], camera: CameraModel, seed: int = 0) -> Outlines:
    """The outlines that fall into or near the pictures, at most `MAX_OUTLINES` drawn by a seed.

    Under a rolling shutter points are moved to the time of the row that sees them. Tops of things are used only where
    there is little else: the lidar looks over a roof whose edge the camera, mounted lower, sees elsewhere.
    """
    parts = [_outlines_of(number, frame, camera) for number, frame in enumerate(frames)]
    if not parts:
        none = np.empty(0, np.bool_)
        return Outlines(np.empty((0, 3)), np.empty((0, 3)), np.empty(0), none, np.empty(0, np.int64))
    every = Outlines(*(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS))
    if np.count_nonzero(~every.upper) > FEW_OUTLINES and len(frames) >= FEW_FRAMES:
        every = _take(every, ~every.upper)
    if len(every) <= MAX_OUTLINES:
        return every
    return _take(every, np.sort(np.random.default_rng(seed).choice(len(every), MAX_OUTLINES, replace=False)))


def fit_extrinsic(frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, seed: int = 0) -> ExtrinsicFit:
    """The most likely correction, and how far it can be trusted.

    Few outlines, or those of few frames, may fit in several places, which no curvature shows: then the fit is done
    again with tiles of the pictures weighted by lot, and how far the results scatter is added.
    """
    few = len(outlines) <= FEW_OUTLINES or len(frames) < FEW_FRAMES
    correction = _best_of_starts(frames, outlines, camera, few)
    profiles = read_profiles(frames, outlines, camera, correction, FINAL_REACH_PX)
    inverse = _inverse_stiffness(profiles)
    scatter, tiles = _scatter_of_tiles(profiles, inverse)
    turns_per_metre = inverse[TURNS, MOVES] @ np.linalg.inv(inverse[MOVES, MOVES])
    covariance = scatter + _lasting(profiles, turns_per_metre)
    if few:
        covariance = covariance + _scatter_of_refits(frames, outlines, camera, correction, np.random.default_rng(seed))
    support = _support(frames, outlines, camera, correction)
    return ExtrinsicFit(correction, covariance, turns_per_metre, len(profiles.weight), tiles, support)


def _best_of_starts(frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, few: bool) -> FloatArray:
    """(6,) the likeliest optimum reached from several places of the camera.

    From the place in the files alone, a camera 15 cm too high is first taken for one that looks down, and near things
    are then so far off their edges that they settle on others.
    """
    some = thinned(outlines, START_OUTLINES)
    starts = [np.array([*start_m, 0.0, 0.0, 0.0]) for start_m in STARTS_M]
    if few:
        starts += _likeliest_turns(frames, outlines, camera)
    found = [_coarse_to_fine(frames, some, camera, start) for start in starts]
    profiles = [read_profiles(frames, some, camera, correction, FINAL_REACH_PX) for correction in found]
    likelihoods = [_likelihood(each) for each in profiles]
    return _climbed(frames, outlines, camera, found[int(np.argmax(likelihoods))])


def _climbed(
    frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, correction: FloatArray
) -> FloatArray:
    """(6,) the best optimum about this one: edges of the same thing make small optima between here and there.

    Turns that are likelier are looked for further out than an optimum reaches, as long as there are any.
    """
    some = thinned(outlines, START_OUTLINES)

    shadings = [(frame.shading, frame.camera_from_points) for frame in frames if frame.shading is not None]

    def likelihood(turned: FloatArray) -> float:
        apart = information_distance(shadings, camera, camera_from_camera_in_file(turned)) if shadings else 0.0
        alike = -SHADING_COUNTS * len(some) * (apart if np.isfinite(apart) else 1.0)
        return alike + _likelihood(read_profiles(frames, some, camera, turned, FINAL_REACH_PX))

    for _ in range(CLIMBS):
        here = likelihood(correction)
        steps = [sign * size * axis for size in CLIMB_DEG for axis in np.eye(6)[TURNS] for sign in (-1, 1)]
        trials = [correction + np.radians(step) for step in steps]
        heights = [likelihood(trial) for trial in trials]
        best = trials[int(np.argmax(heights))] if max(heights) > here else correction
        higher = _to_the_end(frames, some, camera, best)
        gained = likelihood(higher) - here
        if gained > 0:
            correction = higher
        if gained < LEAST_GAIN:
            break
    return _to_the_end(frames, outlines, camera, correction)


def _likelihood(profiles: Profiles, sigma: float = FINAL_SIGMA_PX) -> float:
    return float(profiles.weight @ _believe(profiles, np.zeros(6), sigma).likelihood)


def agreement(frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, correction: FloatArray) -> float:
    """How well outlines fall on edges with the camera corrected so, on average; larger is better."""
    profiles = read_profiles(frames, outlines, camera, correction, FINAL_REACH_PX)
    return _likelihood(profiles) / max(float(profiles.weight.sum()), 1e-12)


def thinned(outlines: Outlines, most: int) -> Outlines:
    """At most so many of them, evenly from the first to the last."""
    return _take(outlines, np.arange(0, len(outlines), max(-(-len(outlines) // most), 1)))


def _likeliest_turns(frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel) -> list[FloatArray]:
    """The best of a grid of turns: few outlines lead nowhere from a degree away."""
    some = thinned(outlines, GRID_OUTLINES)
    grid = np.stack(np.meshgrid(*GRID_DEG, indexing="ij"), axis=-1).reshape(-1, 3)
    turns = [np.concatenate([np.zeros(3), np.radians(angles)]) for angles in grid]
    likelihoods = [
        _likelihood(read_profiles(frames, some, camera, turn, FINAL_REACH_PX), GRID_SIGMA_PX) for turn in turns
    ]
    best = np.argsort(likelihoods)[::-1][:GRID_STARTS]
    return [turns[number] for number in best]


def _coarse_to_fine(
    frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, start: FloatArray
) -> FloatArray:
    """(6,) first the three turns alone with a wide reach, then all six."""
    width = frames[0].field.width
    turns_only = np.array([False] * 3 + [True] * 3)
    schedule = (
        (0.045 * width, (12, 8, 5), turns_only),
        (0.03 * width, (6, 4), ALL_SIX),
        (FINAL_REACH_PX, (3,), ALL_SIX),
    )
    correction = start
    for reach_px, sigmas, free in schedule:
        profiles = read_profiles(frames, outlines, camera, correction, float(np.ceil(reach_px)))
        change = np.zeros(6)
        for sigma in sigmas:
            change = _maximise(profiles, change, sigma, free, correction)
        correction = correction + change
    return _to_the_end(frames, outlines, camera, correction)


def _to_the_end(
    frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, correction: FloatArray
) -> FloatArray:
    profiles = read_profiles(frames, outlines, camera, correction, FINAL_REACH_PX)
    return correction + _finish(profiles, correction)


def _scatter_of_refits(
    frames: Sequence[FrameEdges],
    outlines: Outlines,
    camera: CameraModel,
    correction: FloatArray,
    generator: np.random.Generator,
) -> FloatArray:
    """(6, 6) second moment of refits about the correction. Source: Rubin 1981, "The Bayesian Bootstrap"."""
    pixels = camera.image_plane((outlines.near + outlines.past) / 2) * frames[0].field.scale
    tile = _tiles(frames[0].field, np.nan_to_num(pixels), outlines.frame)
    off = np.empty((REFITS, 6))
    for number in range(REFITS):
        lots = generator.exponential(size=int(tile.max(initial=0)) + 1)
        again = replace(outlines, weight=outlines.weight * lots[tile])
        off[number] = _coarse_to_fine(frames, again, camera, correction) - correction
    return np.asarray(off.T @ off / REFITS)


def read_profiles(
    frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, correction: FloatArray, reach_px: float
) -> Profiles:
    """Gradients of the pictures along each outline's line, with the camera corrected."""
    rotation, translation = camera_from_camera_in_file(correction)
    near, past = outlines.near @ rotation.T + translation, outlines.past @ rotation.T + translation
    scale = frames[0].field.scale
    start, end = camera.image_plane(near) * scale, camera.image_plane(past) * scale
    gap_px = np.linalg.norm(end - start, axis=1)
    with np.errstate(invalid="ignore"):
        rows = np.nonzero((gap_px > SHORTEST_GAP_PX) & (gap_px < LONGEST_GAP_PX))[0]
    line = (end - start)[rows] / gap_px[rows, None]
    middles_px = (start + end)[rows] / 2 + (0.5 * scale - 0.5)
    places = np.arange(-reach_px, reach_px + 0.5)
    where = middles_px[:, None] + line[:, None] * places[None, :, None]
    across, down = np.zeros(where.shape[:2], np.float32), np.zeros(where.shape[:2], np.float32)
    for number, frame in enumerate(frames):
        of_frame = np.nonzero(outlines.frame[rows] == number)[0]
        if len(of_frame):
            across[of_frame], down[of_frame] = frame.field.at(where[of_frame])
    size = np.sqrt(np.maximum(across**2 + down**2, 1e-12))
    across, down = across / size, down / size
    along = across * line[:, 0:1].astype(np.float32) + down * line[:, 1:2].astype(np.float32)
    strength = size * along**2
    mean = np.maximum(strength.mean(axis=1), FAINTEST_PROFILE)
    return Profiles(
        places_px=places.astype(np.float32),
        strength=strength / mean[:, None],
        across=across,
        down=down,
        along=along,
        line=line,
        by_pose=_pixels_by_pose(camera, (near + past)[rows] / 2) * scale,
        gap_px=gap_px[rows] / 2,
        weight=outlines.weight[rows],
        tile=_tiles(frames[0].field, middles_px, outlines.frame[rows]),
    )


_COLUMNS = ("near", "past", "weight", "upper", "frame")


def _take(outlines: Outlines, rows: IntArray | BoolArray) -> Outlines:
    return Outlines(*(getattr(outlines, name)[rows] for name in _COLUMNS))


def _outlines_of(number: int, frame: FrameEdges, camera: CameraModel) -> Outlines:
    near = frame.camera_from_points.apply(frame.outlines.near)
    past = frame.camera_from_points.apply(frame.outlines.past)
    if frame.rows is not None and frame.rows.readout_s:
        near, past = (_at_own_row(points, frame.rows, camera) for points in (near, past))
    pixels = camera.image_plane((near + past) / 2)
    with np.errstate(invalid="ignore"):
        inside = (pixels > -SPARE_PX) & (pixels < np.array([camera.width, camera.height]) + SPARE_PX)
    numbers = np.full(len(near), number, dtype=np.int64)
    every = Outlines(near, past, frame.outlines.weight, frame.outlines.upper, numbers)
    return _take(every, np.asarray(inside.all(axis=1)))


def _at_own_row(points: FloatArray, rows: RowMotion, camera: CameraModel) -> FloatArray:
    moved = points
    for _ in range(2):
        share = np.nan_to_num(camera.image_plane(moved)[:, 1] / max(camera.height - 1, 1) - 0.5)
        delay_s = np.clip(share, -0.5, 0.5)[:, None] * rows.readout_s
        moved = points - delay_s * (rows.velocity_mps + np.cross(rows.turn_radps, points))
    return moved


def _pixels_by_pose(camera: CameraModel, points: FloatArray) -> FloatArray:
    """(K, 2, 6) by differences, which serves every lens."""
    step_m = 1e-3
    by_point = np.stack(
        [
            (camera.image_plane(points + shift) - camera.image_plane(points - shift)) / (2 * step_m)
            for shift in step_m * np.eye(3)
        ],
        axis=-1,
    )
    x, y, z = points.T
    turning = np.zeros((len(points), 3, 3))  # the matrix of "cross product with the point"
    turning[:, 0, 1], turning[:, 0, 2], turning[:, 1, 2] = -z, y, -x
    turning[:, 1, 0], turning[:, 2, 0], turning[:, 2, 1] = z, -y, x
    to_optical = BODY_FROM_CAMERA.T
    by_pose: FloatArray = np.nan_to_num(
        np.concatenate([-by_point @ to_optical, by_point @ turning @ to_optical], axis=2)
    )
    return by_pose


def _tiles(field: EdgeField, pixels: FloatArray, frame: IntArray) -> IntArray:
    """Parts of the picture: what stands there is off by the same amount in every frame, so it counts once."""
    height, width = field.across.shape
    column = np.clip(pixels[:, 0] / width * TILES_ACROSS, 0, TILES_ACROSS - 1).astype(np.int64)
    row = np.clip(pixels[:, 1] / height * TILES_DOWN, 0, TILES_DOWN - 1).astype(np.int64)
    stretch = frame // 10
    tiles: IntArray = (stretch * TILES_DOWN + row) * TILES_ACROSS + column
    return tiles


@dataclass(frozen=True, eq=False)
class _Belief:
    """Which places on each line are taken for the outline, and how far they are off along their own gradients."""

    share: Float32Array
    off_px: Float32Array
    likelihood: FloatArray


def _believe(profiles: Profiles, change: FloatArray, sigma: float) -> _Belief:
    shift = profiles.by_pose @ change
    across, down = shift[:, 0:1].astype(np.float32), shift[:, 1:2].astype(np.float32)
    off_px = profiles.places_px * profiles.along - profiles.across * across - profiles.down * down
    from_outline = profiles.places_px - (profiles.line * shift).sum(axis=1)[:, None].astype(np.float32)
    variance = (sigma**2 + profiles.gap_px**2 / 3)[:, None].astype(np.float32)
    mass = profiles.strength * np.exp(-0.5 * from_outline**2 / variance) / np.sqrt(2 * np.pi * variance)
    total = 1.0 + mass.sum(axis=1)
    return _Belief(mass / total[:, None] / variance, off_px, np.log(total))


def _pulls(profiles: Profiles, belief: _Belief) -> FloatArray:
    """(K, 6) the gradient of the weighted log likelihood, outline by outline."""
    share = belief.share * profiles.weight[:, None].astype(np.float32) * belief.off_px
    across, down = (share * profiles.across).sum(axis=1), (share * profiles.down).sum(axis=1)
    pulls: FloatArray = profiles.by_pose[:, 0] * across[:, None] + profiles.by_pose[:, 1] * down[:, None]
    return pulls


def _stiffness(profiles: Profiles, belief: _Belief) -> FloatArray:
    share = belief.share * profiles.weight[:, None].astype(np.float32)
    first, second = profiles.by_pose[:, 0], profiles.by_pose[:, 1]
    mixed = first * (share * profiles.across * profiles.down).sum(axis=1)[:, None]
    matrix = (first * (share * profiles.across**2).sum(axis=1)[:, None]).T @ first
    matrix = matrix + (second * (share * profiles.down**2).sum(axis=1)[:, None]).T @ second
    return np.asarray(matrix + mixed.T @ second + second.T @ mixed)


def _maximise(
    profiles: Profiles, change: FloatArray, sigma: float, free: BoolArray, correction: FloatArray
) -> FloatArray:
    for _ in range(EM_ROUNDS):
        belief = _believe(profiles, change, sigma)
        stiffness = _stiffness(profiles, belief) + np.diag(PRIOR_SIGMAS**-2)
        pull = _pulls(profiles, belief).sum(axis=0) - (correction + change) / PRIOR_SIGMAS**2
        step = np.zeros(6)
        step[free] = np.linalg.solve(stiffness[np.ix_(free, free)], pull[free])
        change = change + OVER_RELAXED * step
        if (np.abs(step) < STEPS / 20).all():
            break
    return change


def _finish(profiles: Profiles, correction: FloatArray) -> FloatArray:
    """The optimum itself: maximising expectations creeps where two directions are nearly one."""
    stiffness = _stiffness(profiles, _believe(profiles, np.zeros(6), FINAL_SIGMA_PX)) + np.diag(PRIOR_SIGMAS**-2)
    from_white = np.linalg.inv(np.linalg.cholesky(stiffness)).T

    def cost(white: FloatArray) -> tuple[float, FloatArray]:
        here = from_white @ white
        belief = _believe(profiles, here, FINAL_SIGMA_PX)
        away = (correction + here) / PRIOR_SIGMAS
        value = 0.5 * float(away @ away) - float(profiles.weight @ belief.likelihood)
        return value, from_white.T @ (away / PRIOR_SIGMAS - _pulls(profiles, belief).sum(axis=0))

    found = minimize(cost, np.zeros(6), jac=True, method="BFGS", options={"maxiter": 25, "gtol": 0.05})
    return np.asarray(from_white @ found.x)


def _inverse_stiffness(profiles: Profiles) -> FloatArray:
    """(6, 6) inverse of the curvature of the log likelihood at the optimum, the weak beliefs included."""
    hessian = np.zeros((6, 6))
    for number, step in enumerate(STEPS):
        shift = np.zeros(6)
        shift[number] = step
        ahead, behind = (
            _pulls(profiles, _believe(profiles, sign * shift, FINAL_SIGMA_PX)).sum(axis=0) for sign in (1, -1)
        )
        hessian[:, number] = (behind - ahead) / (2 * step)
    unit = np.outer(PRIOR_SIGMAS, PRIOR_SIGMAS)
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2 * unit)
    return np.asarray((vectors / np.maximum(values + 1.0, 1.0)) @ vectors.T * unit)


def _scatter_of_tiles(profiles: Profiles, inverse: FloatArray) -> tuple[FloatArray, int]:
    """(6, 6) covariance of the optimum from the disagreement of the tiles, and how many tiles there are.

    To first order what a bootstrap over the tiles gives, without drawing lots. Source: Liang and Zeger 1986, section 3.
    """
    pulls = _pulls(profiles, _believe(profiles, np.zeros(6), FINAL_SIGMA_PX))
    _, which = np.unique(profiles.tile, return_inverse=True)
    tiles = int(which.max(initial=-1)) + 1
    summed = np.zeros((tiles, 6))
    np.add.at(summed, which, pulls)
    small_sample = tiles / max(tiles - 6, 1)
    disagreement = small_sample * summed.T @ summed + np.diag(PRIOR_SIGMAS**-2)
    return np.asarray(inverse @ disagreement @ inverse), tiles


def _lasting(profiles: Profiles, turns_per_metre: FloatArray) -> FloatArray:
    """(6, 6) what no scatter shows: a few tenths of a pixel in each turn, and a move along with the turns it needs."""
    pixels_per_unit = np.sqrt(np.mean(profiles.by_pose**2, axis=0).max(axis=0)) if len(profiles.weight) else np.ones(6)
    alone = (LASTING_ERROR_PX / np.maximum(pixels_per_unit, 1e-6)) ** 2
    alone[MOVES] = 0.0
    together = LASTING_ERROR_M * np.vstack([np.eye(3), turns_per_metre])
    return np.asarray(np.diag(alone) + together @ together.T)


def _support(frames: Sequence[FrameEdges], outlines: Outlines, camera: CameraModel, correction: FloatArray) -> float:
    """By how many standard errors, over tiles, the likelihood at the optimum exceeds that at random turns."""
    some = _take(outlines, np.arange(0, len(outlines), max(len(outlines) // 2500, 1)))
    here = read_profiles(frames, some, camera, correction, FINAL_REACH_PX)
    if not len(here.weight):
        return 0.0
    gain = here.weight * _believe(here, np.zeros(6), FINAL_SIGMA_PX).likelihood
    per_tile = np.bincount(here.tile, gain)
    turned = np.zeros(len(per_tile))
    signs = [(0, 1, 1), (0, 1, -1), (0, -1, 1), (0, -1, -1), (1, 1, 0), (-1, 0, 1), (1, -1, 0), (-1, 0, -1)]
    for sign in signs:
        decoy = correction + np.concatenate([np.zeros(3), np.radians(2.0) * np.array(sign)])
        there = read_profiles(frames, some, camera, decoy, FINAL_REACH_PX)
        likelihood = there.weight * _believe(there, np.zeros(6), FINAL_SIGMA_PX).likelihood
        counted = np.bincount(there.tile, likelihood, minlength=len(turned))
        turned += counted[: len(turned)] / len(signs)
    more = per_tile - turned
    spread = float(np.sqrt(np.sum(more**2)))
    return float(np.sum(more)) / spread if spread > 0 else 0.0


def without_moves(fit: ExtrinsicFit, mounting_sigma_m: float) -> tuple[FloatArray, FloatArray]:
    """The turns (3,) and their covariance (3, 3) if the camera's place in the files holds to `mounting_sigma_m`."""
    from_all = np.hstack([-fit.turns_per_metre, np.eye(3)])
    made_up = mounting_sigma_m * fit.turns_per_metre
    return from_all @ fit.correction, from_all @ fit.covariance @ from_all.T + made_up @ made_up.T
