"""Handing out a run: on standard output, or as a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fusion.run.run import Run
from viewers.cli.options import OutputFormat
from viewers.cli.stdout import append_file, write_bytes, write_file, write_result
from viewers.cli.terminal import print_lines
from viewers.errors import CommandError
from viewers.outputs.formats import BINARY_WRITERS, WRITERS
from viewers.outputs.human import human_lines, news_text, severity_counts
from viewers.outputs.lines import plain, printable
from viewers.outputs.markdown import as_markdown

# Where a workflow of GitHub wants the summary of a step.
SUMMARY = "GITHUB_STEP_SUMMARY"


def chosen_format(output_format: OutputFormat | None, json: bool) -> OutputFormat:
    """What --output-format and its alias --json ask for.

    Raises:
        CommandError: they ask for different things.
    """
    if json and output_format not in (None, OutputFormat.JSON):
        raise CommandError(f"--json and --output-format {output_format.value} contradict each other")
    return OutputFormat.JSON if json else output_format or OutputFormat.HUMAN


def require_writable(output: Path | None, run_folder: Path | None, called: str = "--output") -> None:
    """Find out before a long run, not after it, whether its results have a place.

    Args:
        called: the option that names `output`.

    Raises:
        CommandError: they have none.
    """
    if output is not None and output.is_dir():
        raise CommandError(f"{called}: '{output}' is a folder, a file is needed")
    if run_folder is not None and run_folder.exists() and not run_folder.is_dir():
        raise CommandError(f"--run: '{run_folder}' is a file, a folder is needed")
    for option, place in ((called, output and output.parent), ("--run", run_folder)):
        existing = place and next(folder for folder in (place, *place.parents) if folder.exists())
        if option == called and existing != place:
            raise CommandError(f"{called}: there is no folder '{place}'")
        if existing and not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
            raise CommandError(f"{option}: can't write into '{existing}'")


def require_file_for(output_format: OutputFormat, output: Path | None) -> None:
    """Find out before a long run that what is no text has a file to go to.

    Raises:
        CommandError: it has none.
    """
    if output_format.value in BINARY_WRITERS and output is None:
        raise CommandError(f"--output-format {output_format.value} needs --output FILE")


def say(notice: str) -> None:
    """Tell the person who waits, beside the results."""
    print(f"boresight: {printable(notice)}", file=sys.stderr)


def hand_out(run: Run, output_format: OutputFormat, output: Path | None, top: int) -> None:
    """Write the findings; where they go to a file, stderr says what went there.

    For a workflow of GitHub its summary is written as well.
    """
    if output_format is OutputFormat.GITHUB and (summary := os.environ.get(SUMMARY)):
        append_file(Path(summary), as_markdown(run))
    if output is not None and output_format.value in BINARY_WRITERS:
        write_bytes(output, BINARY_WRITERS[output_format.value](run))
        print(f"boresight: {news_text(run) or severity_counts(run.leading)}, written to {output}", file=sys.stderr)
        return
    if output is None and output_format is OutputFormat.HUMAN:
        print_lines(human_lines(run, top))
        return
    text = plain(human_lines(run, top)) if output_format is OutputFormat.HUMAN else WRITERS[output_format.value](run)
    if output is None:
        write_result(text)
        return
    write_file(output, text)
    print(f"boresight: {news_text(run) or severity_counts(run.leading)}, written to {output}", file=sys.stderr)
