"""ONT609 changing-attribute: an attribute of the object changes along its track.

What it looks for: attributes that the label specification calls constant and that have several values on one track.
Why it matters: an object does not change its colour or kind: one value is wrong, or two objects share an id.
Evidence: the attribute, the usual value, how many labels have another one.
Blind spots: needs a label specification; labels without track ids.
Example: a car in the tests that is a taxi in two of its five frames.
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import IntArray
from fusion.checks.assessment import Assessment
from fusion.checks.check import scene_check
from fusion.checks.severity import Severity
from fusion.checks.specified import SpecifiedLimits
from fusion.checks.subject import TrackRows
from fusion.errors import NotMeasurableError
from fusion.scene.coded import Coded
from fusion.scene.scene import Scene


class ChangingAttributeLimits(SpecifiedLimits):
    """None of its own: the label specification decides."""


@scene_check("ONT609", Severity.WARNING, ChangingAttributeLimits)
def changing_attribute(scene: Scene, limits: ChangingAttributeLimits) -> tuple[Assessment, ...]:
    """For each constant attribute, how many labels of each track differ from its usual value."""
    attributes, tracks = scene.labels.boxes.attributes, scene.labels.tracks
    constant = [name for name, rule in limits.rules.attributes.items() if rule.constant and name in attributes]
    if not constant:
        raise NotMeasurableError("no attribute in use is constant by the specification")
    if not len(tracks):
        raise NotMeasurableError("labels have no track ids")
    return tuple(_assess(scene, name, attributes[name].as_text) for name in constant)


def _assess(scene: Scene, name: str, values: Coded) -> Assessment:
    tracks = scene.labels.tracks
    found = [_others(tracks.rows(track), values) for track in range(len(tracks))]
    counts = np.asarray([len(others) for _, others in found])
    looks = [tracks.rows(track)[0] if not len(others) else others[0] for track, (_, others) in enumerate(found)]
    return Assessment(
        about=TrackRows(scene, np.arange(len(tracks)), np.asarray(looks, dtype=np.int64)),
        violated=counts > 0,
        measured=counts.astype(np.float64),
        limit=0.0,
        unit="",
        message="{attribute} is {usual!r} on most of the track and something else on {measured:.0f} labels",
        evidence={
            "attribute": np.full(len(tracks), name, dtype=object),
            "usual": np.asarray([usual for usual, _ in found], dtype=object),
        },
    )


def _others(rows: IntArray, values: Coded) -> tuple[str, IntArray]:
    """The value most labels of a track have, and the rows that have another one; rows without one don't count."""
    told = rows[values.present[rows]]
    if not len(told):
        return "", told
    codes, counts = np.unique(values.codes[told], return_counts=True)
    usual = codes[np.argmax(counts)]
    return values.names[usual], told[values.codes[told] != usual]
