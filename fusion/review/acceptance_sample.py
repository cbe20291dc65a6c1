"""What is inspected of a delivery: tracks, for what exists, and sectors of frames, for what is missing; drawn by lot.

Drawn once, with a seed, and written down: nobody draws again until the result pleases.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from fusion.checks.rounding import digest
from fusion.errors import AcceptanceError
from fusion.formats.json_files import in_utf8, read_model
from fusion.review.acceptance_plan import PlanKind, QualityGoal, SamplingPlan, design_effect_of, sampling_plan
from fusion.review.subject import ReviewSubject
from fusion.scene.dataset import Dataset

SCHEMA: Final = "boresight.acceptance/1"
FILE_NAME = "acceptance.json"
# Of a frame a person can overlook a quarter turn at once.
SECTORS = ("front", "left", "rear", "right")
# How alike two tracks of one scene are where nobody has measured it: one annotator, one day, one place.
CORRELATION = 0.1

Unit = Literal["track", "frame sector"]
UNITS: tuple[Unit, ...] = ("track", "frame sector")


class AcceptanceOptions(BaseModel):
    """What both sides agreed on, as shares.

    aql, rql: of tracks that are wrong; aql_missing, rql_missing: of frame sectors in which something isn't labelled;
    scenes_at_most: draw from so many scenes only, for all of them if None; correlation: of two units of one scene,
    used where not all scenes are drawn from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    aql: float = 0.02
    rql: float = 0.08
    aql_missing: float = 0.02
    rql_missing: float = 0.08
    producer_risk: float = 0.05
    consumer_risk: float = 0.10
    kind: PlanKind = "sequential"
    scenes_at_most: int | None = Field(None, ge=1)
    correlation: float = Field(CORRELATION, ge=0, le=1)
    seed: int = 0

    def goal(self, unit: Unit) -> QualityGoal:
        """Of a unit.

        Raises:
            AcceptanceError: shares or risks that can't be.
        """
        aql, rql = (self.aql, self.rql) if unit == "track" else (self.aql_missing, self.rql_missing)
        return QualityGoal(aql, rql, self.producer_risk, self.consumer_risk)


class DrawnLot(BaseModel):
    """Units of one kind.

    size: that the delivery has; key: of their names, which tells a changed delivery; drawn: as the store calls them,
    in the order they are inspected.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: Unit
    size: int
    scenes: int
    scenes_drawn: int
    design_effect: float
    key: str
    drawn: tuple[str, ...]


class AcceptanceRecord(BaseModel):
    """The whole of `acceptance.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_name: Literal["boresight.acceptance/1"] = Field(SCHEMA, alias="schema")
    made: str
    root: str
    options: AcceptanceOptions
    lots: tuple[DrawnLot, ...]

    def plan(self, lot: DrawnLot) -> SamplingPlan:
        """The plan of one of its lots; the same every time."""
        return sampling_plan(self.options.goal(lot.unit), lot.size, self.options.kind, lot.design_effect)


def units_of(dataset: Dataset, unit: Unit) -> list[ReviewSubject]:
    """All units of a kind a delivery has, scene by scene; a box without a track is a unit as a label."""
    subjects: list[ReviewSubject] = []
    for scene in dataset.scenes():
        if unit == "track":
            boxes = scene.labels.boxes
            tracks = sorted(set(boxes.track.values.tolist()) - {""})
            subjects += [ReviewSubject("track", track, scene.name) for track in tracks]
            loose = boxes.label_ids[~boxes.track.present]
            subjects += [ReviewSubject("label", str(label), scene.name) for label in loose]
        else:
            table = scene.frame_table
            keys = [key for key, annotated in zip(table.keys, table.annotated, strict=True) if annotated]
            subjects += [ReviewSubject("region", f"{key}@{sector}", scene.name) for key in keys for sector in SECTORS]
    return subjects


def draw(dataset: Dataset, options: AcceptanceOptions) -> AcceptanceRecord:
    """Draw what is inspected of a delivery.

    Raises:
        AcceptanceError: the delivery has nothing to inspect, or the scenes it may be drawn from have too little.
    """
    rng = np.random.default_rng(options.seed)
    scenes, most = list(dataset.scene_names), options.scenes_at_most
    # The same scenes for both kinds: a person has them open once.
    few = None if most is None or most >= len(scenes) else {scenes[at] for at in rng.permutation(len(scenes))[:most]}
    lots = tuple(_drawn(units_of(dataset, unit), unit, options, few, rng) for unit in UNITS)
    return AcceptanceRecord(
        made=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC"),
        root=in_utf8(str(dataset.root)),
        options=options,
        lots=lots,
    )


def _drawn(
    units: Sequence[ReviewSubject],
    unit: Unit,
    options: AcceptanceOptions,
    few: set[str] | None,
    rng: np.random.Generator,
) -> DrawnLot:
    """few: the scenes to draw from; all if None."""
    if not units:
        raise AcceptanceError(f"the delivery has no {unit}; there is nothing to accept")
    goal, scenes = options.goal(unit), {one.scene for one in units}
    effect = 1.0 if few is None else _effect_of_few_scenes(goal, len(units), options, len(few & scenes), len(scenes))
    plan = sampling_plan(goal, len(units), options.kind, effect)
    chosen = scenes if few is None else few & scenes
    among = [one for one in units if one.scene in chosen]
    if len(among) < plan.size or plan.design_effect < effect:
        raise AcceptanceError(
            f"{len(chosen)} scenes hold {len(among)} of the {plan.size} units ({unit}) to inspect; allow more scenes"
        )
    order = rng.permutation(len(among))[: plan.size]
    return DrawnLot(
        unit=unit,
        size=len(units),
        scenes=len(scenes),
        scenes_drawn=len(chosen),
        design_effect=effect,
        key=_key(units),
        drawn=tuple(str(among[index]) for index in order),
    )


def _effect_of_few_scenes(goal: QualityGoal, lot: int, options: AcceptanceOptions, drawn: int, scenes: int) -> float:
    """More scenes' worth of units in each make the effect larger, and that needs more units: until it settles."""
    if not drawn:
        raise AcceptanceError("none of the scenes drawn from has anything to inspect; allow more scenes")
    simple, effect = sampling_plan(goal, 10**9, options.kind).size, 1.0
    for _ in range(50):
        wanted = design_effect_of(min(simple * effect, lot) / drawn, options.correlation, drawn, scenes)
        if abs(wanted - effect) < 1e-3:
            break
        effect = wanted
    return round(effect, 3)


def _key(units: Sequence[ReviewSubject]) -> str:
    return digest("\n".join(sorted(str(one) for one in units)))


def still_the_same(record: AcceptanceRecord, dataset: Dataset) -> None:
    """Refuse a sample of another delivery.

    Raises:
        AcceptanceError: tracks or frames came or went since the sample was drawn.
    """
    for lot in record.lots:
        now = units_of(dataset, lot.unit)
        if _key(now) != lot.key:
            raise AcceptanceError(
                f"the sample was drawn on {record.made} from {lot.size} units ({lot.unit}), and the delivery now has "
                f"{len(now)} or others; a changed delivery needs a run and a sample of its own"
            )


def read_record(path: str | Path) -> AcceptanceRecord | None:
    """The sample of a file, None where there is none yet.

    Raises:
        FileProblemError: it can't be read, or holds something else.
    """
    return read_model(path, AcceptanceRecord, SCHEMA) if os.path.lexists(path) else None


def write_record(record: AcceptanceRecord, path: str | Path) -> None:
    """Write the sample down; never over another one.

    Raises:
        AcceptanceError: there is one already, or it can't be written.
    """
    try:
        with Path(path).open("x", encoding="utf-8", errors="backslashreplace") as file:
            file.write(record.model_dump_json(by_alias=True, indent=1) + "\n")
    except OSError as error:
        raise AcceptanceError(f"can't write the sample to '{path}': {error.strerror or error}") from error
