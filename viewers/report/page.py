"""The report as one HTML page that needs nothing else: no network, no other file, and no script but its own.

Whatever a data set names reaches the page through autoescape, isolated from the direction of the text around it, with
invisible characters written out. Should that ever fail, the content security policy still lets no other script run.

Source: W3C, "Content Security Policy Level 3", section 2.3.1 (hash sources) and 3.3 (the meta element).
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from viewers.outputs.lines import printable
from viewers.outputs.quantities import counted
from viewers.report.cards import number_text
from viewers.report.content import ReportContent
from viewers.report.images import form_rules
from viewers.report.theme import DARK, LIGHT, variables

TEMPLATE, STYLE, SCRIPT = "report.html.jinja", "report.css", "report.js"
# Enough to tell names apart; a message is hardly ever longer.
MOST_LETTERS = 600
OPENED = 3


def report_html(content: ReportContent, opened: int = OPENED) -> str:
    """The page.

    Args:
        opened: so many of the most urgent findings are unfolded when it opens.
    """
    style = "\n".join(
        [
            f":root {{ color-scheme: light dark; {variables(LIGHT)} }}",
            f"@media (prefers-color-scheme: dark) {{ :root {{ {variables(DARK)} }} }}",
            f"@media print {{ :root {{ color-scheme: light; {variables(LIGHT)} }} }}",
            _file(STYLE),
            form_rules(content.pictures),
        ]
    )
    script = _file(SCRIPT)
    environment = Environment(
        loader=PackageLoader("viewers.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "shown": shown,
        "counted": counted,
        "thousands": lambda number: f"{number:,}",
        "amount": amount,
        "percent": percent,
        "quantity": number_text,
    }
    return environment.get_template(TEMPLATE).render(
        run=content, policy=policy_of(style, script), style=style, script=script, opened=opened
    )


def policy_of(style: str, script: str) -> str:
    """What the page may do: use exactly this style and this script, and pictures it carries."""
    rules = (
        "default-src 'none'",
        "img-src data:",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def shown(text: object) -> str:
    """A name or sentence from a data set: visible letters only, and not a novel."""
    letters = str(text)
    if len(letters) <= MOST_LETTERS:
        return printable(letters)
    return f"{printable(letters[:MOST_LETTERS])}... ({len(letters):,} letters)"


def amount(value: float) -> str:
    """`0.4`, `7`, `1,234`."""
    return f"{value:.1f}" if 0 < value < 10 and round(value, 1) != round(value) else f"{value:,.0f}"


def percent(share: float) -> str:
    """Next to everything is not everything."""
    return "over 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def _file(name: str) -> str:
    return files("viewers.report").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"
