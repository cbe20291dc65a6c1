"""The ends of all chains, written down: kept away from the store, they show what was cut off it later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from calibration.errors import FileProblemError
from fusion.formats.json_files import read_json
from fusion.review.chain import Head

SCHEMA: Final = "boresight.review-heads/1"


def heads_text(heads: Sequence[Head]) -> str:
    """The content of a heads file."""
    return json.dumps({"schema": SCHEMA, "heads": [asdict(head) for head in heads]}, indent=1) + "\n"


def read_heads(path: str | Path) -> list[Head]:
    """The heads of a file.

    Raises:
        FileProblemError: it can't be read, or holds something else.
    """
    try:
        content = read_json(path, SCHEMA)
        if content["schema"] != SCHEMA:
            raise ValueError(f"its schema is {content['schema']!r}")
        return [Head(str(one["reviewer"]), int(one["sequence"]), str(one["hash"])) for one in content["heads"]]
    except (ValueError, TypeError, KeyError) as error:
        raise FileProblemError(path, f"is no {SCHEMA} document: {error}") from error
