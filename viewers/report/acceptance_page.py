"""The summary of an acceptance to sign and file away: who judged what, when, by which plan, on which store."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from fusion.review.acceptance import AcceptanceVerdict
from viewers.outputs.accept import SAID, WHAT, why

TEMPLATES = {".html": "acceptance.html.jinja", ".md": "acceptance.md.jinja"}
# Characters that Markdown would take for its own, in names that come from data.
MARKDOWN = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]<>()#+!|~"})


def acceptance_page(verdict: AcceptanceVerdict, suffix: str) -> str:
    """The page as HTML or Markdown; names from data can't become markup in either."""
    environment = Environment(
        loader=PackageLoader("viewers.report"),
        autoescape=suffix == ".html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plainly"] = _plainly
    words = {"said": {key: text for key, (text, _) in SAID.items()}, "what": WHAT, "why": why}
    return environment.get_template(TEMPLATES[suffix]).render(verdict=verdict, **words)


def _plainly(text: object) -> str:
    """Text that Markdown shows as it stands, on one line."""
    return " ".join(str(text).split()).translate(MARKDOWN)
