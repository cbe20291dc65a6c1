"""JSON documents of ours, read back; whatever is wrong with one names the file, what was expected and what came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from calibration.errors import FileProblemError
from fusion.formats.safe_files import MAX_FILE_BYTES, read_file
from fusion.scene.stored_models import first_complaint

Model = TypeVar("Model", bound=BaseModel)
# Of a value that doesn't fit, so much is shown.
MOST_SHOWN = 60


def read_json(path: str | Path, schema: str, max_bytes: int = MAX_FILE_BYTES) -> Any:
    """The content of a file that should hold a document of a schema.

    Raises:
        FileProblemError: there is none, it can't be read, or it is no JSON.
    """
    content = read_file(Path(path), max_bytes=max_bytes)
    try:
        return json.loads(content)
    except RecursionError as error:
        raise FileProblemError(path, f"is no {schema} document: nested too deeply") from error
    except UnicodeDecodeError as error:
        raise FileProblemError(path, f"is no {schema} document: no UTF-8 text at byte {error.start}") from error
    except ValueError as error:
        told = f"no JSON: {error}" if content.strip() else "the file is empty"
        raise FileProblemError(path, f"is no {schema} document: {told}") from error


def read_model(path: str | Path, model: type[Model], schema: str, without: str | None = None) -> Model:
    """The document of a file.

    Args:
        without: a field that is written for readers' convenience, and not read back.

    Raises:
        FileProblemError: see `read_json`, or it holds something else.
    """
    content = read_json(path, schema)
    if isinstance(content, dict):
        content.pop(without, None)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise FileProblemError(path, f"is no {schema} document: {_complaint(error)}") from error
    except RecursionError as error:
        raise FileProblemError(path, f"is no {schema} document: nested too deeply") from error


def in_utf8(text: str) -> str:
    """A text that can be stored and sent; bytes of file names in no encoding are written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _complaint(error: ValidationError) -> str:
    """The first thing that doesn't fit, in one line: where, what was expected, what came."""
    first = error.errors(include_url=False)[0]
    came = first.get("input")
    shown = f", got {came!r}"[:MOST_SHOWN] if first["type"] != "missing" and not isinstance(came, (dict, list)) else ""
    return first_complaint(error) + shown
