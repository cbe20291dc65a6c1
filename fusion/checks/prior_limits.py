"""Limits of checks that need learned priors, which `--priors` or the settings name."""

from __future__ import annotations

from pydantic import Field

from fusion.checks.limits import Limits
from fusion.errors import NotMeasurableError
from fusion.measure.priors import Priors


class PriorLimits(Limits):
    """Base of the limits of checks that hold labels against learned priors."""

    priors: Priors | None = Field(None, description="Not set here: `--priors`, or the settings' own `priors`.")

    @property
    def known_priors(self) -> Priors:
        """The priors.

        Raises:
            NotMeasurableError: none were given.
        """
        if self.priors is None:
            raise NotMeasurableError("no priors (check --priors FILE, made by boresight learn)")
        return self.priors
