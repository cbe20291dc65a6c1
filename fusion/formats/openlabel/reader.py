"""The reader of ASAM OpenLABEL files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from calibration.errors import FileProblemError
from calibration.rig import RigHistory, SensorRig
from calibration.sensors import EGO, SensorKind
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.errors import DatasetError
from fusion.formats.openlabel.coordinate_systems import (
    FORWARD_FROM_OPTICAL,
    CoordinateSystems,
    read_coordinate_systems,
    the_vehicle,
    the_world,
)
from fusion.formats.openlabel.frames import FrameRecord, read_frames
from fusion.formats.openlabel.geometries import read_geometries
from fusion.formats.openlabel.json_members import MalformedError, Members, entries, members, members_of_file, text
from fusion.formats.openlabel.labels import Recorded, label_set
from fusion.formats.openlabel.layout import LabelFile, find_files, scene_names
from fusion.formats.openlabel.measurements import MeasurementReading
from fusion.formats.openlabel.objects import compare_intervals, read_objects
from fusion.formats.openlabel.report import FileReport
from fusion.formats.openlabel.sensors import FileStream, cameras_look_forward, read_streams, rig_of
from fusion.formats.openlabel.times import FrameTimes, frame_times
from fusion.formats.safe_files import read_bytes
from fusion.scene.frame_table import FrameTable
from fusion.scene.problems import Problem, ProblemLog, problem_of
from fusion.scene.scene import Scene

# A file is decoded member by member, but its bytes are held while it is read.
MAX_FILE_BYTES = 1024**3
KNOWN_SECTIONS = frozenset(
    {"metadata", "coordinate_systems", "streams", "objects", "frames", "frame_intervals"}  # the last follows of frames
)
TAGS = ("name", "tagged_file", "schema_version", "file_version")


class OpenLabelReader:
    """ASAM OpenLABEL 1.0 files -> Scenes, one a file.

    OpenLABEL says                                    we say
    the vehicle's coordinate system (local)           ego
    a scene's coordinate system (scene, geo)          world; transforms per frame are the trajectory
    pose_wrt_parent                                   parent_from_child, chained to ego_from_sensor
    src, dst, transform_src_to_dst                    dst_from_src, at that frame
    quaternion x y z w                                w x y z
    a camera's axes x forward, y left, z up           x right, y down, z forward; told apart by the axes that point up
    camera_matrix K, or K [I | offset]                a lens, and the camera shifted by the offset
    cuboid: centre, rotation, sizes along its axes    length, width, height: the axis vertical in ego is the height
    cuboid in its coordinate_system                   boxes in that sensor, ego or world; in ego if there are several
    bbox: centre x, centre y, width, height           edges, camera = its coordinate_system
    object uid, type                                  track, category; regions (DontCare) have no track
    attributes, and num, text, boolean of an object   attribute columns
    timestamp                                         int64 nanoseconds; without any, 0.1 s a frame, synthetic
    uri                                               a file beside the label file, if it is there

    Everything else (poly2d, poly3d, vec, mat, actions, ...) is counted and told among the assumptions.

    Source: ASAM OpenLABEL 1.0.0, user guide and JSON schema; Vicomtech VCD's converter of KITTI tracking (Euler
    cuboids in a camera); OSDaR23 (quaternion cuboids, cameras that look along x).
    """

    format = "openlabel"
    looks_for = "a .json file that starts with an object 'openlabel', a folder of them, or a folder of such folders"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems = ProblemLog()
        self._files = scene_names(find_files(root))

    @classmethod
    def recognises(cls, root: Path) -> str | None:
        """Why the root is one or several OpenLABEL files, None if it is not."""
        files = find_files(root)
        if not files:
            return None
        if root.is_file():
            return f"{root.name} holds an object 'openlabel'"
        return f"{files[0].path} holds an object 'openlabel'" + (f", and {len(files) - 1} more" if files[1:] else "")

    def scene_names(self) -> tuple[str, ...]:
        """Names of the files without their suffix, sorted."""
        return tuple(self._files)

    def read_scene(self, name: str) -> Scene:
        """One file; what can't be read of it is in the scene's problems. A file that is no JSON is an empty scene.

        Raises:
            DatasetError: there is no such file.
        """
        if name not in self._files:
            raise DatasetError(f"{self.root} has no scene '{name}'; it has {', '.join(self._files) or 'none'}")
        file = self._files[name]
        try:
            data = members_of_file(read_bytes(file.root, file.path, MAX_FILE_BYTES), file.path)
        except FileProblemError as error:
            return _FileReading(file, name).scene({}, problem_of(error, scene=name))
        return _FileReading(file, name).scene(data)


class _FileReading:
    """One file on its way to a scene."""

    def __init__(self, file: LabelFile, name: str) -> None:
        self.file = file
        self.report = FileReport(file.path, name)

    def scene(self, data: Members, fatal: Problem | None = None) -> Scene:
        """The scene; an empty one where `fatal` says why nothing could be read."""
        report = self.report
        sections = self._sections(data)
        frames = read_frames(sections.get("frames"), report)
        times = frame_times([frame.key for frame in frames], [frame.stamp for frame in frames], report)
        streams = read_streams(sections.get("streams"), report)
        systems = self._systems(sections, frames, streams)
        forward = cameras_look_forward(streams, systems, report)
        rigs = self._rigs(streams, systems, forward, times)
        objects = read_objects(sections.get("objects"), report)
        compare_intervals(objects, frames, report)
        placed = frozenset.intersection(*(frozenset(rig.sensors) for rig in rigs.rigs))
        recorded = Recorded(frames, times.timestamps_ns, systems, streams, placed, forward)
        labels = label_set(read_geometries(frames, objects, report), recorded, report)
        measured = MeasurementReading(self.file, rigs, placed, report).read(frames, streams, times)
        table, trajectory = self._frame_table(frames, times, systems)
        lidars = [name for name, stream in measured.streams.items() if stream.kind is SensorKind.LIDAR]
        reference_lidar = lidars[0] if len(lidars) == 1 else None
        tags = self._tags(sections)
        return Scene(
            name=report.scene,
            dataset_format=OpenLabelReader.format,
            root=self.file.root,
            time_base=times.time_base,
            rigs=rigs,
            frame_table=replace(table, measurements=measured.of_frames, reference_lidar=reference_lidar),
            streams=measured.streams,
            label_sets={labels.name: labels},
            labels_on_trial=labels.name,
            trajectory=trajectory,
            problems=report.problems if fatal is None else ProblemLog([fatal]),
            assumptions=report.all_assumptions if fatal is None else (),
            tags=tags,
        )

    def _sections(self, data: Members) -> Members:
        report = self.report
        for name in data:
            if name != "openlabel":
                report.unread(f"'{name}' beside 'openlabel'")
        try:
            sections = members(data.get("openlabel"))
        except MalformedError as error:
            report.malformed("openlabel", f"openlabel: {error}")
            return {}
        for name, raw in sections.items():
            if name not in KNOWN_SECTIONS:
                report.unread(name, _count(raw))
        return sections

    def _systems(
        self, sections: Members, frames: list[FrameRecord], streams: dict[str, FileStream]
    ) -> CoordinateSystems:
        """The coordinate systems, with ego and the world chosen among them."""
        moves = [
            (index, frame.key, frame.transforms) for index, frame in enumerate(frames) if frame.transforms is not None
        ]
        systems = read_coordinate_systems(sections.get("coordinate_systems"), moves, self.report)
        lidars = [name for name, stream in streams.items() if stream.kind is SensorKind.LIDAR]
        ego = the_vehicle(systems, lidars, self.report)
        if not ego:
            return systems
        stream = streams.get(ego)
        turn = np.eye(3)
        if stream is not None and stream.kind is SensorKind.CAMERA:
            self.report.assume(f"'{ego}' is taken for a camera's x right, y down, z forward, and turned to be ego")
            turn = FORWARD_FROM_OPTICAL
        ego_from_system = RigidTransform(EGO, ego, turn, np.zeros(3))
        return replace(systems, ego=ego, turn=ego_from_system, world=the_world(systems, ego))

    def _rigs(
        self,
        streams: dict[str, FileStream],
        systems: CoordinateSystems,
        forward: frozenset[str],
        times: FrameTimes,
    ) -> RigHistory:
        """One rig, or one a frame where the frames move sensors."""
        moving = systems.frames_that_move_sensors
        if not moving:
            return RigHistory.from_rigs([(0, rig_of(streams, systems, forward, self.report))])
        rigs: dict[int, SensorRig] = {}
        for frame, stamp_ns in enumerate(times.timestamps_ns.tolist()):
            rigs.setdefault(stamp_ns, rig_of(streams, systems, forward, self.report, frame))
        return RigHistory.from_rigs(rigs.items())

    def _frame_table(
        self, frames: list[FrameRecord], times: FrameTimes, systems: CoordinateSystems
    ) -> tuple[FrameTable, Trajectory | None]:
        """The frames, and the trajectory through the poses they have."""
        translations, quaternions = np.full((len(frames), 3), np.nan), np.full((len(frames), 4), np.nan)
        for index in range(len(frames)):
            pose = systems.world_from_ego(index)
            if pose is not None:
                translations[index], quaternions[index] = pose.translation, pose.quaternion_wxyz
        known = np.isfinite(translations).all(axis=1)
        table = FrameTable(
            keys=tuple(frame.key for frame in frames),
            timestamps_ns=times.timestamps_ns,
            annotated=np.asarray([frame.objects is not None for frame in frames], dtype=np.bool_),
            translations_m=translations if known.any() else None,
            quaternions=quaternions if known.any() else None,
        )
        if not known.any():
            return table, None
        if not known.all():
            self.report.assume(f"{int((~known).sum())} of {len(frames)} frames have no pose in '{systems.world}'")
        poses = (times.timestamps_ns[known], translations[known], quaternions[known])
        return table, Trajectory.from_poses(*poses)

    def _tags(self, sections: Members) -> dict[str, str]:
        try:
            metadata = members(sections.get("metadata"))
            tags = {name: text(metadata.get(name)) for name in TAGS}
        except MalformedError as error:
            self.report.malformed("metadata", f"metadata: {error}")
            return {}
        version = tags["schema_version"]
        if version and not version.startswith("1."):
            self.report.assume(f"schema_version is {version}; read as 1.0")
        return {name: value for name, value in tags.items() if value}


def _count(raw: msgspec.Raw) -> int:
    """Entries of a section nobody reads."""
    try:
        return len(members(raw))
    except MalformedError:
        pass  # a list, or a single value
    try:
        return len(entries(raw))
    except MalformedError:
        return 1
