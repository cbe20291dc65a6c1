"""Which boxes of a frame a picture is about; the others step back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viewers.pictures.palette import SKY, TEXT, WHITE, Colour

PARTNER = SKY.mixed(WHITE, 0.3)


@dataclass(frozen=True)
class Emphasis:
    """Boxes to point out.

    rows: positions among the frame's boxes, the accused first; colours: one each; others_step_back: the other boxes
    are drawn faintly and without names, also where none is pointed out because it is missing.
    """

    rows: tuple[int, ...] = ()
    colours: tuple[Colour, ...] = ()
    others_step_back: bool = False

    @classmethod
    def of(cls, rows: Sequence[int], colour: Colour = TEXT) -> Emphasis:
        """The first box in that colour, its partners in one that no severity has."""
        colours = [colour if place == 0 else PARTNER for place in range(len(rows))]
        return cls(tuple(int(row) for row in rows), tuple(colours), others_step_back=True)

    def colour_of(self, row: int) -> Colour | None:
        """The colour of a box, None for one that isn't pointed out."""
        return self.colours[self.rows.index(row)] if row in self.rows else None


NOTHING = Emphasis()
