from __future__ import annotations

import pytest

from fusion.errors import PlantingError
from fusion.planting.catalogue import FAULTS, parse_fault, parse_faults


def test_names_are_unique_and_typed_as_words() -> None:
    names = [kind.name for kind in FAULTS]
    assert len(names) == len(set(names))
    assert all(name == name.lower() and ":" not in name and "," not in name for name in names)


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("shift", "shift:0.3:frame"),
        ("shift:0.7", "shift:0.7:frame"),
        ("shift:0.7:track", "shift:0.7:track"),
        ("shift::tail", "shift:0.3:tail"),
        ("drop:1:3", "drop:1:3"),
        ("slip:1:scene", "slip:1:scene"),
    ],
)
def test_what_is_left_out_is_the_usual(text: str, full: str) -> None:
    assert parse_fault(text).text == full


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("shft", "did you mean shift"),
        ("shift:far", "got 'far'"),
        ("shift:-1", "above 0"),
        ("shift:1:corner", "'corner'"),
        ("camera-delay:10:track", "can reach scene"),
        ("slip:1:track", "can reach frame, scene"),
    ],
)
def test_a_mistyped_fault_is_told(text: str, says: str) -> None:
    with pytest.raises(PlantingError, match=says):
        parse_fault(text)


def test_a_family_stands_for_all_its_faults() -> None:
    assert {fault.kind.family for fault in parse_faults(("rig",))} == {"rig"}
    assert [fault.text for fault in parse_faults(("lift", "lift:0.4:frame"))] == [
        "lift:0.4:frame",
        "lift:0.2:frame",
        "lift:0.4:track",
        "lift:0.2:track",
    ]
