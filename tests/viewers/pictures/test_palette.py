from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from fusion.scene.coded import Coded
from fusion.scene.taxonomy import ObjectKind
from viewers.pictures.palette import (
    BACKGROUND,
    CLASS_GROUPS,
    SEVERITIES,
    UNKNOWN,
    Colour,
    class_colour,
    class_colours,
    distance_shares,
    groups_in,
    sequential_bgr,
    severity_colour,
)

# Linear RGB as a person sees it who lacks one kind of cone. Source: Machado, Oliveira & Fernandes 2009, severity 1.0.
VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def seen(colour: Colour, vision: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    linear = np.array(colour.unit) ** 2.2
    return np.clip(VISION[vision] @ linear, 0, 1) ** (1 / 2.2)


def contrast(one: Colour, other: Colour) -> float:
    """Source: WCAG 2.1, contrast ratio."""
    low, high = sorted(float(np.array(c.unit) ** 2.2 @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vision", VISION)
def test_no_two_severities_look_alike(vision: str) -> None:
    for one, other in combinations(SEVERITIES.values(), 2):
        assert np.linalg.norm(seen(one, vision) - seen(other, vision)) > 0.2


@pytest.mark.parametrize("vision", VISION)
def test_no_two_groups_of_classes_look_alike(vision: str) -> None:
    colours = [colour for _, _, colour in CLASS_GROUPS] + [UNKNOWN]
    for one, other in combinations(colours, 2):
        assert np.linalg.norm(seen(one, vision) - seen(other, vision)) > 0.1


def test_no_severity_shares_its_colour_with_a_class() -> None:
    assert not set(SEVERITIES.values()) & {colour for _, _, colour in CLASS_GROUPS}


def test_every_colour_stands_out_from_the_dark_background() -> None:
    for colour in [*SEVERITIES.values(), *(colour for _, _, colour in CLASS_GROUPS), UNKNOWN]:
        assert contrast(colour, BACKGROUND) > 3


def test_a_colour_is_the_same_however_it_is_written() -> None:
    colour = Colour.of("#D55E00")
    assert (colour.hex, colour.bgr) == ("#D55E00", (0, 94, 213))
    assert colour.unit == pytest.approx((213 / 255, 94 / 255, 0))
    assert colour.mixed(Colour(0, 0, 0), 0.5) == Colour(106, 47, 0)


def test_names_of_different_data_sets_get_the_colour_of_their_kind() -> None:
    assert class_colour("vehicle.car") == class_colour("Car") == class_colour("REGULAR_VEHICLE")
    assert class_colour("Pedestrian") != class_colour("Car")
    assert class_colour("") == class_colour("gibberish") == UNKNOWN


def test_rows_without_a_class_are_grey() -> None:
    assert class_colours(Coded.from_values(["Car", None]))[1] == UNKNOWN


def test_the_key_lists_only_what_is_there() -> None:
    names = [name for name, _ in groups_in(Coded.from_values(["Car", "Van", None, "Pedestrian", "gibberish"]))]
    assert names == ["car, van", "person", "other"]


def test_every_kind_is_in_at_most_one_group() -> None:
    for kind in ObjectKind:
        assert sum(kind in kinds for _, kinds, _ in CLASS_GROUPS) <= 1


def test_an_unknown_severity_still_has_a_colour() -> None:
    assert severity_colour("error") == SEVERITIES["error"]
    assert severity_colour("fatal") not in SEVERITIES.values() or severity_colour("fatal") == SEVERITIES["info"]


def test_the_sequential_map_gets_brighter_throughout() -> None:
    table = sequential_bgr(np.linspace(0, 1, 64)).astype(float)
    brightness = table @ [0.0722, 0.7152, 0.2126]
    assert (np.diff(brightness) > 0).all()


def test_values_beyond_the_ends_and_nan_are_clipped() -> None:
    low, high, unknown = sequential_bgr([-5, 7, np.nan])
    assert low.tolist() == sequential_bgr([0.0])[0].tolist() == unknown.tolist()
    assert high.tolist() == sequential_bgr([1.0])[0].tolist()


def test_equal_ratios_of_distance_are_equal_steps() -> None:
    assert distance_shares([1, 2, 4, 8, 16, 99], 2, 8).tolist() == pytest.approx([1, 1, 0.5, 0, 0, 0])
