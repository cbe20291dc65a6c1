from __future__ import annotations

import numpy as np
import pytest

from fusion.checks.box.size_against_priors import SizeAgainstPriorsLimits, size_against_priors
from fusion.checks.finding import Finding, findings_of
from fusion.errors import NotMeasurableError
from fusion.measure.priors import Priors, learn_priors
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays


def cars(*lengths_m: float, category: str = "car") -> Scene:
    count = len(lengths_m)
    boxes = Boxes3D.upright(
        [[15.0 + 6 * row, 0, 0.8] for row in range(count)],
        [[length, 1.9, 1.6] for length in lengths_m],
        np.zeros(count),
        category=[category] * count,
        track=[str(row) for row in range(count)],
    )
    return scene_from_arrays(boxes=boxes)


@pytest.fixture(scope="module")
def priors() -> Priors:
    return learn_priors([cars(*(4.5 * np.exp(np.random.default_rng(3).normal(0, 0.05, 500))))])


def findings(scene: Scene, limits: SizeAgainstPriorsLimits) -> list[Finding]:
    (assessment,) = size_against_priors.assess(scene.frames[0], limits)
    return findings_of(size_against_priors, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_the_car_that_is_too_long_for_this_city(priors: Priors) -> None:
    (finding,) = findings(cars(4.5, 6.4), SizeAgainstPriorsLimits(priors=priors))
    assert finding.message.startswith("length is 6.40 m, ")
    assert finding.message.endswith(" standard deviations above the usual of its class")
    assert (finding.severity, finding.label, finding.unit) == ("info", "1", "sigma")


def test_is_quiet_on_usual_cars_and_at_its_limit(priors: Priors) -> None:
    assert findings(cars(4.2, 4.5, 4.9), SizeAgainstPriorsLimits(priors=priors)) == []
    assert findings(cars(6.4), SizeAgainstPriorsLimits(priors=priors, max_deviations=8.0)) == []


def test_classes_the_priors_lack_are_not_assessed(priors: Priors) -> None:
    limits = SizeAgainstPriorsLimits(priors=priors)
    assert not size_against_priors(cars(4.5, category="boat").frames[0], limits).assessed.any()


def test_without_priors_nothing_is_judged() -> None:
    with pytest.raises(NotMeasurableError, match="no priors"):
        size_against_priors(cars(4.5).frames[0])
