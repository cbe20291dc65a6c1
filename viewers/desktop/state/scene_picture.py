"""What the 3D pane shows of a session: points, lines and words, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import Float32Array
from calibration.errors import BoresightError
from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.drawables.accumulated import accumulated_cloud
from viewers.desktop.drawables.lines import Lines, box_lines, ground_grid, range_rings
from viewers.desktop.drawables.point_colours import point_colours
from viewers.desktop.drawables.trails import neighbours_in_time, trails
from viewers.desktop.state.comparison import Comparison
from viewers.desktop.state.frame_content import FrameContent
from viewers.desktop.state.session import Session
from viewers.pictures.palette import ONLY_THERE, OTHER_SET, SKY, WHITE, Colour, class_colours, severity_colour

GRID_REACH_M, GRID_STEP_M = 60.0, 10.0
RINGS_M = (10.0, 20.0, 40.0, 60.0, 80.0)
GRID_COLOUR, RING_COLOUR = Colour.of("#232A34"), Colour.of("#3A4656")
SELECTED = WHITE
TRACK_COLOURS = tuple(Colour.of(code) for code in ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#D55E00", "#CC79A7"))
OWN_POINTS = Colour.of("#FFFFFF")
DULL = Colour.of("#6B7685")


@dataclass(frozen=True, eq=False)
class PointPicture:
    """points: (N, 3) metres in ego; colours: (N, 3) 0..1."""

    points: Float32Array
    colours: Float32Array


def points_shown(content: FrameContent, session: Session) -> PointPicture:
    """The cloud in its colours; slow where several sweeps are asked for, so it is made in the background."""
    wanted = session.preferences
    cloud = accumulated_cloud(content, wanted.sweeps)
    return PointPicture(cloud.points, point_colours(content, cloud, wanted.colouring, box_colours(content, session)))


def own_points(session: Session) -> PointPicture:
    """The returns in the selected box, as it is drawn now."""
    content = session.content
    rows = session.points_in_selected
    if content is None or not len(rows):
        empty = np.empty((0, 3), dtype=np.float32)
        return PointPicture(empty, empty)
    colours = np.tile(np.asarray(OWN_POINTS.unit, dtype=np.float32), (len(rows), 1))
    return PointPicture(content.cloud.points[rows], colours)


def box_colours(content: FrameContent, session: Session) -> list[Colour]:
    """A colour for each of the frame's boxes: by class, by track, or by what the findings and reviewers say."""
    boxes = content.boxes
    if session.preferences.box_colouring == "track":
        return [TRACK_COLOURS[hash_of(boxes.track[row]) % len(TRACK_COLOURS)] for row in range(len(boxes))]
    if session.preferences.box_colouring == "verdict":
        accused = {one.finding.track: one.finding for one in reversed(session.findings.rows()) if one.finding.track}
        found = [accused.get(boxes.track[row]) for row in range(len(boxes))]
        return [DULL if finding is None else severity_colour(finding.severity) for finding in found]
    return class_colours(boxes.category)


def hash_of(name: str) -> int:
    """The same in every process, unlike `hash`."""
    return sum((place + 1) * ord(letter) for place, letter in enumerate(name))


def lines_shown(session: Session) -> dict[str, Lines]:
    """Every set of lines by name; those not in here are to be removed."""
    content = session.content
    if content is None:
        return {}
    colours = box_colours(content, session)
    accused = set(session.accused_rows)
    if session.finding is not None:
        own = severity_colour(session.finding.severity)
        colours = [own if row in accused else colour for row, colour in enumerate(colours)]
    boxes = session.boxes
    plain = [row for row in range(len(boxes)) if row != session.selected]
    shown = {"boxes": box_lines(boxes.take(plain), [colours[row] for row in plain])}
    shown["proposed"] = box_lines(session.proposed, [WHITE] * len(session.proposed), dashed=True)
    comparison = session.comparison
    others = Boxes3D.empty() if comparison is None else comparison.others
    colours_there = [] if comparison is None else other_colours(comparison)
    shown["compared"] = box_lines(others, colours_there, dashed=True)
    shown["selected"] = Lines.empty()
    shown["neighbours"] = shown["trails"] = Lines.empty()
    if session.selected is not None:
        row = session.selected
        shown["selected"] = box_lines(boxes.take([row]), [SELECTED if row not in accused else colours[row]])
        if session.preferences.trails:
            beside = neighbours_in_time(content.frame, row)
            shown["neighbours"] = box_lines(beside, [SKY.mixed(Colour(0, 0, 0), 0.4)] * len(beside), dashed=True)
    if session.preferences.trails:
        try:
            shown["trails"] = trails(content.frame, range(len(content.boxes)), colours)
        except BoresightError:
            shown["trails"] = Lines.empty()
    shown["grid"] = _grid(content) if session.preferences.grid else Lines.empty()
    return shown


def other_colours(comparison: Comparison) -> list[Colour]:
    """A colour for each box of the label set shown beside: those that only it has stand out."""
    return [OTHER_SET if row >= 0 else ONLY_THERE for row in comparison.partner]


def _grid(content: FrameContent) -> Lines:
    """On the ground where it is known, else where boxes stand, else at the height of ego."""
    bottoms = content.boxes.bottoms_m[np.isfinite(content.boxes.bottoms_m)]
    height = float(np.median(bottoms)) if len(bottoms) else 0.0
    return Lines.together(
        [
            ground_grid(height, GRID_REACH_M, GRID_STEP_M, GRID_COLOUR),
            range_rings(height, RINGS_M, RING_COLOUR),
        ]
    )
