"""A finding that says what is off, and which other findings may follow from it."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.arrays import IntArray
from fusion.checks.catalogue import find_check
from fusion.checks.finding import Finding
from fusion.judge.effects import Effect

# A wrong calibration, clock or pose shows in these; files, names and other sensors are no symptoms.
SYMPTOMS = ("BOX", "IMG", "TRK")


@dataclass(frozen=True, eq=False)
class Cause:
    """A finding, what it says is off, and which other findings may follow from it.

    camera: only what is seen through it, "" where it is no camera; frames: (K,) only in these, or tracks that show
    their defect there; labels: only about these rows, None where any label may suffer; symptoms: what codes of
    findings may follow begin with; reads_points: only checks that read the sweeps; pairs: two boxes that meet may
    follow too (boxes of one frame share its stamp and pose, and no camera draws two of them); alone: an error of
    single labels, which do not meet, so that all such causes are tried at once; passing: nothing else is measured with
    its effect taken out, which puts right what the finding sees and puts wrong what others see; unseen: what can't be
    judged any more follows too, as where it only said that a measurement is another one.
    """

    finding: Finding
    effect: Effect
    camera: str
    frames: IntArray
    labels: frozenset[str] | None = None
    symptoms: tuple[str, ...] = SYMPTOMS
    reads_points: bool = False
    pairs: bool = False
    alone: bool = False
    passing: bool = False
    unseen: bool = False

    def may_explain(self, finding: Finding) -> bool:
        """Whether another finding could follow from this one; measuring again decides."""
        if finding.id == self.finding.id or finding.cause is not None or not finding.code.startswith(self.symptoms):
            return False
        if finding.subject == "pair" and not self.pairs:
            return False
        if self.reads_points and find_check(finding.code).tier != "points":
            return False
        if self.camera and finding.sensor != self.camera:
            return False
        if self.labels is not None:
            same_track = self.alone and finding.subject == "track" and finding.track == self.finding.track
            return same_track or any(label.label in self.labels for label in finding.labels)
        return finding.frame_index is not None and finding.frame_index in self.frames
