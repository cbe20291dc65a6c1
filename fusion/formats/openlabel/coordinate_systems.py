"""The tree of coordinate systems: from any to any, as it stands and as a frame moves it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np

from calibration.sensors import EGO
from calibration.transform import RigidTransform
from fusion.formats.openlabel.json_members import MalformedError, members, text
from fusion.formats.openlabel.report import FileReport
from fusion.formats.openlabel.transforms import bare_matrix, transform_of
from fusion.scene.problems import ProblemKind

VEHICLE_TYPES = ("local_cs", "local")
WORLD_TYPES = ("scene_cs", "scene", "geo_cs", "geo")
VEHICLE_WORDS = ("vehicle", "ego", "base")
WORLD_WORDS = ("odom", "world", "map", "global", "scene")

# A camera's axes (x right, y down, z forward) seen from a frame with x forward, y left, z up: columns are x, y, z.
FORWARD_FROM_OPTICAL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])

Edges = Mapping[str, Mapping[str, RigidTransform]]


@dataclass(frozen=True, eq=False)
class CoordinateSystems:
    """All coordinate systems of a file.

    types, parents: by name, "" where not told; edges: `edges[a][b]` is a_from_b, in both directions;
    moved: the same for each frame that has transforms of its own, which win over those that stand;
    ego: the system that is the vehicle, "" if the file has none at all; turn: ego (x forward, y left, z up) from it;
    world: the system the vehicle moves in, "" if there is none.
    """

    types: Mapping[str, str]
    parents: Mapping[str, str]
    edges: Edges
    moved: Mapping[int, Edges]
    ego: str = ""
    turn: RigidTransform = field(default_factory=lambda: RigidTransform.identity(EGO, EGO))
    world: str = ""

    def __contains__(self, name: object) -> bool:
        return name in self.types

    def transform(self, target: str, source: str, frame: int | None = None) -> RigidTransform | None:
        """`target_from_source` at a frame, or as it stands; None where no chain of transforms joins them."""
        reached = {source: RigidTransform.identity(source, source)}
        waiting = deque([source])
        while waiting and target not in reached:
            here = waiting.popleft()
            for there, step in self._steps(here, frame):
                if there not in reached:
                    reached[there] = step @ reached[here]
                    waiting.append(there)
        return reached.get(target)

    def _steps(self, here: str, frame: int | None) -> Iterable[tuple[str, RigidTransform]]:
        """Neighbours and `there_from_here`; a frame's own transforms first."""
        own = self.moved.get(-1 if frame is None else frame, {}).get(here, {})
        yield from ((there, here_from_there.inverse()) for there, here_from_there in own.items())
        for there, here_from_there in self.edges.get(here, {}).items():
            if there not in own:
                yield there, here_from_there.inverse()

    def ego_from(self, source: str, frame: int | None = None) -> RigidTransform | None:
        """From a coordinate system to ego, None where nothing joins them. The source keeps its name."""
        if not self.ego:
            return None
        here_from_source = self.transform(self.ego, source, frame)
        if here_from_source is None:
            return None
        return self.turn.renamed(source=self.ego) @ here_from_source

    def world_from_ego(self, frame: int) -> RigidTransform | None:
        """The pose at a frame, None where there is none."""
        if not self.world:
            return None
        world_from_here = self.transform(self.world, self.ego, frame)
        if world_from_here is None:
            return None
        return world_from_here.renamed(target="world", source="here") @ self.turn.renamed(source="here").inverse()

    @property
    def frames_that_move_sensors(self) -> frozenset[int]:
        """Frames whose transforms touch more than the vehicle's way through the world."""
        lineage = {self.ego, self.world, *_ancestors(self.ego, self.parents)}
        return frozenset(frame for frame, edges in self.moved.items() if set(edges) - lineage)


def read_coordinate_systems(
    raw: msgspec.Raw | None, transforms_of_frames: Iterable[tuple[int, str, msgspec.Raw]], report: FileReport
) -> CoordinateSystems:
    """The tree, without the poses that can't be read.

    Args:
        transforms_of_frames: frame, its name, and its member `transforms`.
    """
    types: dict[str, str] = {}
    parents: dict[str, str] = {}
    edges: dict[str, dict[str, RigidTransform]] = {}
    try:
        systems = members(raw)
    except MalformedError as error:
        report.malformed("coordinate_systems", f"coordinate_systems: {error}")
        systems = {}
    for name, record in systems.items():
        types[name], parents[name] = "", ""
        try:
            _read_system(name, record, types, parents, edges, report)
        except MalformedError as error:
            report.malformed("coordinate systems can't be placed", f"coordinate system '{name}': {error}", sensor=name)
    for name, parent in parents.items():
        if parent and parent not in types:
            reason = f"coordinate system '{name}' has the parent '{parent}', which does not exist"
            report.note(ProblemKind.BROKEN_REFERENCE, "unknown parents", reason, sensor=name, lost=False)
    moved = {
        frame: found
        for frame, key, record in transforms_of_frames
        if (found := _read_frame_transforms(record, key, types, report))
    }
    return CoordinateSystems(types, parents, edges, moved)


def _read_system(
    name: str,
    raw: msgspec.Raw,
    types: dict[str, str],
    parents: dict[str, str],
    edges: dict[str, dict[str, RigidTransform]],
    report: FileReport,
) -> None:
    record = members(raw)
    report.unread_members("coordinate systems", record, KNOWN_OF_SYSTEMS)
    types[name], parents[name] = text(record.get("type")), text(record.get("parent"))
    if "pose_wrt_parent" in record:
        pose = transform_of(parents[name], name, record["pose_wrt_parent"])
    elif "pose_wrt_parent_4x4" in record:
        pose = bare_matrix(parents[name], name, record["pose_wrt_parent_4x4"])
    else:
        return
    if parents[name]:
        _join(edges, pose)


KNOWN_OF_SYSTEMS = frozenset({"type", "parent", "children", "pose_wrt_parent", "pose_wrt_parent_4x4"})
KNOWN_OF_TRANSFORMS = frozenset({"src", "dst", "transform_src_to_dst", "transform_src_to_dst_4x4"})


def _read_frame_transforms(
    raw: msgspec.Raw, key: str, types: Mapping[str, str], report: FileReport
) -> dict[str, dict[str, RigidTransform]]:
    edges: dict[str, dict[str, RigidTransform]] = {}
    try:
        records = members(raw)
    except MalformedError as error:
        report.malformed("transforms of frames", f"frame {key}, transforms: {error}", frame=key)
        return edges
    for name, one in records.items():
        try:
            record = members(one)
            report.unread_members("transforms", record, KNOWN_OF_TRANSFORMS)
            source, target = text(record.get("src")), text(record.get("dst"))
            unknown = [system for system in (source, target) if system not in types]
            if unknown:
                reason = f"frame {key}, transform '{name}': there is no coordinate system '{unknown[0]}'"
                report.note(ProblemKind.BROKEN_REFERENCE, "transforms between unknown systems", reason, frame=key)
            elif "transform_src_to_dst_4x4" in record:
                _join(edges, bare_matrix(target, source, record["transform_src_to_dst_4x4"]))
            else:
                _join(edges, transform_of(target, source, record.get("transform_src_to_dst")))
        except MalformedError as error:
            report.malformed("transforms of frames", f"frame {key}, transform '{name}': {error}", frame=key)
    return edges


def _join(edges: dict[str, dict[str, RigidTransform]], transform: RigidTransform) -> None:
    edges.setdefault(transform.target, {})[transform.source] = transform
    edges.setdefault(transform.source, {})[transform.target] = transform.inverse()


def the_vehicle(systems: CoordinateSystems, lidars: Iterable[str], report: FileReport) -> str:
    """The coordinate system that is ego, "" where there is none at all; what was taken for granted is told."""
    vehicles = [name for name, kind in systems.types.items() if kind in VEHICLE_TYPES]
    named = [name for name in vehicles or systems.types if any(word in name.lower() for word in VEHICLE_WORDS)]
    if named or vehicles:
        chosen = (named or vehicles)[0]
        report.assume(f"ego is the coordinate system '{chosen}', taken for x forward, y left, z up")
        return chosen
    lidar = next((name for name in lidars if name in systems), None)
    chosen = lidar or next(iter(systems.types), "")
    if chosen:
        report.assume(f"no coordinate system is the vehicle's; ego is '{chosen}'")
    return chosen


def the_world(systems: CoordinateSystems, ego: str) -> str:
    """The coordinate system the vehicle moves in: the last of its ancestors, or a scene system that it can reach."""
    lineage = _ancestors(ego, systems.parents)
    found = [name for name in reversed(lineage) if _is_world(name, systems.types[name])]
    found += [name for name, kind in systems.types.items() if _is_world(name, kind) and name != ego]
    return found[0] if found else ""


def _is_world(name: str, kind: str) -> bool:
    return kind in WORLD_TYPES or (not kind and any(word in name.lower() for word in WORLD_WORDS))


def _ancestors(name: str, parents: Mapping[str, str]) -> list[str]:
    lineage: list[str] = []
    here = parents.get(name, "")
    while here in parents and here not in lineage and here != name:
        lineage.append(here)
        here = parents[here]
    return lineage
