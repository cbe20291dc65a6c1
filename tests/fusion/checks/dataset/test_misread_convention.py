from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fusion.checks.dataset.misread_convention as module
from fusion.checks.dataset.misread_convention import MisreadConventionLimits, misread_convention
from fusion.checks.finding import Finding, findings_of
from fusion.errors import NotMeasurableError
from fusion.formats.registry import open_dataset
from fusion.measure.conventions import ConventionFit
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import SceneBuilder

CROSSING = Path(__file__).parents[4] / "sample_data/crossing/v1.0-clean"


def findings(scene: Scene, limits: MisreadConventionLimits | None = None) -> list[Finding]:
    assessment = misread_convention(scene, limits)
    return findings_of(misread_convention, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


@pytest.fixture(scope="module")
def crossing() -> Scene:
    return open_dataset(CROSSING).scene("crossing-0001")


def test_reports_a_mix_up_of_all_labels_once(crossing: Scene) -> None:
    (finding,) = findings(plant(crossing, [parse_fault("length-width")], 0).scene)
    assert finding.message.startswith("length and width are exchanged: without it boxes hold +")
    assert (finding.severity, finding.subject, finding.evidence["misread"]) == ("error", "scene", "length-width")


def test_is_quiet_on_the_clean_twin(crossing: Scene) -> None:
    assert findings(crossing) == []


@pytest.mark.parametrize(("gain", "reported"), [(0.30, 0), (0.31, 1)], ids=["at the limit", "beyond"])
def test_holds_at_its_limit(monkeypatch: pytest.MonkeyPatch, gain: float, reported: int) -> None:
    monkeypatch.setattr(module, "convention_fits", lambda scene: (ConventionFit("yaw-sign", gain, 1.0, 20),))
    boxes = Boxes3D.upright([[0.0, 0.0, 0.0]], [[4.0, 2.0, 1.5]], [0.0])
    scene = SceneBuilder().frame(np.zeros((1, 3), dtype=np.float32), boxes).build()
    assert len(findings(scene, MisreadConventionLimits(max_gain=0.30))) == reported


def test_nothing_labelled_and_nothing_swept_is_not_judged() -> None:
    with pytest.raises(NotMeasurableError, match="nothing is labelled"):
        misread_convention(SceneBuilder().frame(np.zeros((1, 3), dtype=np.float32)).build())
    boxes = Boxes3D.upright([[0.0, 0.0, 0.0]], [[4.0, 2.0, 1.5]], [0.0])
    with pytest.raises(NotMeasurableError, match="no sweep"):
        misread_convention(SceneBuilder().frame(None, boxes).build())
