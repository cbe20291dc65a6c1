from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.checks.finding import BoxPlace, Finding, LabelReference
from fusion.run.finding_match import matched_findings

Make = Callable[..., Finding]


def finding(
    key: str, *places_m: tuple[float, float], frame: str = "f0", stamp_ns: int = 0, step: int = 0, **changes: Any
) -> Finding:
    """A finding with one label a place; the labels of a track are `step` frames apart."""
    labels = tuple(
        LabelReference(
            label=f"{key} {number}",
            track=key,
            scene="dusk",
            frame=frame if not step else f"f{number * step}",
            set="labels",
            timestamp_ns=stamp_ns + number * step * 10**8,
            box=BoxPlace(centre_m=(*place_m, 0.0), size_m=(4.0, 2.0, 1.5), yaw_rad=0.0),
        )
        for number, place_m in enumerate(places_m)
    )
    fields: dict[str, Any] = {
        "id": key,
        "code": "BOX304",
        "name": "floating-box",
        "severity": "warning",
        "score": 0.5,
        "subject": "box",
        "scene": "dusk",
        "frame": frame,
        "timestamp_ns": stamp_ns,
        "sensor": None,
        "label": key,
        "track": key,
        "category": "car",
        "message": "0.5 m from the ground",
        "measured": 0.5,
        "limit": 0.3,
        "unit": "m",
        "evidence": {},
        "evidence_hash": "0",
        "labels": labels,
    }
    return Finding(**{**fields, **changes})


def test_ids_come_first() -> None:
    before = [finding("a", (0, 0)), finding("b", (50, 0))]
    assert matched_findings(before, [finding("b", (0, 0)), finding("a", (50, 0))]) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("changes", "matched"),
    [
        pytest.param({}, True, id="other ids alone"),
        pytest.param({"code": "BOX305"}, False, id="another check"),
        pytest.param({"scene": "dawn"}, False, id="another scene"),
        pytest.param({"category": "truck"}, False, id="another class"),
        pytest.param({"sensor": "CAM_BACK"}, False, id="another sensor"),
        pytest.param({"subject": "track"}, False, id="another subject"),
        pytest.param({"frame": "renamed"}, True, id="another frame name at the same time"),
        pytest.param({"frame": "renamed", "stamp_ns": 900_000}, True, id="a stamp that went through other units"),
        pytest.param({"frame": "f1", "stamp_ns": 10**8}, False, id="another time"),
        pytest.param({"stamp_ns": 10**8}, True, id="another time in the same frame"),
    ],
)
def test_what_has_another_id_is_known_by_scene_time_class_and_place(changes: dict[str, Any], matched: bool) -> None:
    assert matched_findings([finding("a", (0, 0))], [finding("z", (0.3, 0.1), **changes)]) == [(0, 0)] * matched


def test_a_box_elsewhere_is_another_one() -> None:
    assert matched_findings([finding("a", (0, 0))], [finding("z", (6, 0))]) == []


def test_each_box_goes_to_its_own_and_not_to_the_nearest_that_is_left() -> None:
    before = [finding("a", (0, 0)), finding("b", (1.5, 0))]
    assert matched_findings(before, [finding("y", (1.2, 0)), finding("z", (1.9, 0))]) == [(0, 0), (1, 1)]


def test_pairs_are_known_whichever_box_comes_first() -> None:
    before = finding("a", (0, 0), (1, 0), subject="pair")
    after = finding("z", (1, 0), (0, 0), subject="pair")
    assert matched_findings([before], [after]) == [(0, 0)]


def test_tracks_with_other_names_are_known_by_the_frames_they_share() -> None:
    tracks = [finding("a", (0, 0), (5, 0), (10, 0), step=1, subject="track", frame="f0")]
    renamed = [
        finding("y", (0, 9), (5, 9), step=1, subject="track", frame="f0"),
        finding("z", (5, 0), (10, 0), step=1, subject="track", frame="f1"),
        finding("x", (0, 0), (10, 0), step=2, subject="track", frame="f2"),
    ]
    assert matched_findings(tracks, renamed) == [(0, 2)]


def test_a_line_that_moved_is_known_by_what_it_says() -> None:
    torn = {"code": "DAT003", "subject": "scene", "frame": None, "timestamp_ns": None, "category": None}
    before = [
        finding("a", message="14 columns", source="0001.txt:7", **torn),
        finding("b", message="17 columns", source="0001.txt:9", **torn),
    ]
    after = [
        finding("y", message="17 columns", source="0001.txt:10", **torn),
        finding("z", message="14 columns", source="0001.txt:8", **torn),
        finding("x", message="14 columns", source="0002.txt:7", **torn),
    ]
    assert matched_findings(before, after) == [(0, 1), (1, 0)]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Finding], list[Finding]]:
    """Two sides that share some ids, some places, and some of neither; places in a raster, so that ties abound."""

    def side(name: str) -> list[Finding]:
        keys = draw(st.lists(st.integers(0, 6), unique=True, max_size=6))
        found = []
        for key in keys:
            kept = draw(st.booleans())
            place = (float(draw(st.integers(0, 3))), 0.0)
            changes = {"code": draw(st.sampled_from(["BOX304", "BOX305"])), "frame": draw(st.sampled_from("fg"))}
            places = [place] if draw(st.booleans()) else []
            found.append(finding(f"{key}" if kept else f"{name}{key}", *places, **changes))
        return found

    return side("a"), side("b")


@settings(max_examples=150, deadline=None)
@given(deliveries())
def test_a_match_is_one_to_one_and_the_same_from_either_side(sides: tuple[list[Finding], list[Finding]]) -> None:
    before, after = sides
    pairs = matched_findings(before, after)
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)
    assert sorted((other, one) for one, other in pairs) == matched_findings(after, before)
    shared = {one.id for one in before} & {one.id for one in after}
    assert {before[one].id for one, other in pairs if before[one].id == after[other].id} == shared


def test_thousands_of_boxes_with_new_ids_are_matched_in_a_moment() -> None:
    places = [(float(x), float(y)) for x, y in np.random.default_rng(5).uniform(0, 5000, (2000, 2))]
    before = [finding(f"a{row}", place, frame=f"{row % 40}") for row, place in enumerate(places)]
    after = [finding(f"b{row}", place, frame=f"{row % 40}") for row, place in reversed(list(enumerate(places)))]
    assert len(matched_findings(before, after)) == 2000
