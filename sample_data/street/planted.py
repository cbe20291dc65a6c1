"""Label faults put into a clean set on purpose, one per track, each with the finding it should cause."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sample_data.street.ground import road_height_m
from sample_data.street.labels import Frame, Label, points_inside, tracks_of
from sample_data.street.mesh import FloatArray, rotation_about_z

WELL_SEEN_POINTS = 30
GHOST_SIZE_M = (4.3, 1.8, 1.5)
GHOST_CLEARANCE_M = 0.08
SHOWN_RAYS = 300
LIFT_M = 0.50
JUMP_M = 1.50
SWELL = 1.25
PENETRATION_M = 0.6
CREEP_M = 0.02
MIN_FRAMES = 12
CLEARANCE_M = 0.25
NEIGHBOURS_M = 1.2
SECOND_HAND_M = (0.12, -0.08, 0.02)
SECOND_HAND_RAD = 0.02


@dataclass(frozen=True)
class Fault:
    """One planted fault: what, where, how much, and which findings it should cause."""

    fault: str
    frames: tuple[int, ...]
    tracks: tuple[str, ...]
    magnitude: float
    unit: str
    expected_codes: tuple[str, ...]


@dataclass
class Plan:
    """Labels while faults are planted one by one, and the tracks that already carry one."""

    labels: list[Label]
    actors: Sequence[str]
    points: dict[tuple[str, int], int]
    frames: Sequence[Frame]
    taken: set[str]

    def candidates(self, wanted: Callable[[list[Label]], bool], during: range | None = None) -> list[list[Label]]:
        """Tracks that last the whole scene, are still free and well seen during some frames.

        Those that the images show too come first, then the ones with most points.
        """
        frames = during or range(len(self.frames))
        free = [
            own
            for track, own in tracks_of(self.labels).items()
            if len(own) == len(self.frames) and track not in self.taken and wanted(own)
        ]
        counts = {own[0].track: min(self.points[own[0].track, frame] for frame in frames) for own in free}
        seen = [own for own in free if counts[own[0].track] >= WELL_SEEN_POINTS]
        return sorted(seen, key=lambda own: (not self.shown(own[0].track, frames), -counts[own[0].track], own[0].track))

    def shown(self, track: str, frames: range) -> bool:
        """Whether images show a good part of it in each of these frames."""
        actor = self.actors.index(track)
        return all(self.frames[frame].image_shown[actor] >= SHOWN_RAYS for frame in frames)

    def put(self, changed: Sequence[Label]) -> None:
        """Replace boxes by track and frame, add those that are new."""
        keys = {(label.track, label.frame) for label in changed}
        self.labels = [label for label in self.labels if (label.track, label.frame) not in keys] + list(changed)
        self.taken |= {label.track for label in changed}

    def clear(self, box: Label, margin_m: float = CLEARANCE_M) -> bool:
        """Whether a box stays away from every other box of its frame."""
        return not any(
            gap_m(box, other) < margin_m
            for other in self.labels
            if other.frame == box.frame and other.track != box.track
        )


def plant(labels: Sequence[Label], frames: Sequence[Frame], actors: Sequence[str]) -> tuple[list[Label], list[Fault]]:
    """The labels with one fault of each kind, as far as the scene offers an object for it; needs 12 frames.

    `actors` are the names that the counts in `frames` stand for.
    """
    if len(frames) < MIN_FRAMES:
        return list(labels), []
    counts = {(label.track, label.frame): _points_in(frames[label.frame], label) for label in labels}
    plan = Plan(list(labels), actors, counts, frames, set())
    faults = [fault for step in PLANTERS for fault in [step(plan)] if fault is not None]
    return plan.labels, sorted(faults, key=lambda fault: (fault.expected_codes, fault.tracks))


def gap_m(first: Label, second: Label) -> float:
    """Distance between two boxes seen from above along the best separating side; negative where they overlap.

    Heights are compared first: boxes above each other are far apart.
    """
    apart = abs(first.centre_m[2] - second.centre_m[2]) - (first.size_m[2] + second.size_m[2]) / 2
    axes = np.concatenate([rotation_about_z(box.yaw_rad)[:2, :2].T for box in (first, second)])
    corners = [_corners(box) @ axes.T for box in (first, second)]
    gaps = np.maximum(corners[0].min(axis=0) - corners[1].max(axis=0), corners[1].min(axis=0) - corners[0].max(axis=0))
    return float(max(gaps.max(), apart if apart > 0 else -np.inf))


def _corners(box: Label) -> FloatArray:
    """(4, 2) corners of the footprint."""
    half = np.array([[1, 1], [1, -1], [-1, -1], [-1, 1]]) * np.array(box.size_m[:2]) / 2
    corners: FloatArray = half @ rotation_about_z(box.yaw_rad)[:2, :2].T + np.array(box.centre_m[:2])
    return corners


def _points_in(frame: Frame, box: Label, grown_m: float = 0.0) -> int:
    size = np.array(box.size_m) + 2 * grown_m
    return int(points_inside(frame.points_in_street, box.centre_m, rotation_about_z(box.yaw_rad), size).sum())


def _is_vehicle(own: list[Label]) -> bool:
    return own[0].category.startswith("vehicle.")


def _moves(own: list[Label]) -> bool:
    return float(np.hypot(*np.subtract(own[-1].centre_m, own[0].centre_m)[:2])) > 3.0


def _is_car(own: list[Label]) -> bool:
    return own[0].category == "vehicle.car"


def _flip(plan: Plan) -> Fault | None:
    """A long vehicle under way, turned end for end in one frame."""
    for own in plan.candidates(lambda own: _is_vehicle(own) and own[0].size_m[0] > 3.5 and _moves(own), range(8, 12)):
        box = own[10]
        plan.put([replace(box, yaw_rad=box.yaw_rad + np.pi)])
        return Fault("heading flip", (box.frame,), (box.track,), 180.0, "deg", ("TRK503",))
    return None


def _jump(plan: Plan) -> Fault | None:
    """A moving object misplaced by 1.5 m in one frame."""
    for own in plan.candidates(lambda own: _is_vehicle(own) and _moves(own), range(6, 11)):
        box = own[8]
        for angle in (0.0, np.pi, np.pi / 2, -np.pi / 2):
            heading = box.yaw_rad + angle
            moved = box.moved((JUMP_M * np.cos(heading), JUMP_M * np.sin(heading), 0.0))
            if plan.clear(moved):
                plan.put([moved])
                return Fault("position jump", (box.frame,), (box.track,), JUMP_M, "m", ("TRK501",))
    return None


def _oversize(plan: Plan) -> Fault | None:
    """A person twice as tall as people are, in every frame."""
    for own in plan.candidates(lambda own: own[0].category.startswith("human.pedestrian")):
        plan.put([box.resized((1.0, 1.0, 2.0)) for box in own])
        return Fault("implausible size", _frames(own), (own[0].track,), 2.0, "times the height", ("BOX302",))
    return None


def _lift(plan: Plan) -> Fault | None:
    """A car half a metre above the road, in every frame."""
    for own in plan.candidates(_is_car):
        plan.put([box.moved((0, 0, LIFT_M)) for box in own])
        return Fault("lifted box", _frames(own), (own[0].track,), LIFT_M, "m", ("BOX304",))
    return None


def _overlap(plan: Plan) -> Fault | None:
    """A standing vehicle pushed into its neighbour, in every frame."""
    standing = plan.candidates(lambda own: _is_vehicle(own) and not _moves(own), range(4, 12))
    pairs = [(gap_m(mine[0], other[0]), mine, other) for mine in standing for other in standing if mine is not other]
    near = [pair for pair in pairs if pair[0] < NEIGHBOURS_M]
    for _, mine, other in sorted(near, key=lambda pair: (pair[0], pair[1][0].size_m[0], pair[1][0].track)):
        towards = np.subtract(other[0].centre_m, mine[0].centre_m)[:2]
        step = towards / np.linalg.norm(towards) * CREEP_M
        creep = next(k for k in range(1, 200) if gap_m(mine[0].moved((*k * step, 0.0)), other[0]) < -PENETRATION_M)
        moved = [box.moved((*creep * step, 0.0)) for box in mine]
        others = [box for box in plan.labels if box.track not in (mine[0].track, other[0].track)]
        if all(gap_m(now, box) > 0 for now in moved for box in others if box.frame == now.frame):
            plan.put(moved)
            plan.taken.add(other[0].track)
            tracks = (mine[0].track, other[0].track)
            return Fault("overlapping boxes", _frames(mine), tracks, PENETRATION_M, "m", ("BOX305",))
    return None


def _duplicate(plan: Plan) -> Fault | None:
    """A second box, with its own track, on an object that has one."""
    during = range(6, 12)
    for own in plan.candidates(_is_car, during):
        again = [
            replace(box.moved(SECOND_HAND_M), track=f"{box.track} again", yaw_rad=box.yaw_rad + SECOND_HAND_RAD)
            for box in own[during.start : during.stop]
        ]
        plan.put(again)
        plan.taken.add(own[0].track)
        offset = float(np.linalg.norm(SECOND_HAND_M))
        tracks = (again[0].track, own[0].track)
        return Fault("duplicate box", _frames(again), tracks, round(offset, 3), "m", ("BOX306",))
    return None


def _misspelt(plan: Plan) -> Fault | None:
    """A class the ontology does not have."""
    for own in plan.candidates(_is_car, range(4, 9)):
        plan.put([replace(box, category="vehicle.cra") for box in own])
        return Fault("unknown class", _frames(own), (own[0].track,), 1.0, "class", ("ONT601",))
    return None


def _swell(plan: Plan) -> Fault | None:
    """A box a quarter longer and wider for three frames."""
    during = range(5, 8)
    for own in plan.candidates(_is_vehicle, during):
        swollen = [box.resized((SWELL, SWELL, 1.0)) for box in own[during.start : during.stop]]
        if all(plan.clear(box, 0.05) for box in swollen):
            plan.put(swollen)
            return Fault("size flicker", _frames(swollen), (own[0].track,), 25.0, "percent", ("TRK502",))
    return None


def _gap(plan: Plan) -> Fault | None:
    """Three frames without the box of an object in plain view."""
    during = range(7, 10)
    for own in plan.candidates(_is_vehicle, during):
        lost = own[during.start : during.stop]
        plan.labels = [label for label in plan.labels if label not in lost]
        plan.taken.add(own[0].track)
        return Fault("gap", _frames(lost), (own[0].track,), float(len(lost)), "frames", ("TRK504",))
    return None


def _ghost(plan: Plan) -> Fault | None:
    """A car where there is only air, with the street behind it in view."""
    seen = range(5, 12)
    for place in _free_places(plan, seen):
        plan.put(place)
        return Fault("ghost box", _frames(place), (place[0].track,), float(len(place)), "frames", ("BOX301",))
    return None


def _free_places(plan: Plan, seen: range) -> list[list[Label]]:
    """The first place on the carriageway that is free and seen through in all these frames."""
    for x in (4.5, 6.0, 3.0, 7.5, 1.5, -3.0, -16.0, 20.0):
        for y, yaw in ((-1.75, 0.0), (1.75, np.pi), (0.0, 0.4), (0.0, np.pi / 2)):
            boxes = [_ghost_at(plan, frame, x, y, yaw) for frame in seen]
            free = all(plan.clear(box, 0.4) and _points_in(plan.frames[box.frame], box, 0.05) == 0 for box in boxes)
            if free and all(_seen_through(plan.frames[box.frame], box) >= WELL_SEEN_POINTS for box in boxes):
                return [boxes]
    return []


def _ghost_at(plan: Plan, frame: int, x: float, y: float, yaw_rad: float) -> Label:
    """A car-sized box a little above the road."""
    ground = float(road_height_m(x, y)) + GHOST_CLEARANCE_M
    return Label(
        "ghost",
        frame,
        (x, y, ground + GHOST_SIZE_M[2] / 2),
        yaw_rad,
        GHOST_SIZE_M,
        "vehicle.car",
        "vehicle.parked",
        "4",
    )


def _seen_through(frame: Frame, box: Label) -> int:
    """Points whose ray enters and leaves the box before it ends."""
    rotation = rotation_about_z(box.yaw_rad)
    start = (frame.lidar_in_street - np.array(box.centre_m)) @ rotation
    ends = (frame.points_in_street - np.array(box.centre_m)) @ rotation
    step = ends - start
    half = np.array(box.size_m) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        near, far = (-half - start) / step, (half - start) / step
    enter, leave = np.minimum(near, far).max(axis=1), np.maximum(near, far).min(axis=1)
    return int(((enter < leave) & (enter > 0) & (leave < 1)).sum())


def _frames(boxes: Sequence[Label]) -> tuple[int, ...]:
    return tuple(box.frame for box in boxes)


PLANTERS: tuple[Callable[[Plan], Fault | None], ...] = (
    _overlap, _oversize, _flip, _lift, _duplicate, _misspelt, _jump, _swell, _gap, _ghost,
)  # fmt: skip
