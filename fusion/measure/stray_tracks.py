"""Objects whose label is off by itself, while everything around it is right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.errors import BoresightError
from fusion.measure.camera_fit import camera_fit
from fusion.scene.scene import Scene

# A label this far off, and by so many standard deviations, is no jitter of a careful hand.
LEAST_M = 0.35
SIGMAS = 4.0


def stray_tracks(scene: Scene, cameras: Sequence[str]) -> tuple[str, ...]:
    """Tracks whose outlines are off their 2D boxes although the camera is accounted for, the worst first."""
    found: dict[str, float] = {}
    for camera in cameras:
        try:
            fit = camera_fit(scene, camera)
        except BoresightError:  # a camera that can't be fitted tells of no label either
            continue
        if fit.is_off:  # then the camera is in doubt, and every label with it
            continue
        # Depth is hardly told by a picture: across and up count.
        off_m = np.abs(fit.joint.cluster_effects[:, :2])
        sure = off_m > SIGMAS * np.maximum(fit.joint.cluster_sigma[:, :2], fit.joint.spread)
        worst_m = np.where(sure & (off_m > LEAST_M), off_m, 0.0).max(axis=1)
        for row in np.flatnonzero((worst_m > 0) & (fit.track_codes >= 0)):
            name = scene.labels.boxes.track.names[int(fit.track_codes[row])]
            found[name] = max(found.get(name, 0.0), float(worst_m[row]))
    return tuple(sorted(found, key=lambda name: -found[name]))
