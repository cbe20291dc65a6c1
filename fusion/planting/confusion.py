"""Which cause is named when which is planted: a camera turned, moved or late, a pose, a slipped frame, one label.

Each fault is planted alone, in memory, with its size and place drawn from a seed. Where a scene has no 2D boxes of its
own they are drawn around the projections of its 3D boxes, as a hand would, and the 3D boxes are displaced a little
afterwards, as a labeller would. Whether a drive can show a fault at all is told beforehand from the fit of the drive
without it: a shift that moves no picture by more than its noise is not excited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import FloatArray
from calibration.errors import BoresightError
from fusion.errors import NotMeasurableError
from fusion.judge.effects import CameraEffect, renewed, with_boxes, with_boxes_in_ego
from fusion.measure.box_projection import project_boxes
from fusion.measure.camera_fit import FAMILIES, QUANTITIES, TELLING_CHI_SQUARED, CameraFit, camera_fit
from fusion.measure.camera_verdict import HARMLESS, camera_verdicts
from fusion.measure.clustered_regression import chi_squared_limit
from fusion.measure.frame_steps import POSE, SLIP, frame_steps
from fusion.measure.outline_shifts import cameras_drawn_in
from fusion.measure.relative_motion import ego_motion
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.measure.stray_tracks import SIGMAS, stray_tracks
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.scene import Scene

LABEL, NOTHING = "label", "nothing"
CAUSES = ("rotation", "translation", "time", POSE, SLIP, LABEL)
# What is planted: degrees about pitch or yaw, metres across or up, seconds; of labels metres aside.
TURNS_DEG, MOVES_M, DELAYS_S, LABEL_M = (0.5, 1.0), (0.3, 0.5), (0.03, 0.06), 1.0
STEP_M = 0.15
# Twice what is called off is expected to be found nearly always, the limit itself every other time.
EXCITED = 2.0
# Faults that another cause explains but for so little chi-squared cannot be told from it.
SEPARABLE = 2 * TELLING_CHI_SQUARED
DRAWN_SIGMA_PX, LABEL_SIGMA_M = 2.0, 0.05
MIN_SIDE_PX = 12.0
MIN_SLIP_M = 0.3


@dataclass(frozen=True, eq=False)
class ConfusionTable:
    """Trials by planted cause and by what was named.

    named: (planted, name) -> trials in which the drive could show the cause; names are those of `CAUSES`, several
    joined by " or " where they are said to be inseparable, by " and " where they are said to act together, "nothing";
    quiet: by planted cause, trials in which the drive could not show it, and what was named then.
    """

    named: Counter[tuple[str, str]]
    quiet: Counter[tuple[str, str]]

    def trials(self, planted: str) -> int:
        """How often a cause was planted where the drive could show it."""
        return sum(count for (cause, _), count in self.named.items() if cause == planted)

    def right(self, planted: str) -> float:
        """Share of these trials in which it was named, alone or as one of several that can't be told apart."""
        trials = self.trials(planted)
        good = sum(
            count for (cause, name), count in self.named.items() if cause == planted and planted in name.split(" or ")
        )
        return good / trials if trials else float("nan")

    def wrong(self, planted: str) -> float:
        """Share of all trials in which only other causes were named."""
        both = self.named + self.quiet
        trials = sum(count for (cause, _), count in both.items() if cause == planted)
        bad = sum(
            count
            for (cause, name), count in both.items()
            if cause == planted and name != NOTHING and planted not in name.replace(" and ", " or ").split(" or ")
        )
        return bad / trials if trials else float("nan")


def confusion_table(scene: Scene, seeds: Sequence[int], causes: Sequence[str] = CAUSES) -> ConfusionTable:
    """Plant each cause once a seed, and see what is named.

    Raises:
        NotMeasurableError: no camera of the scene sees enough labelled objects.
    """
    named: Counter[tuple[str, str]] = Counter()
    quiet: Counter[tuple[str, str]] = Counter()
    for seed in seeds:
        chance = np.random.default_rng(seed)
        drawn = with_drawn_boxes(scene, chance)
        for cause in causes:
            planted = _planted(drawn, cause, seed, chance)
            if planted is not None:
                wrong, excited = planted
                (named if excited else quiet)[cause, named_cause(wrong)] += 1
    return ConfusionTable(named, quiet)


def named_cause(scene: Scene) -> str:
    """What the labels of a scene say is off: one of `CAUSES`, several, or "nothing"."""
    found: list[str] = []
    try:
        cameras = cameras_drawn_in(scene)
        verdicts, _ = camera_verdicts(scene, cameras, HARMLESS)
        found += [verdict.told for verdict in verdicts.values() if verdict.told]
    except NotMeasurableError:  # without 2D boxes cameras can't be told
        cameras = ()
    try:
        found += [step.cause for step in frame_steps(scene, STEP_M).steps]
    except NotMeasurableError:  # nor frames without tracks
        found += []
    if not found and stray_tracks(scene, cameras):
        found.append(LABEL)
    return " and ".join(dict.fromkeys(found)) or NOTHING


def _planted(scene: Scene, cause: str, seed: int, chance: np.random.Generator) -> tuple[Scene, bool] | None:
    """The scene with this cause in it, and whether the drive can show it; None where there is no place for it."""
    if cause in FAMILIES:
        return _with_camera_off(scene, cause, chance)
    if cause == LABEL:
        return _with_label_off(scene, chance)
    fault = parse_fault("pose-jump:1:frame" if cause == POSE else "slip:1:frame")
    result = plant(scene, [fault], seed)
    if not result.truths:
        return None
    frame = result.truths[0].frames[0]
    assessed = frame_steps(scene, STEP_M).assessed[[frame - 1, frame, frame + 1]].all()
    moved_m = float(np.linalg.norm(ego_motion(scene).velocities_mps[frame])) * _step_s(scene, frame)
    return result.scene, bool(assessed and (cause == POSE or moved_m > MIN_SLIP_M))


def _step_s(scene: Scene, frame: int) -> float:
    stamps = scene.frame_table.timestamps_ns
    return float(stamps[frame] - stamps[frame - 1]) / 1e9


def _with_camera_off(scene: Scene, family: str, chance: np.random.Generator) -> tuple[Scene, bool] | None:
    fits = _fits(scene)
    if not fits:
        raise NotMeasurableError("no camera sees enough labelled objects to tell what is off")
    fit = fits[int(chance.integers(len(fits)))]
    correction = np.zeros(len(QUANTITIES))
    way = chance.choice([-1.0, 1.0])
    if family == "rotation":
        correction[int(chance.choice([1, 2]))] = way * np.radians(chance.uniform(*TURNS_DEG))
    elif family == "translation":
        correction[int(chance.choice([4, 5]))] = way * chance.uniform(*MOVES_M)
    else:
        correction[6] = way * chance.uniform(*DELAYS_S)
    wrong = CameraEffect.of(fit.camera, correction).opposite().removed_from(scene)
    return wrong, _is_excited(fit, family, correction)


def _fits(scene: Scene) -> list[CameraFit]:
    fits = []
    for camera in cameras_drawn_in(scene):
        try:
            fits.append(camera_fit(scene, camera))
        except BoresightError:  # a camera that sees too little is not drawn for planting
            continue
    return fits


def _is_excited(fit: CameraFit, family: str, correction: FloatArray) -> bool:
    """Whether the fault moves the pictures by more than noise, and as no other fault does."""
    if family not in fit.families:
        return False
    seen = replace(fit.joint, effects=correction)
    shown = seen.unexplained()
    enough = EXCITED * chi_squared_limit(len(fit.parts), fit.joint.clusters, 1e-3)
    others = [seen.unexplained(list(parts)) for name, parts in fit.families.items() if name != family]
    return bool(shown > enough and min(others) > SEPARABLE)


def _with_label_off(scene: Scene, chance: np.random.Generator) -> tuple[Scene, bool] | None:
    """One whole track a metre aside, to the left of ego as a camera sees it."""
    fits = _fits(scene)
    if not fits:
        return None
    fit = fits[int(chance.integers(len(fits)))]
    codes = scene.labels.boxes.track.codes
    seen = np.bincount(codes[fit.shifts.rows][codes[fit.shifts.rows] >= 0], minlength=1)
    candidates = np.flatnonzero(seen >= 3)
    if not len(candidates):
        return None
    rows = np.flatnonzero(codes == int(chance.choice(candidates)))
    boxes = boxes_in_ego(scene)
    aside = np.stack([-boxes.centres_m[rows, 1], boxes.centres_m[rows, 0], np.zeros(len(rows))], axis=1)
    aside *= LABEL_M / np.maximum(np.linalg.norm(aside, axis=1), 1e-6)[:, None]
    wrong = with_boxes_in_ego(scene, rows, boxes.centres_m[rows] + aside, boxes.rotations[rows])
    (place,) = np.flatnonzero(fit.track_codes == codes[rows[0]])
    return wrong, bool(fit.joint.cluster_sigma[place, 0] < LABEL_M / (EXCITED * SIGMAS))


def with_drawn_boxes(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene with 2D boxes: its own where they prove anything, else drawn around its projected 3D boxes."""
    try:
        if any(fit.joint.scale for fit in _fits(scene)):
            return scene
    except NotMeasurableError:  # none, or derived ones: they are drawn now
        pass
    parts = [_drawn_in(scene, frame, chance) for frame in range(len(scene.frame_table))]
    cameras = [name for part in parts for name in part[0]]
    rows = np.concatenate([part[2] for part in parts]) if parts else np.zeros(0, dtype=np.int64)
    drawn = Boxes2D.from_columns(
        cameras,
        np.concatenate([part[1] for part in parts]) if parts else np.zeros((0, 4)),
        frame_index=scene.labels.frame_index[rows],
        box3d_rows=rows.astype(np.int32),
        derived=False,
    )
    labels = replace(scene.labels, boxes_2d=drawn)
    told = renewed(scene, label_sets={**scene.label_sets, scene.labels_on_trial: labels})
    return _jittered(told, chance)


def _drawn_in(scene: Scene, frame: int, chance: np.random.Generator) -> tuple[list[str], FloatArray, FloatArray]:
    """Cameras, edges (K, 4) and label rows (K,) of what one frame's pictures would show."""
    handle = scene.frames[frame]
    cameras: list[str] = []
    edges, rows = [np.zeros((0, 4))], [np.zeros(0, dtype=np.int64)]
    for name, view in handle.cameras.items():
        bounds = project_boxes(view.corners_in_camera, view.camera).bounds_px
        with np.errstate(invalid="ignore"):
            seen = np.flatnonzero((bounds[:, 2:] - bounds[:, :2] > MIN_SIDE_PX).all(axis=1))
        edges.append(bounds[seen] + chance.normal(0, DRAWN_SIGMA_PX, (len(seen), 4)))
        rows.append(handle.label_rows[seen])
        cameras += [name] * len(seen)
    return cameras, np.concatenate(edges), np.concatenate(rows)


def _jittered(scene: Scene, chance: np.random.Generator) -> Scene:
    """Every track off by a few centimetres for good, as labels are."""
    boxes = scene.labels.boxes
    tracks = scene.labels.tracks.of_rows(len(boxes))
    lasting = chance.normal(0, LABEL_SIGMA_M, (len(scene.labels.tracks) + 1, 3)) * np.array([1.0, 1.0, 0.4])
    return with_boxes(scene, replace(boxes, centres_m=boxes.centres_m + lasting[tracks]))
