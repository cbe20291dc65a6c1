"""The document of a self-test: `boresight.selftest/1`, as JSON."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from fusion.run.document import DatasetSummary, Tool

SCHEMA: Final = "boresight.selftest/1"


class Part(BaseModel):
    """A part of the document."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Share(Part):
    """hits of cases, with the 95 % interval after Wilson; value is null where there was no case."""

    hits: int
    cases: int
    value: float | None
    low: float
    high: float


class Missed(Part):
    """A planted fault that nothing was said about."""

    scene: str
    seed: int
    tracks: tuple[str, ...]
    labels: tuple[str, ...]
    frames: tuple[int, ...]
    sensor: str | None


class FaultResult(Part):
    """One fault at one extent and magnitude.

    found: an error or warning about what it befell; named: by a check meant for it; hinted: an info at least;
    found_by_kind: found, by what kind of object it befell;
    rank: findings a reviewer goes through until then, in the middle and at worst; codes: how often each check spoke.
    """

    fault: str
    family: str
    extent: str
    magnitude: float
    unit: str
    expected_codes: tuple[str, ...]
    found: Share
    named: Share
    hinted: Share
    found_by_kind: dict[str, Share]
    median_rank: float | None
    worst_rank: int | None
    median_score: float | None
    codes: dict[str, int]
    missed: tuple[Missed, ...]


class SmallestFound(Part):
    """The smallest magnitude of a fault that is found reliably, null where none of those tried is."""

    fault: str
    extent: str
    unit: str
    magnitude: float | None


class FalseAlarms(Part):
    """Alarms of one family on the data as it is: labels touched, a track, sensor or scene accused as a whole once.

    objects: tracks the labels belong to.
    """

    family: str
    alarms: int
    objects: int
    assessed: int
    per_thousand: float | None
    low: float
    high: float
    budget: float
    codes: dict[str, int]


class ReliabilityBin(Part):
    """Findings with scores in a range: what they promise on average, and the share that was about a planted fault.

    Findings are weighed so that the base rate of the run holds, however many faults were planted.
    """

    from_score: float
    to_score: float
    findings: int
    predicted: float
    true_share: float


class RepairResult(Part):
    """What applying the proposals of findings with a score of 0.8 or more does to planted faults, and to clean data.

    good: proposals that restore all they change to within 0.15 m, 3 degrees and 5 % of size; labels: restored, still
    wrong, harmed; on_clean: labels they would change in the data as it is.
    """

    good: Share
    restored: int
    still_wrong: int
    harmed: int
    on_clean: int
    codes: dict[str, int]
    harmful_codes: dict[str, int]
    wrong_codes: dict[str, int]
    clean_codes: dict[str, int]


class SelfTestDocument(Part):
    """All of it."""

    schema_: Literal["boresight.selftest/1"] = Field(default=SCHEMA, alias="schema", serialization_alias="schema")
    tool: Tool
    dataset: DatasetSummary
    seeds: int
    seconds: float
    faults: tuple[FaultResult, ...]
    not_planted: tuple[str, ...]
    smallest: tuple[SmallestFound, ...]
    false_alarms: tuple[FalseAlarms, ...]
    reliability: tuple[ReliabilityBin, ...]
    repairs: RepairResult

    def to_json(self) -> str:
        """The document as text."""
        return self.model_dump_json(by_alias=True, indent=1)
