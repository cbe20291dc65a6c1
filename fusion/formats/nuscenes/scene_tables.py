"""One scene's share of the tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calibration.arrays import IntArray
from fusion.formats.nuscenes.dialects import Dialect
from fusion.formats.nuscenes.records import SceneRecord
from fusion.formats.nuscenes.scene_report import SceneReport
from fusion.formats.nuscenes.tables import Tables


@dataclass(frozen=True, eq=False)
class SceneTables:
    """What reads a scene is handed: all tables, which scene, whose conventions, and where to report.

    row: of scene.json.
    """

    tables: Tables
    row: int
    dialect: Dialect
    report: SceneReport

    @property
    def record(self) -> SceneRecord:
        """The scene's own record."""
        return self.tables.scenes[self.row]

    @property
    def root(self) -> Path:
        """What names of sensor files are relative to."""
        return self.tables.folder.data_root

    @property
    def sample_rows(self) -> IntArray:
        """Its rows of sample.json, ascending."""
        return self.tables.samples.by_scene.rows(self.row)

    @property
    def measurement_rows(self) -> IntArray:
        """Its rows of sample_data.json, ascending."""
        return self.tables.measurements.by_scene.rows(self.row)

    @property
    def annotation_rows(self) -> IntArray:
        """Its rows of sample_annotation.json, ascending."""
        return self.tables.annotations.by_scene.rows(self.row)
