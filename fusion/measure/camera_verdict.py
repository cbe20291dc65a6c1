"""What the labels say of one camera, quantity by quantity: how far its numbers are off, or why nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.arrays import FloatArray
from calibration.errors import LensError, UnknownSensorError
from calibration.estimate import Estimate, Verdict
from fusion.errors import NotMeasurableError
from fusion.measure.camera_fit import FAMILIES, QUANTITIES, CameraFit, camera_fit
from fusion.measure.clustered_regression import ClusteredFit
from fusion.scene.scene import Scene

# The largest corrections that do no harm, by family, where nobody says otherwise.
HARMLESS = {"rotation": 0.15, "translation": 0.08, "time": 0.010}
UNITS = {"rotation": "deg", "translation": "m", "time": "s"}
IN_UNITS = np.array([*np.degrees([1.0] * 3), 1.0, 1.0, 1.0, 1.0])
FAMILY_OF = {QUANTITIES[part]: family for family, parts in FAMILIES.items() for part in parts}


@dataclass(frozen=True, eq=False)
class CameraVerdict:
    """One camera.

    estimates: of the correction, by quantity, in deg, m and s; cause: the families that are off ("rotation" ...), the
    best first, empty where nothing is; inseparable: the families of `cause` are alternatives, not all of them at once.
    """

    fit: CameraFit
    estimates: Mapping[str, Estimate]
    cause: tuple[str, ...]
    inseparable: bool

    def worst(self, family: str) -> str:
        """The quantity of a family that is furthest off."""
        names = [QUANTITIES[part] for part in FAMILIES[family]]
        known = [name for name in names if self.estimates[name].verdict is Verdict.OFF] or names
        return max(known, key=lambda name: abs(np.nan_to_num(self.estimates[name].value)))

    def accuses(self, family: str) -> bool:
        """Whether it is this family's to report: the best explanation, or one of several that are off together."""
        return family in (self.cause[:1] if self.inseparable else self.cause)

    def shift_px(self, family: str) -> float:
        """Median shift in the picture that this family's correction makes."""
        alone = family if self.cause[:1] == (family,) or self.inseparable else None
        return float(np.median(np.linalg.norm(self.fit.shift_px(alone), axis=1)))

    @property
    def told(self) -> str:
        """The cause in words, "" where there is none."""
        return (" or " if self.inseparable else " and ").join(self.cause)


def camera_verdict(fit: CameraFit, limits: Mapping[str, float]) -> CameraVerdict:
    """Judge a camera; limits: by family, in deg, m and s, the largest correction that does no harm.

    One explanation that suffices is preferred to several together.
    """
    single = fit.explanations[0] if fit.explanations else None
    estimates = {name: _estimate(fit, name, single, limits) for name in QUANTITIES}
    off = {FAMILY_OF[name] for name, estimate in estimates.items() if estimate.verdict is Verdict.OFF}
    if not fit.is_off or not off:
        return CameraVerdict(fit, estimates, (), False)
    cause = fit.explanations or tuple(name for name in FAMILIES if name in off)
    return CameraVerdict(fit, estimates, cause, len(fit.explanations) > 1)


def camera_verdicts(
    scene: Scene, cameras: Sequence[str], limits: Mapping[str, float]
) -> tuple[dict[str, CameraVerdict], tuple[str, ...]]:
    """Verdicts by camera, and for every camera why there is none, "" where there is."""
    verdicts, why_not = {}, []
    for camera in cameras:
        try:
            verdicts[camera] = camera_verdict(camera_fit(scene, camera), limits)
            why_not.append("")
        except (NotMeasurableError, LensError, UnknownSensorError) as error:
            why_not.append(str(error))
    return verdicts, tuple(why_not)


def _estimate(fit: CameraFit, name: str, single: str | None, limits: Mapping[str, float]) -> Estimate:
    family, part = FAMILY_OF[name], QUANTITIES.index(name)
    unit, limit, frames = UNITS[family], limits[family], len(np.unique(fit.shifts.frames))
    if family not in fit.families:
        return Estimate.cannot_tell(unit, "from labels: speeds are unknown, so an error of time can't be told", frames)
    if single not in (None, family):
        return Estimate.cannot_tell(unit, f"from labels: {single} alone explains what is off", frames)
    value, interval = fit.correction(single)[part], fit.intervals(single)[part]
    if family == "time" and fit.time_doubt_s:
        # A box on a raw sweep shows its object when the beam passed: an offset up to that says nothing of the clock.
        interval = interval + fit.time_doubt_s * np.array([-1.0, 1.0])
    value, (low, high) = value * IN_UNITS[part], (interval * IN_UNITS[part]).tolist()
    estimate = Estimate.of_correction(float(value), (low, high), unit, limit, frames)
    if estimate.verdict is Verdict.OFF and not fit.is_off:
        said = f"{estimate.reason}, but the labels as a whole do not contradict the files"
        estimate = replace(estimate, verdict=Verdict.CANNOT_TELL, reason=said)
    others = "" if len(fit.explanations) < 2 else f"; {' or '.join(fit.explanations)}: inseparable in this drive"
    if estimate.verdict is Verdict.CANNOT_TELL:
        others += _partner(fit, part)
    return replace(estimate, reason=f"from labels: {estimate.reason}{others}")


def _partner(fit: CameraFit, part: int) -> str:
    """What a quantity can't be told apart from, "" where noise alone hides it."""
    correlations = correlation(fit.joint)[part].copy()
    correlations[part] = 0.0
    correlations[[other for other in range(len(QUANTITIES)) if other not in fit.parts]] = 0.0
    partner = int(np.abs(correlations).argmax())
    return f"; inseparable from {QUANTITIES[partner]}" if abs(correlations[partner]) > INSEPARABLE else ""


# Estimates that share so much leave each other an interval more than twice as wide.
INSEPARABLE = 0.9


def correlation(fit: ClusteredFit) -> FloatArray:
    """(Q, Q) of the estimates."""
    sigmas = np.maximum(fit.sigmas, 1e-12)
    scaled: FloatArray = fit.covariance / sigmas[:, None] / sigmas[None, :]
    return scaled
