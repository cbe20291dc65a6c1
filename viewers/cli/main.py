"""The command `boresight`: finds the verb, runs it, and turns what happened into an exit code.

    130  interrupted
      4  internal error; its traceback is on stderr
      5  environment: a missing or broken package, packages that clash
      2  usage or settings: what was typed, or a file that was named, doesn't fit
      3  some input was unreadable, or too little could be assessed; findings are still written
      1  findings at or above --fail-on
      0  none of these

The strongest comes first, and wins where several apply: an unreadable frame never looks like a clean one.

`--help` and `--version` import next to nothing, and a verb imports what it needs inside its function, so that asking
for its help doesn't load numpy, scipy and every check.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

# In the order of a day's work: look, check, decide, correct, tell, and hold against other deliveries.
VERBS = {
    "info": "what a data set holds: sensors, rates, sync, poses, label statistics",
    "check": "find wrong labels, calibration, clocks and files",
    "explain": "the manual of a check and its limits; without a name, all checks",
    "calib": "audit clocks, lenses, mountings and poses: estimate, interval and verdict of each",
    "view": "the desktop viewer: walk the findings through points, images and time, and decide them",
    "snapshot": "evidence pictures of findings, without a window",
    "review": "decisions about findings: hand out, decide, merge, verify, learn from them",
    "fix": "a corrected copy of a data set, from what a run proposed",
    "export": "findings and corrections for annotation tools: CVAT, SUSTechPOINTS, OpenLABEL, FiftyOne",
    "report": "a run as one HTML page: numbers, causes, evidence pictures, filters",
    "diff": "what is new, fixed, still open or back since earlier runs",
    "accept": "accept or reject a delivery from a sample that people judged",
    "compare": "how well label sets of the same scenes agree: annotators, deliveries, predictions",
    "learn": "what objects of each class are usually like, from labels that are trusted",
    "plant": "a copy of a data set with faults planted in it, and the truth about them",
    "selftest": "what the checks find of faults planted on purpose, and what they say of clean data",
    "doctor": "whether this machine has what Boresight needs",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (without the program's name) and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["--version"]:
        return _print_version()
    if words[:1] in (["--help"], ["-h"]):
        return _print_help()

    from viewers.cli.verb import run_verb, unknown_verb

    return run_verb(words[0], words[1:]) if words and words[0] in VERBS else unknown_verb(words, VERBS)


def help_text() -> str:
    """What `boresight --help` prints."""
    verbs = "\n".join(f"  {verb:<10}{summary}" for verb, summary in VERBS.items())
    return f"""\
Usage: boresight VERB ...

Finds wrong labels in multi-sensor driving data before a model learns from them.

{verbs}

`boresight VERB --help` says more; `boresight --version` names the version.
Exit codes: 0 fine, 1 findings, 2 usage, 3 unreadable input, 4 internal error, 5 environment, 130 interrupted.
"""


def _print_help() -> int:
    from viewers.cli.stdout import write_result

    write_result(help_text())
    return 0


def _print_version() -> int:
    from viewers.cli.stdout import write_result
    from viewers.cli.version import installed_version

    write_result(f"boresight {installed_version() or '(not installed)'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
