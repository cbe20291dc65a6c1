"""Files and conventions as causes, proven end to end on the sample scene: what follows from them, and what does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fusion.checks.finding import Finding
from fusion.checks.settings import Settings
from fusion.formats.registry import open_dataset
from fusion.judge.effects import with_boxes
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.planting.streams import with_measurement_repeated
from fusion.run.phases import judge_scene, measure_frames
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays

CROSSING = Path(__file__).parents[3] / "sample_data/crossing/v1.0-clean"
CODES = ["BOX302", "BOX305", "BOX309", "BOX315", "DAT006", "DAT010", "DAT013", "DAT017", "TIM203", "TRK501", "TRK522"]


def findings_of(scene: Scene, codes: list[str]) -> list[Finding]:
    settings = Settings(select=tuple(codes))
    return judge_scene(scene, [measure_frames(scene, range(len(scene.frames)), settings)], settings).findings


def under(findings: list[Finding], code: str) -> Counter[str]:
    causes = {one.id for one in findings if one.code == code}
    return Counter(one.code for one in findings if one.cause in causes and one.code != code)


@pytest.fixture(scope="module")
def crossing() -> Scene:
    return open_dataset(CROSSING).scene("crossing-0001")


@pytest.fixture(scope="module")
def copied(crossing: Scene) -> Scene:
    """Its ninth sweep is a copy of the eighth."""
    return with_measurement_repeated(crossing, "LIDAR_TOP", 8)


@pytest.fixture(scope="module")
def of_the_copy(copied: Scene) -> list[Finding]:
    return findings_of(copied, ["BOX309", "DAT006", "DAT013"])


def shifted(scene: Scene, row: int, by_m: float) -> Scene:
    centres = scene.labels.boxes.centres_m.copy()
    centres[row, :2] += by_m / np.sqrt(2)
    return with_boxes(scene, replace(scene.labels.boxes, centres_m=centres))


def test_boxes_beside_the_points_of_a_copied_sweep_go_under_it(crossing: Scene, of_the_copy: list[Finding]) -> None:
    before = sum(one.subject == "box" for one in findings_of(crossing, ["BOX309"]))
    explained = under(of_the_copy, "DAT013")
    assert explained["DAT006"] == 1
    assert explained["BOX309"] > 10
    assert sum(one.code == "BOX309" and one.subject == "box" for one in of_the_copy) <= explained["BOX309"] + before


def test_a_box_that_is_off_by_itself_is_not_hidden_by_a_copied_sweep(
    crossing: Scene, copied: Scene, of_the_copy: list[Finding]
) -> None:
    ids = [str(name) for name in crossing.labels.boxes.label_ids]
    follow = [one for one in of_the_copy if one.code == "BOX309" and one.frame_index == 8 and one.cause]
    wrong = ids.index(next(str(one.label) for one in follow if one.category == "vehicle.car"))
    findings = findings_of(shifted(copied, wrong, -0.6), ["BOX309", "DAT013"])
    (own,) = [one for one in findings if one.code == "BOX309" and one.label == ids[wrong] and one.subject == "box"]
    causes = {one.id: one.code for one in findings}
    assert "DAT013" in causes.values()
    assert own.cause is None or causes[own.cause] == "BOX309"


def test_a_slip_is_not_told_again_where_labels_are_copies(crossing: Scene) -> None:
    wrong = plant(crossing, [parse_fault("slip-in-world:1:frame")], 0).scene
    findings = findings_of(wrong, ["DAT010", "TIM203", "TRK501", "BOX309"])
    explained = under(findings, "DAT010")
    assert explained["TIM203"] == 1
    assert explained["TRK501"] + explained["BOX309"] > 5
    assert [one.code for one in findings if one.cause is None and one.code != "BOX309"] == ["DAT010"]


def test_an_error_elsewhere_is_not_hidden_by_copied_labels(crossing: Scene) -> None:
    wrong = plant(crossing, [parse_fault("shift:1:frame")], 1)
    frame = wrong.truths[0].frames[0]
    scene = plant(wrong.scene, [parse_fault("slip-in-world:1:frame")], 0).scene
    findings = findings_of(scene, ["DAT010", "TIM203", "TRK501"])
    assert "DAT010" in {one.code for one in findings}
    assert any(one.code == "TRK501" and one.cause is None and one.frame_index == frame for one in findings)


def test_all_that_follows_from_a_mix_up_goes_under_it(crossing: Scene) -> None:
    findings = findings_of(plant(crossing, [parse_fault("length-width")], 0).scene, CODES)
    explained = under(findings, "DAT017")
    assert explained["BOX302"] > 400
    assert explained["BOX305"] > 20
    assert explained["BOX315"] >= 4
    assert sum(one.cause is None for one in findings) <= 4


def test_a_wrong_size_is_not_hidden_by_a_mix_up(crossing: Scene) -> None:
    mixed = plant(crossing, [parse_fault("length-width")], 0).scene
    sizes = mixed.labels.boxes.sizes_m.copy()
    sizes[5] *= 4
    findings = findings_of(with_boxes(mixed, replace(mixed.labels.boxes, sizes_m=sizes)), CODES)
    label = str(mixed.labels.boxes.label_ids[5])
    causes = {one.id: one.code for one in findings}
    (own,) = [one for one in findings if one.code == "BOX302" and one.subject == "box" and one.label == label]
    assert "DAT017" in causes.values()
    assert own.cause is None or causes[own.cause] != "DAT017"


def cars(*sizes_m: tuple[float, float, float]) -> Scene:
    """Without a sweep."""
    places = [[10.0 * row, 0.0, 0.8] for row in range(len(sizes_m))]
    return scene_from_arrays(
        boxes=Boxes3D.upright(places, sizes_m, np.zeros(len(sizes_m)), category=["Car"] * len(sizes_m))
    )


def test_wide_cars_go_under_the_class_whose_sides_are_swapped() -> None:
    findings = findings_of(cars(*[(1.9, 5.0, 1.6)] * 6, (1.9, 5.0, 9.0)), ["BOX302", "BOX315"])
    assert under(findings, "BOX315") == {"BOX302": 6}
    assert Counter(one.code for one in findings if one.cause is None) == {"BOX315": 1, "BOX302": 1}


def test_a_frozen_box_explains_where_it_is_and_how_it_leaps(crossing: Scene) -> None:
    findings = findings_of(plant(crossing, [parse_fault("freeze:1:5")], 0).scene, ["TRK522", "TRK501", "BOX309"])
    assert under(findings, "TRK522")["TRK501"] == 1
    assert under(findings, "TRK522")["BOX309"] >= 1
    assert sum(one.code == "TRK522" and one.cause is None for one in findings) == 1
