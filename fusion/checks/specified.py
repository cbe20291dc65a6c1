"""Limits of checks that need the label specification, which the settings name."""

from __future__ import annotations

from pydantic import Field

from fusion.checks.limits import Limits
from fusion.checks.specification import LabelSpecification
from fusion.errors import NotMeasurableError


class SpecifiedLimits(Limits):
    """Base of the limits of checks that hold labels against the specification."""

    specification: LabelSpecification | None = Field(
        None, description="Not set here: the settings' own `specification` names the file for all checks."
    )

    @property
    def rules(self) -> LabelSpecification:
        """The specification.

        Raises:
            NotMeasurableError: the settings name none.
        """
        if self.specification is None:
            raise NotMeasurableError("no label specification (settings: specification = 'file.toml')")
        return self.specification
