"""What a reviewer says, and the event that the store makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from fusion.checks.proposal import Proposal
from fusion.formats.json_files import in_utf8
from fusion.review.subject import ReviewSubject

Action = Literal["verdict", "proposal", "assignment", "draw"]


class Verdict(str, Enum):
    """What a person decided.

    confirmed: the finding is right; false-alarm: it is wrong; accepted-deviation: right, and to stay as it is;
    fixed: right, and repaired by now; unsure: looked, can't tell; new-error: an error that no finding names is here;
    correct: looked at what nobody flagged, and nothing is wrong; undecided: takes an earlier verdict back.
    """

    CONFIRMED = "confirmed"
    FALSE_ALARM = "false-alarm"
    ACCEPTED_DEVIATION = "accepted-deviation"
    FIXED = "fixed"
    UNSURE = "unsure"
    NEW_ERROR = "new-error"
    CORRECT = "correct"
    UNDECIDED = "undecided"


# The data were wrong; accepted deviations too, as the finding told the truth.
WRONG = frozenset({Verdict.CONFIRMED, Verdict.FIXED, Verdict.ACCEPTED_DEVIATION, Verdict.NEW_ERROR})
RIGHT = frozenset({Verdict.FALSE_ALARM, Verdict.CORRECT})
DISMISSED = frozenset({Verdict.FALSE_ALARM, Verdict.ACCEPTED_DEVIATION})


class Decision(BaseModel):
    """What a reviewer hands in.

    verdict: None where only a correction is proposed; evidence_hash: of the finding as it was shown; about: what was
    shown, so that the decision is understood when the run is gone (see `fusion.review.memory.about_finding`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    subject: ReviewSubject
    reviewer: str = Field(min_length=1)
    verdict: Verdict | None = None
    error_type: str = ""
    comment: str = ""
    evidence_hash: str = ""
    proposals: tuple[Proposal, ...] = ()
    about: dict[str, Any] = {}

    @field_validator("reviewer", "error_type", "comment")
    @classmethod
    def _storable(cls, text: str) -> str:
        return in_utf8(text.strip())


@dataclass(frozen=True)
class ReviewEvent:
    """One appended event, as the store holds it.

    id: order in this store; sequence, previous, hash: its place in the reviewer's chain; revision: how many verdicts
    on the subject this store holds up to this one, None for other actions; replaces: hashes of the verdicts that the
    reviewer saw and decided anew; created_ns: UTC.
    """

    id: int
    hash: str
    previous: str
    reviewer: str
    sequence: int
    action: Action
    subject: ReviewSubject
    revision: int | None
    verdict: Verdict | None
    error_type: str
    comment: str
    evidence_hash: str
    proposals: tuple[Proposal, ...]
    about: dict[str, Any]
    replaces: tuple[str, ...]
    created_ns: int
    tool_version: str

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> ReviewEvent:
        """The event of a row of the table."""
        return cls(
            **{name: row[name] for name in PLAIN_COLUMNS},
            subject=ReviewSubject.parse(row["subject"]),
            verdict=Verdict(row["verdict"]) if row["verdict"] else None,
            proposals=tuple(Proposal.model_validate(one) for one in json.loads(row["proposals"])),
            about=json.loads(row["about"]),
            replaces=tuple(json.loads(row["replaces"])),
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-able content."""
        return {
            **{name: getattr(self, name) for name in PLAIN_COLUMNS},
            "subject": str(self.subject),
            "verdict": self.verdict.value if self.verdict else None,
            "proposals": [one.model_dump(mode="json") for one in self.proposals],
            "about": self.about,
            "replaces": list(self.replaces),
        }


PLAIN_COLUMNS = (
    "id",
    "hash",
    "previous",
    "reviewer",
    "sequence",
    "action",
    "revision",
    "error_type",
    "comment",
    "evidence_hash",
    "created_ns",
    "tool_version",
)


def canonical_json(content: Any) -> str:
    """One text for one content, as it is stored and hashed.

    Raises:
        ValueError: a number in it is not finite.
    """
    return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
