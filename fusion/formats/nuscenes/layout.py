"""Where the tables of a data set lie, and where its sensor files lie beside them.

    data set root/                     what people point at
    ├── v1.0-mini/                     a table folder: scene.json, sample.json, sample_data.json ...
    ├── samples/LIDAR_TOP/...          sensor files, named in sample_data.json relative to the root
    └── sweeps/...

Lyft nests the same once more: lyft/v1.01-train/{lidar, images, v1.01-train/*.json}.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fusion.errors import DatasetError, UnreadableDatasetError
from fusion.formats.safe_files import list_folders

# Without these there is nothing to place a measurement with.
REQUIRED_TABLES = ("scene", "sample", "sample_data", "ego_pose", "calibrated_sensor", "sensor")
# These three make labels together; a test split has none of them, or empty ones.
LABEL_TABLES = ("sample_annotation", "instance", "category")
OPTIONAL_TABLES = ("attribute", "visibility", "log", "map")
KNOWN_TABLES = (*REQUIRED_TABLES, *LABEL_TABLES, *OPTIONAL_TABLES)
# Fewer of the required ones could be another format's files that happen to share a name.
RECOGNISED_BY = 3


@dataclass(frozen=True)
class TableFolder:
    """A folder of tables."""

    folder: Path

    @property
    def name(self) -> str:
        """As in `v1.0-mini`."""
        return self.folder.name

    @property
    def data_root(self) -> Path:
        """What names of sensor files are relative to."""
        return self.folder.parent

    def path(self, table: str) -> Path:
        """The file of a table."""
        return self.folder / f"{table}.json"

    def called(self, table: str) -> str:
        """The file of a table below the data root, for people."""
        return f"{self.name}/{table}.json"

    def has(self, table: str) -> bool:
        """Whether there is such a file."""
        return self.path(table).is_file()

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the known tables it has."""
        return tuple(table for table in KNOWN_TABLES if self.has(table))

    @property
    def labelled(self) -> bool:
        """Whether there are label tables."""
        return any(self.has(table) for table in LABEL_TABLES)

    @property
    def missing(self) -> tuple[str, ...]:
        """Tables it can't do without and does not have; label tables come all together or not at all."""
        needed = (*REQUIRED_TABLES, *(LABEL_TABLES if self.labelled else ()))
        return tuple(table for table in needed if not self.has(table))


def table_folders(root: Path) -> list[TableFolder]:
    """The table folders a path can mean: itself, those in it, or those in its versions' folders (Lyft)."""
    here = Path(os.path.abspath(root))  # noqa: PTH100  (a link the user placed keeps its neighbours)
    if here.is_file() and here.suffix == ".json":
        here = here.parent
    if _is_table_folder(here):
        return [TableFolder(here)]
    inside = [child for child in _folders(here) if _is_table_folder(child)]
    if not inside:
        versions = [child for child in _folders(here) if child.name.startswith("v")]
        inside = [inner for version in versions for inner in _folders(version) if _is_table_folder(inner)]
    return [TableFolder(folder) for folder in inside]


def the_table_folder(root: Path) -> TableFolder:
    """The one table folder a path means, complete.

    Raises:
        DatasetError: there is none, or there are several.
        UnreadableDatasetError: a table is missing.
    """
    folders = table_folders(root)
    if not folders:
        raise DatasetError(f"'{root}' holds no nuScenes tables (scene.json, sample.json, sample_data.json ...)")
    if len(folders) > 1:
        names = ", ".join(f"'{folder.folder}'" for folder in folders)
        raise DatasetError(f"'{root}' holds several table folders; pass the one to read: {names}")
    missing = ", ".join(folders[0].called(table) for table in folders[0].missing)
    if missing:
        raise UnreadableDatasetError(f"'{root}' lacks {missing}; without it the other tables can't be joined")
    return folders[0]


def _is_table_folder(folder: Path) -> bool:
    return sum((folder / f"{table}.json").is_file() for table in REQUIRED_TABLES) >= RECOGNISED_BY


def _folders(parent: Path) -> Iterator[Path]:
    return (parent / name for name in list_folders(parent))
