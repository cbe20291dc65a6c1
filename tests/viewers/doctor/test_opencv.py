from __future__ import annotations

import pytest

from viewers.doctor.opencv import DISTRIBUTIONS, examine_opencv, judged
from viewers.doctor.records import Health

BOUNDS = ">=4.10,<6"
REINSTALL = 'pip install --force-reinstall --no-deps "opencv-python>=4.10,<6"'


@pytest.mark.parametrize(
    ("found", "problem", "health", "text", "advice"),
    [
        pytest.param({"opencv-python": "5.0.0.93"}, "", Health.OK, "opencv-python 5.0.0.93", "", id="the right one"),
        pytest.param(
            {"opencv-python-headless": "4.14.0.94"}, "", Health.OK, "headless 4.14", "", id="the headless one"
        ),
        pytest.param({"opencv-python": "4.5.1.48"}, "", Health.BROKEN, "needs >=4.10", REINSTALL, id="too old"),
        pytest.param({}, "can't be imported", Health.BROKEN, "none installed", REINSTALL, id="none"),
        pytest.param(
            {"opencv-python": "5.0.0.93"},
            "can't be imported: libGL.so.1",
            Health.BROKEN,
            "libGL",
            "apt-get",
            id="no libGL",
        ),
        pytest.param(
            {"opencv-python": "5.0.0.93", "opencv-python-headless": "5.0.0.93"},
            "",
            Health.LIMITED,
            "overwrite each other",
            "pip uninstall --yes opencv-python opencv-python-headless && " + REINSTALL,
            id="two of one version",
        ),
        pytest.param(
            {"opencv-python": "5.0.0.93", "opencv-contrib-python": "4.14.0.94"},
            "",
            Health.BROKEN,
            "overwrite each other",
            "pip uninstall --yes opencv-python opencv-contrib-python && " + REINSTALL,
            id="two of different versions",
        ),
        pytest.param(
            {"opencv-python": "5.0.0.93", "opencv-python-headless": "5.0.0.93"},
            "can't be imported: no attribute",
            Health.BROKEN,
            "no attribute",
            "pip uninstall",
            id="what is left after one was removed",
        ),
    ],
)
def test_what_is_installed_is_judged_and_repaired(
    found: dict[str, str], problem: str, health: Health, text: str, advice: str
) -> None:
    examined = judged(found, problem, BOUNDS)
    assert examined.health is health
    assert text in examined.found
    assert advice in examined.advice
    assert bool(examined.advice) == (health is not Health.OK)


def test_all_four_are_looked_for() -> None:
    assert len(DISTRIBUTIONS) == 4
    assert examine_opencv().health in (Health.OK, Health.LIMITED)
