"""One cause, one finding: what repeats on one object, or befalls many at once, goes under one finding.

A box drawn too low on one keyframe and copied along its track shows in every frame; a reviewer decides it once. And
when most tracks leave their paths in the same frame, the frame is to blame, its stamp or ego pose, and not each label.
The findings underneath stay in the run, each naming the finding that explains it in `cause`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.checks.rounding import digest
from fusion.checks.subject import SubjectKind

# Symptoms in single frames, and the finding about the two tracks.
OVERLAPS, DUPLICATE_TRACKS = ("BOX305", "BOX306"), "TRK520"
# Single boxes off the ground, and the finding about their whole track.
OFF_GROUND, TRACK_OFF_GROUND = "BOX304", "BOX319"
# Single faces, and the findings about the whole box that they are a part of.
FACES = ("BOX307", "BOX308")
WHOLE_BOX = ("BOX309", "BOX302", "BOX317", "TRK502")
# Fewer tracks may go wrong in the same frame by chance.
MIN_TRACKS_TOGETHER = 3


class Owner(NamedTuple):
    """What several findings of a check are really about; `sensor` keeps those of different cameras apart."""

    subject: SubjectKind
    name: str
    sensor: str = ""


def rolled_up(findings: Iterable[Finding], dataset_key: tuple[str, ...]) -> list[Finding]:
    """All findings, and one more for every track, sensor or frame that several findings of a check are about."""
    findings = _under_tracks_off_ground(list(findings))
    kept: list[Finding] = []
    by_owner: dict[tuple[str, Owner], list[Finding]] = defaultdict(list)
    for finding in findings:
        owner = None if finding.cause is not None else _owner(finding)
        if owner is None:
            kept.append(finding)
        else:
            by_owner[(finding.code, owner)].append(finding)
    for (_, owner), group in by_owner.items():
        kept.extend(group if len(group) == 1 else _with_parent(group, owner, dataset_key))
    return _under_whole_boxes(_under_pairs_of_tracks(kept))


def _under_tracks_off_ground(findings: list[Finding]) -> list[Finding]:
    """Boxes that hang above the ground go under the finding that their whole track does."""
    whole = {finding.track: finding.id for finding in findings if finding.code == TRACK_OFF_GROUND}
    return [
        finding.model_copy(update={"cause": whole[finding.track]})
        if finding.cause is None and finding.code == OFF_GROUND and finding.track in whole
        else finding
        for finding in findings
    ]


def _under_pairs_of_tracks(findings: list[Finding]) -> list[Finding]:
    """Overlaps of two tracks go under the finding that both are on one object."""
    doubles = {_track_names(finding): finding.id for finding in findings if finding.code == DUPLICATE_TRACKS}
    return [
        finding.model_copy(update={"cause": doubles[_track_names(finding)]})
        if finding.cause is None and finding.code in OVERLAPS and _track_names(finding) in doubles
        else finding
        for finding in findings
    ]


def _under_whole_boxes(findings: list[Finding]) -> list[Finding]:
    """Faces that are off go under the finding that their box stands or measures wrong as a whole."""
    whole: dict[tuple[str, str], str] = {}
    for finding in findings:
        if finding.code in WHOLE_BOX and finding.cause is None:
            whole.setdefault(_box_or_track(finding), finding.id)
    return [
        finding.model_copy(update={"cause": cause})
        if finding.code in FACES and finding.cause is None and (cause := _cause_of_face(finding, whole))
        else finding
        for finding in findings
    ]


def _cause_of_face(finding: Finding, whole: dict[tuple[str, str], str]) -> str | None:
    return whole.get(_box_or_track(finding)) or whole.get(("track", str(finding.track)))


def _box_or_track(finding: Finding) -> tuple[str, str]:
    if finding.subject == "track":
        return "track", str(finding.track)
    return "box", str(finding.label)


def _track_names(finding: Finding) -> tuple[str, ...]:
    return tuple(sorted({str(label.track) for label in finding.labels}))


def _owner(finding: Finding) -> Owner | None:
    """What a finding of one frame belongs to over all frames, or one of a track in all tracks of its frame."""
    sensor = finding.sensor or ""
    if finding.subject in ("box", "view") and finding.track is not None:
        return Owner("track", finding.track, sensor)
    if finding.subject == "pair" and all(label.track for label in finding.labels):
        return Owner("track", " + ".join(sorted(str(label.track) for label in finding.labels)), sensor)
    if finding.subject == "frame" and finding.sensor is not None:
        return Owner("sensor", finding.sensor, sensor)
    if finding.subject == "track" and finding.frame and _most_tracks_of_frame(finding.evidence):
        return Owner("frame", finding.frame)
    return None


def _most_tracks_of_frame(evidence: dict[str, Any]) -> bool:
    """The check saw the same happen to at least half of the tracks it looked at in this frame."""
    together, looked_at = evidence.get("tracks_together"), evidence.get("tracks_in_frame")
    if together is None or looked_at is None:
        return False
    return bool(together >= MIN_TRACKS_TOGETHER and 2 * together >= looked_at)


def _with_parent(group: list[Finding], owner: Owner, dataset_key: tuple[str, ...]) -> list[Finding]:
    worst = min(group, key=lambda finding: finding.rank)
    changes = _about_frame(worst, group) if owner.subject == "frame" else _about_object(worst, group, owner)
    parent = worst.model_copy(
        update={
            "id": digest(worst.code, *dataset_key, *owner),
            "subject": owner.subject,
            "evidence_hash": digest(worst.measured, worst.limit, changes["evidence"]),
            "labels": tuple(label for finding in group for label in finding.labels),
            **changes,
        }
    )
    return [parent, *(finding.model_copy(update={"cause": parent.id}) for finding in group)]


def _about_object(worst: Finding, group: list[Finding], owner: Owner) -> dict[str, Any]:
    """A track or a sensor, over several frames."""
    return {
        "message": f"{worst.message} (worst of {len(group)} frames)",
        "evidence": {**worst.evidence, "frames_affected": len(group), "worst_frame": worst.frame},
        "proposal": _joint_proposal(group, owner) if owner.subject == "track" else None,
    }


def _about_frame(worst: Finding, group: list[Finding]) -> dict[str, Any]:
    """A frame, with several tracks."""
    return {
        "message": f"{len(group)} tracks at once, so the frame's stamp or ego pose is in doubt; worst: {worst.message}",
        "evidence": {**worst.evidence, "tracks_affected": len(group), "worst_track": worst.track},
        "proposal": None,
        "label": None,
        "track": None,
        "category": None,
        "source": None,
    }


def _joint_proposal(group: list[Finding], owner: Owner) -> Proposal | None:
    """The correction of the whole track, where all frames propose the same, such as to delete the box."""
    proposals = [finding.proposal for finding in group if finding.proposal is not None]
    same = {proposal.model_copy(update={"target": "", "timestamps_ns": ()}).model_dump_json() for proposal in proposals}
    if len(proposals) < len(group) or len(same) > 1 or any(finding.track != owner.name for finding in group):
        return None
    stamps = sorted(finding.timestamp_ns for finding in group if finding.timestamp_ns is not None)
    return proposals[0].model_copy(update={"target": owner.name, "timestamps_ns": tuple(stamps)})


def leading(findings: Iterable[Finding]) -> list[Finding]:
    """The findings a person works through: those that no other finding explains, most urgent first."""
    return sorted((finding for finding in findings if finding.cause is None), key=lambda finding: finding.rank)
