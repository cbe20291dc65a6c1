"""The examination of a machine as text."""

from __future__ import annotations

from collections.abc import Sequence

from viewers.doctor.records import Examined, Health
from viewers.outputs.lines import Line, Role, Span, line, table

ROLES: dict[Health, Role] = {Health.OK: "good", Health.LIMITED: "warning", Health.BROKEN: "error"}


def health_lines(examined: Sequence[Examined]) -> list[Line]:
    """One line a thing, then what to do, the worst first, then what it amounts to."""
    rows = [(Span(one.health.value, ROLES[one.health]), one.name, one.found) for one in examined]
    worst_first = sorted((one for one in examined if one.advice), key=lambda one: one.health is not Health.BROKEN)
    advice = [line(Span(one.name, ROLES[one.health]), f": {one.advice}") for one in worst_first]
    return [*table(rows), Line(), *advice, _summary(examined)]


def _summary(examined: Sequence[Examined]) -> Line:
    found = {one.health for one in examined}
    if Health.BROKEN in found:
        return line(Span("`boresight check` can't work here until what is broken is repaired", "error"))
    if Health.LIMITED in found:
        return line("checking works here; what is limited concerns other verbs")
    return line("everything works here")
