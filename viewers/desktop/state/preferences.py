"""What the viewer remembers from one day to the next: a small JSON file in the user's configuration folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Colouring = Literal["camera", "intensity", "height", "range", "time", "label", "face distance"]
BoxColouring = Literal["class", "track", "verdict"]
ViewName = Literal["orbit", "top", "chase", "free"]

COLOURINGS: tuple[Colouring, ...] = ("height", "intensity", "range", "time", "label", "face distance", "camera")
BOX_COLOURINGS: tuple[BoxColouring, ...] = ("class", "track", "verdict")


class Preferences(BaseModel):
    """How a person likes to look at things; unknown entries of newer versions are kept out, never an error."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    theme: Literal["dark", "light"] = "dark"
    colouring: Colouring = "height"
    box_colouring: BoxColouring = "class"
    view: ViewName = "orbit"
    sweeps: int = Field(0, ge=0, le=20, description="Sweeps added on each side of the frame's own.")
    points_in_images: bool = True
    trails: bool = True
    grid: bool = True
    auto_advance: bool = True
    point_size: int = Field(2, ge=1, le=10)
    frames_per_second: float = Field(4.0, gt=0, le=60)
    reviewer: str = ""
    window: tuple[int, int] = (1600, 950)


def preferences_path() -> Path:
    """Where they are kept: BORESIGHT_CONFIG, or the platform's folder for such files."""
    named = os.environ.get("BORESIGHT_CONFIG")
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "boresight" / "viewer.json"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "boresight" / "viewer.json"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "boresight" / "viewer.json"


def read_preferences(path: Path) -> Preferences:
    """What was remembered; the defaults where there is nothing, or nothing that can be understood."""
    try:
        return Preferences.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Preferences()


def write_preferences(preferences: Preferences, path: Path) -> str | None:
    """Remember; why it could not be, which must not keep anybody from closing the window."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(preferences.model_dump_json(indent=1) + "\n", encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        return f"{path}: settings were not kept: {error.strerror or error}"
    return None
