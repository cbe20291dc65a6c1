"""All labels of a data set, in two strata: those that a run says anything about, and those nobody flagged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fusion.checks.finding import Finding
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.review.draw import Draw, Member
from fusion.review.subject import ReviewSubject
from fusion.scene.coded import Coded
from fusion.scene.dataset import Dataset
from fusion.scene.scene import Scene

RANGE_EDGES_M = (20.0, 40.0, 60.0)
RANGES = ("0-20 m", "20-40 m", "40-60 m", "60 m and beyond")


def label_draws(dataset: Dataset, findings: Sequence[Finding], seed: int, made_of: str = "") -> list[Draw]:
    """The draws of flagged and of unflagged labels; `made_of` stands for the findings.

    Raises:
        FileProblemError: a scene can't be read.
    """
    flags = Flags.of(findings)
    members = [member for name in dataset.scene_names for member in members_of(dataset.scene(name), flags)]
    flagged = [member for member in members if member.findings]
    unflagged = [member for member in members if not member.findings]
    return [
        Draw.of("flagged", "flagged", flagged, seed, made_of),
        Draw.of("unflagged", "unflagged", unflagged, seed, made_of),
    ]


@dataclass(frozen=True)
class Flags:
    """Ids of the findings about each label and about each whole track, both by scene and name."""

    of_label: dict[tuple[str, str], list[str]]
    of_track: dict[tuple[str, str], list[str]]

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> Flags:
        """The labels that findings name; symptoms under a cause flag theirs as well."""
        flags = cls({}, {})
        for finding in findings:
            whole_track = finding.subject == "track" and finding.track
            named = [] if whole_track else [(one.scene, one.label) for one in finding.labels]
            for label in dict.fromkeys(named):
                flags.of_label.setdefault(label, []).append(finding.id)
            if whole_track and finding.track:
                flags.of_track.setdefault((finding.scene, finding.track), []).append(finding.id)
        return flags

    def about(self, scene: str, label: str, track: str) -> tuple[str, ...]:
        """Ids of the findings about one label."""
        of_track = self.of_track.get((scene, track), []) if track else []
        return tuple(dict.fromkeys([*self.of_label.get((scene, label), []), *of_track]))


def members_of(scene: Scene, flags: Flags) -> Iterable[Member]:
    """Every box of a scene, with what it is: class, range from the vehicle, who drew it."""
    boxes = scene.labels.boxes
    ranges_m = np.linalg.norm(boxes_in_ego(scene).centres_m[:, :2], axis=1)
    bins = np.searchsorted(RANGE_EDGES_M, ranges_m, side="right")
    drawn_by: dict[str, Coded | None] = {"category": boxes.category}
    if boxes.provenance is not None:
        drawn_by |= {"annotator": boxes.provenance.annotator, "vendor": boxes.provenance.vendor}
    for row, label in enumerate(boxes.label_ids):
        traits = {name: column[row] for name, column in drawn_by.items() if column is not None and column[row]}
        if np.isfinite(ranges_m[row]):
            traits["range"] = RANGES[int(bins[row])]
        named = flags.about(scene.name, str(label), boxes.track[row] or "")
        yield Member(str(ReviewSubject("label", str(label), scene.name)), scene.name, traits, findings=named)
