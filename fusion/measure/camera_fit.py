"""What displaces the labels' outlines in one camera: how it is turned, where it sits, when it exposed, or the labels.

The shift of each 2D box from its outline is regressed on what a small error of each kind would do to it:

    turned      everywhere alike, across and down; a roll turns the picture about its middle
    moved       falls with 1 / range
    late        grows with the speed relative to the camera and reverses with it, standing objects included

Beside these every track has errors of its own, and outlines have a bias: a box is as wide as its object's widest part,
what is drawn around is less, and not the same on both sides. How much less is learned for each group of classes; the
middle can then be off by half of that at most, across depending on the side that is seen, down on front or rear.

Corrections are of the camera in its own forward-left-up axes, as `calibration.audit.lidar_camera` has them; a positive
time says that the picture was exposed later than its stamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from calibration.arrays import FloatArray, IntArray
from fusion.errors import NotMeasurableError
from fusion.measure.clustered_regression import ClusteredFit, ClusteredRows, chi_squared_limit, fit_clustered
from fusion.measure.label_moment import label_time_doubt_s
from fusion.measure.outline_shifts import OutlineShifts, outline_shifts
from fusion.scene.scene import Scene
from fusion.scene.taxonomy import PEOPLE, TWO_WHEELERS, VEHICLES, Kinds

QUANTITIES = ("roll", "pitch", "yaw", "x", "y", "z", "time")
FAMILIES = {"rotation": (0, 1, 2), "translation": (3, 4, 5), "time": (6,)}
# Camera axes are right, down, forward; columns are the camera's forward, left and up in them.
CAMERA_FROM_BODY = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])

# How exactly the middle of a 2D box is drawn, in pixels of a picture up to 1500 wide, and that of a 3D box.
DRAWN_SIGMA_PX = 1.5
SHARP_WIDTH_PX = 1500.0
# Nobody draws this much better: those boxes are projections. Whatever is this much worse, it is no camera's error.
PROJECTED_SCALE, HOPELESS_SCALE = 0.3, 2.5
JITTER_M = 0.03
# What a whole track may be off, in each direction: careful people agree to 5 to 10 cm.
TRACK_SIGMA_M = 0.07
LEAST_BIAS = 0.01
# Nobody looks for more: 10 degrees, 2 m, half a second.
PRIOR = np.array([*np.radians([10.0] * 3), 2.0, 2.0, 2.0, 0.5])

# So rarely do labels without a fault ask for any correction.
CHANCE = 1e-3
# An explanation may leave this share of the chi-squared: small angles are not quite linear, nor is noise normal.
LEFT_SHARE = 0.03
LEFT_CHANCE = 1e-3
# Explanations that leave so much more than the best (a likelihood 150 times smaller) are out.
TELLING_CHI_SQUARED = 10.0
MIN_PAIRS, MIN_TRACKS = 12, 4
GROUPS = (VEHICLES, TWO_WHEELERS, PEOPLE)


@dataclass(frozen=True, eq=False)
class CameraFit:
    """One camera as the labels see it.

    joint: all of `QUANTITIES` at once, in radians, metres and seconds; timed: speeds and clocks told about time;
    shifts: what it was told by; track_codes: (T,) of the labels' tracks, -1 a label without one.
    """

    camera: str
    joint: ClusteredFit
    timed: bool
    time_doubt_s: float
    shifts: OutlineShifts
    track_codes: IntArray

    @property
    def families(self) -> dict[str, tuple[int, ...]]:
        """The explanations that could be told, as positions among `QUANTITIES`."""
        return {name: parts for name, parts in FAMILIES.items() if name != "time" or self.timed}

    @property
    def parts(self) -> list[int]:
        """Everything that could be told."""
        return [part for parts in self.families.values() for part in parts]

    @cached_property
    def left(self) -> dict[str, float]:
        """Chi-squared that each explanation alone leaves."""
        return {name: self.joint.unexplained(list(parts)) for name, parts in self.families.items()}

    @property
    def is_off(self) -> bool:
        """Labels and pictures disagree together, more than their noise explains."""
        return self.joint.unexplained() > self._by_chance(len(self.parts), CHANCE)

    @cached_property
    def explanations(self) -> tuple[str, ...]:
        """Which families explain it alone, the best first: none where nothing is off, or where only several do.

        More than one: they can't be told apart.
        """
        if not self.is_off:
            return ()
        total, free = self.joint.unexplained(), len(self.parts)
        best = min(self.left.values())
        good = [
            name
            for name, left in self.left.items()
            if left <= best + TELLING_CHI_SQUARED
            and left <= self._by_chance(free - len(self.families[name]), LEFT_CHANCE) + LEFT_SHARE * total
        ]
        return tuple(sorted(good, key=self.left.__getitem__))

    def _by_chance(self, effects: int, chance: float) -> float:
        return chi_squared_limit(effects, self.joint.clusters, chance)

    def correction(self, family: str | None = None) -> FloatArray:
        """(7,) of `QUANTITIES`, nothing but one family's, or everything at once."""
        parts = self.parts if family is None else list(self.families[family])
        correction = np.zeros(len(QUANTITIES))
        correction[parts] = self.joint.of(parts).effects
        return correction

    def intervals(self, family: str | None = None) -> FloatArray:
        """(7, 2) 95 % of `correction`; infinite for what can't be told."""
        parts = self.parts if family is None else list(self.families[family])
        fit = self.joint.of(parts)
        intervals = np.tile([-np.inf, np.inf], (len(QUANTITIES), 1))
        intervals[parts] = fit.effects[:, None] + fit.reach * fit.sigmas[:, None] * np.array([-1.0, 1.0])
        return intervals

    def shift_px(self, family: str | None = None) -> FloatArray:
        """(K, 2) what the correction does to each pair."""
        shift_px: FloatArray = np.einsum("kiq,q->ki", effects_px(self.shifts), self.correction(family))
        return shift_px


def camera_fit(scene: Scene, camera: str) -> CameraFit:
    """The regression for one camera.

    Raises:
        NotMeasurableError: too few objects, or objects at too few places; LensError: no lens.
    """
    return scene.measurements.get(f"camera fit {camera}", lambda: _camera_fit(scene, camera))


def _camera_fit(scene: Scene, camera: str) -> CameraFit:
    shifts = outline_shifts(scene, camera)
    codes, cluster = _clusters(scene, shifts.rows)
    if len(shifts) < MIN_PAIRS or len(codes) < MIN_TRACKS:
        raise NotMeasurableError(
            f"only {len(shifts)} 2D boxes of {len(codes)} objects can be compared, "
            f"{MIN_PAIRS} of {MIN_TRACKS} are needed"
        )
    timed = bool(np.isfinite(shifts.velocities_mps).all(axis=1).mean() > 0.5)
    doubt_s = label_time_doubt_s(scene) if timed else 0.0
    effects = effects_px(shifts)
    nuisance, prior = _nuisances(scene, shifts, effects[:, :, 6], doubt_s)
    columns = np.concatenate([effects, nuisance], axis=2).reshape(2 * len(shifts), -1)
    tracks_px = shifts.px_per_m.reshape(2 * len(shifts), 3)
    rows = ClusteredRows(
        y=shifts.shift_px.reshape(-1),
        x=columns,
        z=tracks_px,
        cluster=np.repeat(cluster, 2),
        sigma=np.hypot(_drawn_sigma_px(scene, camera), JITTER_M * np.linalg.norm(tracks_px, axis=1)),
        spread=TRACK_SIGMA_M,
        prior=np.concatenate([PRIOR, prior]),
    )
    joint = fit_clustered(rows, effects=len(QUANTITIES))
    if joint.scale < PROJECTED_SCALE:
        raise NotMeasurableError("2D boxes fit the outlines better than people draw: they are projections")
    if joint.scale > HOPELESS_SCALE:
        raise NotMeasurableError("2D boxes are off the outlines in ways that no error of the camera explains")
    return CameraFit(camera, joint, timed, doubt_s, shifts, codes)


def _drawn_sigma_px(scene: Scene, camera: str) -> float:
    lens = scene.rigs.rigs[0].sensor(camera).camera
    return DRAWN_SIGMA_PX * max(1.0, (0 if lens is None else lens.width) / SHARP_WIDTH_PX)


def effects_px(shifts: OutlineShifts) -> FloatArray:
    """(K, 2, 7) pixels that one unit of each of `QUANTITIES` moves the drawn boxes off the outlines."""
    axes = CAMERA_FROM_BODY.T
    turned = -np.stack([np.cross(axis, shifts.places_m) for axis in axes], axis=2)
    moved = np.broadcast_to(-CAMERA_FROM_BODY, (len(shifts), 3, 3))
    late = np.nan_to_num(shifts.velocities_mps)[:, :, None]
    effects: FloatArray = np.einsum("kij,kjq->kiq", shifts.px_per_m, np.concatenate([turned, moved, late], axis=2))
    return effects


def _clusters(scene: Scene, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Codes (T,) of the tracks, and (K,) the one of each row; labels without a track are one each."""
    codes = scene.labels.boxes.track.codes[rows].astype(np.int64)
    single = codes < 0
    codes[single] = -1 - rows[single]
    found, cluster = np.unique(codes, return_inverse=True)
    return np.maximum(found, -1), cluster.reshape(-1)


def _nuisances(
    scene: Scene, shifts: OutlineShifts, late_px: FloatArray, doubt_s: float
) -> tuple[FloatArray, FloatArray]:
    """(K, 2, B) pixels of the outline's bias by group and of the labels' own time, and what each may be, (B,)."""
    kinds = Kinds(scene.labels.boxes.category.take(shifts.rows))
    known = np.zeros(len(shifts), dtype=bool)
    columns, prior = [], []
    for group in (*GROUPS, None):
        members = ~known if group is None else kinds.is_any(group)
        known |= members
        if not members.any():
            continue
        across = np.where(members, shifts.extent_px[:, 0], 0.0)
        down = np.where(members, shifts.extent_px[:, 1], 0.0)
        nothing = np.zeros(len(shifts))
        # A mirrored object is biased the other way, so across only odd functions of the aspect are left.
        columns += [np.stack([across * np.sin(order * shifts.aspect_rad), nothing], axis=1) for order in (1, 2)]
        columns += [np.stack([nothing, down * share], axis=1) for share in (np.ones(len(shifts)), _frontal(shifts))]
        most = np.maximum(np.abs(np.median(shifts.inset[members], axis=0)) / 2, LEAST_BIAS)
        prior += [most[0], most[0], most[1], most[1]]
    if doubt_s > 0:
        columns.append(late_px)
        prior.append(doubt_s)
    return np.stack(columns, axis=2), np.asarray(prior)


def _frontal(shifts: OutlineShifts) -> FloatArray:
    frontal: FloatArray = np.cos(shifts.aspect_rad)
    return frontal
