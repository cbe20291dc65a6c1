"""Settings that reviews suggest for noisy checks: a text for a person to read, judge and commit; nothing applies it."""

from __future__ import annotations

from fusion.checks.learned_precision import CheckPrecision, LearnedPrecision

# Source of both: notes on audits of labels; a check that is right less than once in ten costs more than it finds.
RARELY_RIGHT, ENOUGH_TO_MUTE = 0.10, 30
MOSTLY_WRONG, ENOUGH_TO_LOWER = 0.50, 20


def proposed_settings(learned: LearnedPrecision) -> str:
    """A snippet of settings with the reason above each change; only a comment where nothing is to be changed."""
    muted = {code: one for code, one in learned.checks.items() if _is_to_be_muted(one)}
    lowered = {code: one for code, one in learned.checks.items() if code not in muted and _is_to_be_lowered(one)}
    if not muted and not lowered:
        return "# No check was wrong often enough, in enough randomly drawn reviews, to propose a change.\n"
    lines = ["# Proposed by reviews. Read the reasons, keep what you agree with, and commit it with your settings.", ""]
    if muted:
        lines += [_reason(code, one) for code, one in muted.items()]
        lines += [f"ignore = [{', '.join(repr(one.name).replace(chr(39), chr(34)) for one in muted.values())}]", ""]
    for code, one in lowered.items():
        lines += [_reason(code, one), f"[checks.{one.name}]", 'severity = "info"', ""]
    return "\n".join(lines)


def _is_to_be_muted(one: CheckPrecision) -> bool:
    return one.reviewed >= ENOUGH_TO_MUTE and one.high < RARELY_RIGHT


def _is_to_be_lowered(one: CheckPrecision) -> bool:
    return one.reviewed >= ENOUGH_TO_LOWER and one.high < MOSTLY_WRONG


def _reason(code: str, one: CheckPrecision) -> str:
    return (
        f"# {code} {one.name}: {one.hits} of {one.reviewed} randomly drawn findings were right "
        f"({one.value:.0%}, 95 % interval {one.low:.0%} to {one.high:.0%})."
    )
