"""Options that several verbs share, spelled once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer


class OutputFormat(str, Enum):
    """How findings are written; `viewers.outputs.formats` writes all but the first."""

    HUMAN = "human"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"
    PARQUET = "parquet"


class FailOn(str, Enum):
    """From which severity on findings make the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


INPUT, JUDGEMENT, OUTPUT, RUNNING = "What to read", "What to judge", "What to hand out", "How to run"


def _option(panel: str, *names: str, metavar: str | None, text: str, **more: Any) -> Any:
    return typer.Option(*names, metavar=metavar, help=text, rich_help_panel=panel, **more)


Root = Annotated[Path, typer.Argument(metavar="ROOT", help="A data set, a split or scene of it, or one label file.")]
Roots = Annotated[list[Path], typer.Argument(metavar="ROOT", help="Data sets, or splits, scenes or label files.")]
Format = Annotated[str | None, _option(INPUT, metavar="NAME", text="Its format; left out, its files tell.")]
Labels = Annotated[Path | None, _option(INPUT, metavar="PATH", text="Labels to judge in place of its own.")]
Rig = Annotated[Path | None, _option(INPUT, metavar="FILE", text="Rig file that replaces its sensors.")]
Predictions = Annotated[Path | None, _option(INPUT, metavar="PATH", text="Model output to hold against the labels.")]
AllowPickle = Annotated[bool, _option(INPUT, "--allow-pickle", metavar=None, text="Unpickle what readers allow.")]
Scenes = Annotated[
    list[str] | None, _option(INPUT, "--scene", metavar="NAME", text="Only this scene; may be repeated.")
]

Select = Annotated[
    list[str] | None, _option(JUDGEMENT, metavar="CHECKS", text="Only these codes, names or families: BOX,TRK501.")
]
Ignore = Annotated[list[str] | None, _option(JUDGEMENT, metavar="CHECKS", text="All but these.")]
Priors = Annotated[Path | None, _option(JUDGEMENT, metavar="TOML", text="What `boresight learn` wrote.")]
Precision = Annotated[
    Path | None, _option(JUDGEMENT, metavar="TOML", text="What `boresight review learn` wrote: moves scores, no more.")
]
Reviews = Annotated[
    Path | None,
    _option(
        JUDGEMENT,
        "--reviews",
        "--store",
        metavar="FILE",
        text="Reviews; what they dismissed is left out until it changes.",
    ),
]
SettingsFile = Annotated[Path | None, _option(JUDGEMENT, metavar="TOML", text="Limits, severities and selection.")]
Tiers = Annotated[
    list[str] | None, _option(JUDGEMENT, metavar="TIERS", text="Only checks that read: labels,points,search,pixels.")
]

OutputAs = Annotated[OutputFormat | None, _option(OUTPUT, "--output-format", metavar=None, text="human if left out.")]
Json = Annotated[bool, _option(OUTPUT, "--json", metavar=None, text="JSON instead of text.")]
Output = Annotated[
    Path | None, _option(OUTPUT, "--output", "-o", metavar="FILE", text="Write there instead of standard output.")
]
RunFolder = Annotated[
    Path | None, _option(OUTPUT, "--run", metavar="DIR", text="Keep the run there; one that was stopped there goes on.")
]
Restart = Annotated[bool, _option(OUTPUT, "--restart", metavar=None, text="Start over in the folder of --run.")]
Top = Annotated[int, _option(OUTPUT, min=0, metavar="N", text="Most to print by check and scene (human), 0 for all.")]
FailAt = Annotated[FailOn, _option(OUTPUT, "--fail-on", metavar=None, text="Exit code 1 from this severity on.")]
MinAssessed = Annotated[
    float, _option(OUTPUT, min=0, max=100, metavar="PCT", text="Exit code 3 if less of what there is was assessed.")
]
Baseline = Annotated[
    Path | None, _option(OUTPUT, metavar="RUN", text="Exit code 1 only for what this run or findings.json has not.")
]
Require = Annotated[
    list[str] | None, _option(OUTPUT, metavar="CHECKS", text="Exit code 3 if one of these could assess nothing.")
]
OutputFolder = Annotated[Path, _option(OUTPUT, "--out", "-o", metavar="DIR", text="Where the pictures go.")]
Limit = Annotated[int, _option(OUTPUT, min=0, metavar="N", text="Most findings to draw, the most urgent first.")]
Findings = Annotated[
    Path | None, _option(INPUT, metavar="PATH", text="findings.json or run folder; left out, the checks run now.")
]
OneScene = Annotated[str | None, _option(INPUT, "--scene", metavar="NAME", text="Only this scene.")]
Frame = Annotated[str | None, _option(INPUT, metavar="KEY", text="Only this frame, by its key or number.")]

Workers = Annotated[int, _option(RUNNING, min=1, metavar="N", text="Processes; the result is the same.")]
Engine = Annotated[str, _option(RUNNING, metavar="NAME", text="What runs them: local.")]


def words(given: Iterable[str] | None) -> tuple[str, ...]:
    """`--select BOX,TRK501 --select IMG401` as single words."""
    return tuple(word.strip() for part in given or () for word in part.split(",") if word.strip())
