"""The manual of a check is its module's docstring; this reads it.

BOX304 floating-box: a road user's box hangs above the ground it should stand on.

What it looks for: ...
Why it matters: ...
Evidence: ...
Blind spots: ...
Example: ...
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEADINGS = ("What it looks for", "Why it matters", "Evidence", "Blind spots", "Example")
_FIRST_LINE = re.compile(r"(?P<code>[A-Z]{3}\d{3}) (?P<name>[a-z0-9-]+): (?P<summary>.+)")


@dataclass(frozen=True)
class Manual:
    """What `explain` prints; sections by heading, in order."""

    code: str
    name: str
    summary: str
    sections: dict[str, str]

    def text(self) -> str:
        """The manual as written."""
        body = "\n".join(f"{heading}: {words}" for heading, words in self.sections.items())
        return f"{self.code} {self.name}: {self.summary}\n\n{body}"


def read_manual(docstring: str | None, module: str) -> Manual:
    """The manual in a check's docstring.

    Raises:
        ValueError: a heading is missing; a check without a complete manual is a bug, not bad input.
    """
    title, _, body = (docstring or "").strip().partition("\n\n")
    match = _FIRST_LINE.fullmatch(" ".join(title.split()))
    if match is None:
        raise ValueError(f"{module}: the docstring must start with 'CODE name: what is wrong.', got {title!r}")
    sections = _sections(body)
    headings = tuple(heading for heading, _ in sections)
    if headings != HEADINGS:
        raise ValueError(f"{module}: the manual needs the headings {HEADINGS}, got {headings}")
    return Manual(match["code"], match["name"], match["summary"], dict(sections))


def _sections(body: str) -> list[tuple[str, str]]:
    heading = re.compile(rf"^({'|'.join(HEADINGS)}):", re.MULTILINE)
    parts = heading.split(body)[1:]
    return [(name, " ".join(words.split())) for name, words in zip(parts[::2], parts[1::2], strict=True)]
