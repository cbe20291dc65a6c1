"""A data set whose format is plain and which can't be read: no scenes, and the problem that a run must not hide."""

from __future__ import annotations

from calibration.errors import FileProblemError
from fusion.errors import DatasetError, UnreadableDatasetError
from fusion.scene.problems import ProblemLog, unreadable
from fusion.scene.scene import Scene


class UnreadableSource:
    """Stands in for a reader that could not begin, so that a check over many deliveries reports this one too."""

    def __init__(self, format_name: str, root_name: str, error: UnreadableDatasetError) -> None:
        self.format = format_name
        cause = error.__cause__
        self.problems = ProblemLog([unreadable(root_name, cause if isinstance(cause, FileProblemError) else error)])

    def scene_names(self) -> tuple[str, ...]:
        """None: nothing could be read."""
        return ()

    def read_scene(self, name: str) -> Scene:
        """There is none.

        Raises:
            DatasetError: always.
        """
        raise DatasetError(f"scene {name!r} can't be read: the data set is unreadable")
