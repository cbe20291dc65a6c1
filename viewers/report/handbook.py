"""A label specification as a handbook for annotators: the same rules that the checks read, in Markdown or HTML."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined

from fusion.checks.specification import AttributeRule, ClassRule, LabelSpecification

SIDES = ("length_m", "width_m", "height_m")


def handbook_markdown(rules: LabelSpecification) -> str:
    """The handbook as Markdown."""
    return _rendered("handbook.md.jinja", rules, escaped=False)


def handbook_html(rules: LabelSpecification) -> str:
    """The handbook as one HTML page that needs nothing else."""
    return _rendered("handbook.html.jinja", rules, escaped=True)


FORMATS: dict[str, Callable[[LabelSpecification], str]] = {"markdown": handbook_markdown, "html": handbook_html}


def sizes(rule: ClassRule) -> list[str]:
    """The three sides in words, "any" where there are no bounds."""
    bounds = [getattr(rule, side) for side in SIDES]
    return ["any" if one is None else f"{one[0]:g} to {one[1]:g} m" for one in bounds]


def points(rule: ClassRule) -> str:
    """How many points it needs, in words."""
    return "; ".join(f"{part.from_m:g} to {part.to_m:g} m: at least {part.at_least}" for part in rule.points_by_range)


def needed(rule: AttributeRule) -> str:
    """When an attribute has to be given, in words."""
    if rule.required:
        return "always"
    if rule.required_if is not None:
        return f"where {rule.required_if.attribute} is {' or '.join(rule.required_if.values)}"
    return "if known"


def allowed(rule: AttributeRule) -> str:
    """The values an attribute may have, in words."""
    if rule.values is not None:
        several = ", several joined by ;" if rule.several else ""
        return ", ".join(rule.values) + several
    return "anything" if rule.numbers is None else f"{rule.numbers[0]:g} to {rule.numbers[1]:g}"


def _rendered(template: str, rules: LabelSpecification, *, escaped: bool) -> str:
    environment = Environment(
        loader=PackageLoader("viewers.report"),
        autoescape=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = {"sizes": sizes, "points": points, "needed": needed, "allowed": allowed}
    return environment.get_template(template).render(rules=rules, **words)
