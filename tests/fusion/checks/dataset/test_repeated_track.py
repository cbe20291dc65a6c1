from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fusion.checks.dataset.repeated_track import RepeatedTrackLimits, repeated_track
from fusion.checks.finding import Finding, findings_of
from fusion.checks.proposal import Proposal
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

FRAMES = 3


def scene_of(*labels: tuple[str | None, int, float], category: list[str] | None = None) -> Scene:
    """Boxes of (track, frame, x in metres)."""
    tracks, frames, places = zip(*labels, strict=True)
    boxes = Boxes3D.upright(
        [(x, 0, 0.8) for x in places],
        np.tile([4.5, 1.9, 1.6], (len(labels), 1)),
        np.zeros(len(labels)),
        track=list(tracks),
        category=category or ["Car"] * len(labels),
    )
    return scene_from_arrays(
        boxes=boxes, box_frames=frames, timestamps_ns=np.arange(FRAMES) * 100_000_000, reference="world"
    )


def two_cars_apart() -> list[tuple[str | None, int, float]]:
    return [(track, frame, x) for frame in range(FRAMES) for track, x in (("a", 10.0), ("b", 20.0))]


def findings(scene: Scene, limits: RepeatedTrackLimits | None = None) -> list[Finding]:
    assessments = repeated_track.assess(scene, limits)
    return [f for a in assessments for f in findings_of(repeated_track, a, ("arrays", "scene"), lambda s, e: 0.5)]


def test_reports_two_cars_that_share_an_id_in_one_frame() -> None:
    labels = two_cars_apart()
    labels[3] = ("a", 1, 20.0)
    (finding,) = findings(scene_of(*labels))
    assert finding.message == "2 boxes of one track in one frame, 10.00 m apart (in 1 frames)"
    assert (finding.severity, finding.subject, finding.track, finding.frame) == ("error", "track", "a", "1")
    assert (finding.measured, finding.limit) == (2, 1)
    assert finding.proposal is None


def test_is_quiet_on_the_clean_twin() -> None:
    assert findings(scene_of(*two_cars_apart())) == []


def test_a_copy_is_proposed_for_deletion_under_its_own_id() -> None:
    (finding,) = findings(scene_of(*two_cars_apart(), ("a", 2, 10.001)))
    assert finding.message == "2 boxes of one track in one frame, 0.00 m apart, copies of each other (in 1 frames)"
    assert finding.proposal == Proposal(action="delete", target="6", reference="world", timestamps_ns=(0,))


def test_copies_in_several_frames_are_named_one_by_one() -> None:
    (finding,) = findings(scene_of(*two_cars_apart(), ("a", 1, 10.0), ("a", 2, 10.0)))
    assert finding.proposal is not None
    assert (finding.proposal.target, finding.proposal.values) == ("a", {"label_ids": ["6", "7"]})


def test_the_same_place_under_another_class_is_no_copy() -> None:
    (finding,) = findings(scene_of(("a", 0, 10.0), ("a", 0, 10.0), category=["Car", "Van"]))
    assert finding.proposal is None


def test_labels_written_twice_are_one_finding() -> None:
    once: list[tuple[str | None, int, float]] = [(str(track), 0, 10.0 * track) for track in range(6)]
    (finding,) = findings(scene_of(*once, *once))
    assert finding.message == "6 of 6 tracks have several boxes in one frame, 6 of them only copies"
    assert (finding.severity, finding.subject, finding.measured) == ("error", "scene", 1)


def test_holds_exactly_at_its_limit() -> None:
    labels: list[tuple[str | None, int, float]] = [(str(track), 0, 10.0 * track) for track in range(6)]
    labels += [(str(track), 0, 3.0) for track in range(3)]
    assert [finding.subject for finding in findings(scene_of(*labels))] == ["track"] * 3
    below = RepeatedTrackLimits(max_share_of_tracks=float(np.nextafter(0.5, 0)))
    assert [finding.subject for finding in findings(scene_of(*labels), below)] == ["scene"]


def test_boxes_without_a_track_or_a_frame_are_nobodys_copies() -> None:
    labels = [*two_cars_apart(), (None, 0, 5.0), (None, 0, 6.0)]
    scene = scene_of(*labels, ("a", 2, 10.0))
    lost = replace(scene.labels, frame_index=np.append(scene.labels.frame_index[:-1], -1))
    assert findings(replace(scene, label_sets={"labels": lost})) == []


def test_admits_that_there_are_no_tracks() -> None:
    with pytest.raises(NotMeasurableError, match="labels have no track ids"):
        repeated_track.assess(scene_of((None, 0, 1.0)))


def test_a_real_file_that_tells_each_label_twice_is_one_finding(shared_data: Path) -> None:
    """Rebuilt labels that have a row for the left camera's 2D box and one for the right one's."""
    (scene,) = open_dataset(shared_data / "kitti-tracking/derived/label_02/0001.txt").scenes()
    (finding,) = findings(scene)
    assert finding.message == "98 of 98 tracks have several boxes in one frame, 98 of them only copies"


def test_real_tracks_have_one_box_a_frame(shared_data: Path) -> None:
    (scene,) = open_dataset(shared_data / "argoverse2-sensor").scenes()
    assert findings(scene) == []
