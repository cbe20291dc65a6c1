from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.box.size_of_another_class import SizeOfAnotherClassLimits, size_of_another_class
from fusion.checks.finding import Finding, findings_of
from fusion.errors import NotMeasurableError
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

Size = tuple[float, float, float]


def track_of(category: str, *sizes: Size, tracked: bool = True) -> Scene:
    count = len(sizes)
    boxes = Boxes3D.upright(
        [[10.0, row, 0.8] for row in range(count)],
        sizes,
        np.zeros(count),
        category=[category] * count,
        track=["a"] * count if tracked else None,
        timestamps_ns=np.arange(count) * 100_000_000,
    )
    return scene_from_arrays(boxes=boxes, box_frames=range(count), timestamps_ns=np.arange(count) * 100_000_000)


def findings(scene: Scene, limits: SizeOfAnotherClassLimits | None = None) -> list[Finding]:
    assessment = size_of_another_class(scene, limits)
    return findings_of(size_of_another_class, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


@pytest.mark.parametrize(
    ("category", "size", "looks_like"),
    [
        ("pedestrian", (4.5, 1.9, 1.6), "car"),
        ("car", (11.5, 3.0, 3.3), "bus"),
        ("car", (0.7, 0.7, 1.75), "pedestrian"),
        ("bus", (4.4, 1.9, 1.6), "car"),
        ("traffic cone", (4.4, 1.9, 1.6), "car"),
    ],
)
def test_reports_a_track_with_the_size_of_another_class_once(category: str, size: Size, looks_like: str) -> None:
    (finding,) = findings(track_of(category, *[size] * 3))
    assert finding.evidence["looks_like"] == looks_like
    assert f"m is the size of a {looks_like}, not of its class" in finding.message
    assert (finding.subject, finding.track) == ("track", "a")


@pytest.mark.parametrize(
    ("category", "size"),
    [
        ("car", (3.6, 1.6, 1.45)),
        ("car", (5.6, 2.2, 2.5)),
        ("pedestrian", (0.4, 0.4, 1.0)),
        ("pedestrian", (1.2, 0.8, 1.7)),
        ("truck", (5.3, 2.0, 2.1)),
        ("bus", (7.0, 2.5, 2.9)),
        ("bicycle", (1.8, 0.7, 1.8)),
        ("motorcycle", (2.2, 1.0, 1.8)),
        ("traffic cone", (0.3, 0.3, 0.5)),
    ],
)
def test_is_quiet_on_the_small_the_large_and_the_odd_of_a_class(category: str, size: Size) -> None:
    assert findings(track_of(category, *[size] * 3)) == []


def test_one_slipped_size_in_a_track_is_no_class() -> None:
    assert findings(track_of("pedestrian", (0.7, 0.7, 1.75), (4.5, 1.9, 1.6), (0.7, 0.7, 1.75))) == []


def test_boxes_without_tracks_are_judged_one_by_one() -> None:
    scene = track_of("pedestrian", (0.7, 0.7, 1.75), (4.5, 1.9, 1.6), tracked=False)
    assert [finding.label for finding in findings(scene)] == ["1"]


def test_holds_at_its_limits() -> None:
    scene = track_of("pedestrian", *[(4.5, 1.9, 1.6)] * 3)
    (found,) = findings(scene)
    assert found.measured is not None
    assert findings(scene, SizeOfAnotherClassLimits(min_distance=found.measured + 0.01)) == []
    assert findings(scene, SizeOfAnotherClassLimits(max_distance=0.001)) == []


def test_classes_without_a_published_size_are_not_assessed() -> None:
    assert not size_of_another_class(track_of("trailer", (4.5, 1.9, 1.6))).assessed.any()
    with pytest.raises(NotMeasurableError, match="nothing is labelled"):
        size_of_another_class(scene_from_arrays(timestamps_ns=[0]))
