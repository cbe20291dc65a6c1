"""A list of places to look at, one after the other, as a JSON file.

    {
      "schema": "boresight.playlist/1",
      "places": [
        {"scene": "scene-0061", "frame": 12, "track": "c1958768", "note": "cut off by the car in front"},
        {"scene": "scene-0061", "frame": "ca9a282c9e77460f8360f564131a8af5", "label": "ef63a697930c"}
      ]
    }

A frame is a number, counted from 0, or the data set's own name in quotes. An object is told by its track or its label,
or not at all. `note` is shown with the place. Nothing else is allowed: a misspelt field is an error, never a default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calibration.errors import FileProblemError
from fusion.scene.scene import Scene
from fusion.scene.stored_models import first_complaint
from viewers.desktop.state.frame_content import FrameContent
from viewers.errors import ViewerError

SCHEMA = "boresight.playlist/1"


class Place(BaseModel):
    """One place to look at."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    scene: str
    frame: int | str = 0
    track: str | None = None
    label: str | None = None
    note: str = ""

    def frame_in(self, scene: Scene) -> int:
        """The number of the frame.

        Raises:
            ViewerError: the scene has no such frame.
        """
        keys = scene.frame_table.keys
        if isinstance(self.frame, int) and 0 <= self.frame < len(keys):
            return self.frame
        if self.frame in keys:
            return keys.index(str(self.frame))
        raise ViewerError(f"scene {scene.name!r} has no frame {self.frame!r}; it has {len(keys)}")

    def row_in(self, content: FrameContent) -> int | None:
        """The frame's box that is meant, None for none.

        Raises:
            ViewerError: it is not in the frame.
        """
        if self.track is None and self.label is None:
            return None
        row = content.row_of_track(self.track) if self.track is not None else None
        if row is None and self.label is not None:
            rows = np.flatnonzero(np.asarray(content.boxes.label_ids, dtype=object) == self.label)
            row = int(rows[0]) if len(rows) else None
        if row is None:
            raise ViewerError(f"frame {content.key} has no box of {self.track or self.label!r}")
        return row


class Playlist(BaseModel):
    """Places in the order they are looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_name: Literal["boresight.playlist/1"] = Field(alias="schema")
    places: tuple[Place, ...] = Field(min_length=1)


def read_playlist(path: Path) -> Playlist:
    """The list of a file.

    Raises:
        FileProblemError: the file is missing, or holds something else.
    """
    try:
        return Playlist.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FileProblemError(path, f"can't be read: {error.strerror or error}") from error
    except ValidationError as error:
        raise FileProblemError(path, f"is no {SCHEMA} document: {first_complaint(error)}") from error
