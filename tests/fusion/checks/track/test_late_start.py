"""What both ends share is in test_early_end.py; here is what only begins have."""

from __future__ import annotations

import numpy as np

from fusion.checks.finding import findings_of
from fusion.checks.track.late_start import late_start
from fusion.scene.scope import LabelScope

FRAMES = 30
SCOPE = LabelScope(max_range_m=80.0, source="declared")


def sweeps(tracks):
    """Points in the boxes of all tracks in every frame, labelled or not."""
    rng = np.random.default_rng(5)
    return [
        np.concatenate(
            [
                rng.uniform(-0.45, 0.45, (60, 3)) * track.sizes_m[frame]
                + np.append(track.xy_m[frame], track.sizes_m[frame, 2] / 2)
                for track in tracks
            ]
        )
        for frame in range(FRAMES)
    ]


def test_a_track_that_begins_with_the_scene_is_never_late(go, label) -> None:
    tracks = [go(count=FRAMES, speed_mps=0), go(count=FRAMES, at_m=(40, 5), speed_mps=0)]
    late = label([tracks[0].without(list(range(10))), tracks[1]], points=sweeps(tracks), scope=SCOPE)
    whole = label(tracks, points=sweeps(tracks), scope=SCOPE)
    reported = [
        findings_of(late_start, late_start(scene), ("x",), lambda severity, excess: 0.5) for scene in (late, whole)
    ]
    assert [[finding.track for finding in found] for found in reported] == [["t0"], []]
