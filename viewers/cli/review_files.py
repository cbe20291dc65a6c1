"""What the verbs of `boresight review` read from words and files."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from viewers.errors import CommandError

if TYPE_CHECKING:
    from fusion.checks.proposal import Proposal
    from fusion.review.event import Verdict


def verdict_of(word: str) -> Verdict:
    """The verdict of a word; blanks and underlines do for hyphens.

    Raises:
        CommandError: there is none of that name.
    """
    from fusion.review.event import Verdict

    known = [verdict.value for verdict in Verdict]
    plain = word.strip().lower().replace(" ", "-").replace("_", "-")
    if plain in known:
        return Verdict(plain)
    close = get_close_matches(plain, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    raise CommandError(f"no verdict {word!r}; {hint}")


def proposals_of(path: Path | None) -> tuple[Proposal, ...]:
    """The corrections of a JSON file, one or a list of them.

    Raises:
        CommandError: it can't be read, or holds something else.
    """
    from fusion.checks.proposal import Proposal

    if path is None:
        return ()
    try:
        content = json.loads(path.read_bytes())
        return tuple(Proposal.model_validate(one) for one in (content if isinstance(content, list) else [content]))
    except OSError as error:
        raise CommandError(f"--proposals: '{path}': {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        first = str(error).splitlines()
        raise CommandError(f"--proposals: '{path}' holds no proposals: {' '.join(first[:2])}") from error
