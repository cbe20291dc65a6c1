"""Every fault that can be planted, in one table."""

from __future__ import annotations

from difflib import get_close_matches

from fusion.errors import PlantingError
from fusion.planting.box_faults import BOX_FAULTS
from fusion.planting.convention_faults import CONVENTION_FAULTS
from fusion.planting.fault import Extent, Fault, FaultKind
from fusion.planting.rig_faults import RIG_FAULTS
from fusion.planting.time_faults import TIME_FAULTS
from fusion.planting.track_faults import CLASS_FAULTS, TRACK_FAULTS

FAULTS: tuple[FaultKind, ...] = (
    *BOX_FAULTS,
    *CLASS_FAULTS,
    *TRACK_FAULTS,
    *TIME_FAULTS,
    *RIG_FAULTS,
    *CONVENTION_FAULTS,
)


def find_kind(name: str) -> FaultKind:
    """The kind of a name.

    Raises:
        PlantingError: there is none; the message names the closest.
    """
    for kind in FAULTS:
        if kind.name == name.strip().lower():
            return kind
    names = [kind.name for kind in FAULTS]
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
    raise PlantingError(f"no fault {name!r}; {hint}")


def parse_fault(text: str) -> Fault:
    """One fault as typed, NAME[:MAGNITUDE[:EXTENT]]; what is left out is the usual.

    Raises:
        PlantingError: no such fault, a magnitude that is no number, or an extent the fault can't have.
    """
    name, _, rest = text.partition(":")
    kind = find_kind(name)
    magnitude, _, extent = rest.partition(":")
    return Fault(kind, _magnitude(magnitude, kind), _extent(extent, kind))


def faults_of(kind: FaultKind) -> tuple[Fault, ...]:
    """A kind at all its magnitudes and extents."""
    return tuple(
        Fault(kind, magnitude, Extent.parse(extent)) for extent in kind.extents for magnitude in kind.magnitudes
    )


def parse_faults(texts: tuple[str, ...]) -> tuple[Fault, ...]:
    """Faults as typed for a self-test: a family or a name stands for all its magnitudes and extents; none, for all.

    Raises:
        PlantingError: see `parse_fault`.
    """
    words = [word for text in texts for word in text.split(",") if word] or [kind.name for kind in FAULTS]
    faults: list[Fault] = []
    for word in words:
        kinds = [kind for kind in FAULTS if kind.family == word]
        if ":" in word:
            faults.append(parse_fault(word))
        else:
            faults += [fault for kind in kinds or [find_kind(word)] for fault in faults_of(kind)]
    return tuple({fault.text: fault for fault in faults}.values())


def _magnitude(text: str, kind: FaultKind) -> float:
    if not text:
        return kind.magnitudes[0]
    try:
        magnitude = float(text)
    except ValueError as error:
        raise PlantingError(
            f"the magnitude of {kind.name} is a number of {kind.unit or 'nothing'}, got {text!r}"
        ) from error
    if not 0 < magnitude < float("inf"):
        raise PlantingError(f"the magnitude of {kind.name} must be above 0, got {text}")
    return magnitude


def _extent(text: str, kind: FaultKind) -> Extent:
    if not text:
        return Extent.parse(kind.extents[0])
    extent = Extent.parse(text)
    possible = {Extent.parse(known).reach for known in kind.extents}
    if kind.on_objects and possible & {"frames", "track"}:
        possible |= {"frames", "tail", "track"}
    if extent.reach not in possible:
        raise PlantingError(f"{kind.name} can reach {', '.join(kind.extents)}, not {text}")
    return extent
