from __future__ import annotations

import numpy as np
import pytest

from sample_data.street.crossing import cast_of
from sample_data.street.ego import EGO_MIDDLE_M, EGO_SIZE_M, ego_for
from sample_data.street.labels import Label
from sample_data.street.options import StreetOptions
from sample_data.street.planted import gap_m


def box_at(name: str, centre: np.ndarray, yaw_rad: float, size: tuple[float, ...]) -> Label:
    x, y, z = centre.tolist()
    length, width, height = size
    return Label(name, 0, (x, y, z), yaw_rad, (length, width, height), "", None, "4")


@pytest.mark.parametrize("profile", ["turning", "straight", "stop-and-go"])
def test_nobody_runs_into_anybody_in_ten_seconds(profile: str) -> None:
    actors, ego = cast_of(StreetOptions(seconds=10.0, profile=profile), 0), ego_for(profile, 10.0)
    movers = [actor for actor in actors if not actor.motion.still]
    for second in np.arange(0.0, 10.0, 0.5):
        rotations, places = ego.poses([second])
        middle = places[0] + rotations[0] @ [EGO_MIDDLE_M, 0.0, EGO_SIZE_M[2] / 2]
        moving = [box_at("ego", middle, float(np.arctan2(rotations[0][1, 0], rotations[0][0, 0])), EGO_SIZE_M)]
        states = {actor.name: actor.centres([second]) for actor in actors}
        boxes = [box_at(a.name, states[a.name][0][0], float(states[a.name][1][0]), tuple(a.size_m)) for a in actors]
        moving += [box for box in boxes if box.track in {mover.name for mover in movers}]
        for mine in moving:
            for other in boxes:
                if other.track != mine.track:
                    assert gap_m(mine, other) > 0, (second, mine.track, other.track)
