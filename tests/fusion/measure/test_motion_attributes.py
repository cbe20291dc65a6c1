from __future__ import annotations

import pytest

from fusion.measure.motion_attributes import claim_of


@pytest.mark.parametrize(
    ("name", "value", "claim"),
    [
        ("attribute", "vehicle.parked", "parked"),
        ("attribute", "vehicle.stopped", "halted"),
        ("attribute", "vehicle.moving", "moves"),
        ("attribute", "pedestrian.standing", "halted"),
        ("attribute", "pedestrian.sitting_lying_down", None),
        ("attribute", "cycle.without_rider", "riderless"),
        ("attribute", "cycle.with_rider", None),
        ("attribute", "object_action_driving_straight_forward", "moves"),
        ("attribute", "is_stationary", "halted"),
        ("parked", "true", "parked"),
        ("isMoving", "1", "moves"),
        ("parked", "false", None),
        ("state", "not moving", None),
        ("colour", "red", None),
    ],
)
def test_words_claim_what_they_say(name: str, value: str, claim: str | None) -> None:
    assert claim_of(name, value) == claim
