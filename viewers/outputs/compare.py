"""A comparison of label sets as text: what was compared, then each pair, then all of them together."""

from __future__ import annotations

from collections.abc import Sequence

from fusion.compare.document import (
    ComparisonDocument,
    Existence,
    Measured,
    PairComparison,
    Scorecard,
)
from fusion.compare.pair import NOT_COUNTED
from viewers.outputs.lines import Line, Span, line, table
from viewers.outputs.quantities import counted, quantity

MOST_ROWS = 12
MOST_LISTED = 5


def compare_lines(document: ComparisonDocument) -> list[Line]:
    """The whole text."""
    blocks = [
        _head(document),
        *(block for pair in document.pairs for block in _pair(pair, len(document.pairs) == 1)),
        _agreement(document),
        _disputed(document),
        _places(document),
        _scorecards(document.scorecards),
        _consensus(document),
        _incomplete(document),
    ]
    return [one for block in blocks if block for one in [*block, Line()]][:-1]


def _head(document: ComparisonDocument) -> list[Line]:
    scenes, frames = counted(len(document.scenes), "scene"), counted(document.frames, "common frame")
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in ("set", "format", "frames", "boxes", "tracks", "")]]
    for one in document.sets:
        alone = f"{one.unpaired_frames} frames have no counterpart" if one.unpaired_frames else ""
        kind = "predictions" if one.predicted else ""
        notes = ", ".join(note for note in (kind, alone) if note)
        rows.append(
            [Span(one.name, "strong"), one.format, f"{one.frames:,}", f"{one.boxes:,}", f"{one.tracks:,}", notes]
        )
    matched = f"matched by {document.rule}, frames within {document.tolerance_ms:g} ms"
    notes_below = [line(Span(note, "dim")) for note in document.assumptions]
    lost = [
        line(Span(f"{name} alone has {counted(len(scenes_of), 'scene')}: {', '.join(scenes_of[:3])}", "warning"))
        for name, scenes_of in document.unpaired_scenes.items()
        if scenes_of
    ]
    return [line(Span(f"{scenes}, {frames}", "strong"), f"; {matched}"), *table(rows, (2, 3, 4)), *notes_below, *lost]


def _pair(pair: PairComparison, in_full: bool) -> list[list[Line]]:
    if not any(row.matched or row.only_first or row.only_second for row in pair.existence):
        return [[line(Span(f"{pair.first} against {pair.second}", "strong"), ": no box in the frames they share")]]
    title = line(Span(f"{pair.first} against {pair.second}", "strong"), f", {counted(pair.frames, 'frame')}")
    return [
        [title, *_existence(pair.existence, in_full)],
        _geometry(pair),
        _tracks(pair),
        _differences(pair),
        _confidences(pair),
    ]


def _existence(rows: Sequence[Existence], in_full: bool) -> list[Line]:
    """By range and points too where there is one pair only."""
    names = ("", "matched", "only first", "only second", "recall", "precision", "F1 (RQ)", "95 %", "SQ", "PQ")
    shown: list[list[Span | str]] = [[Span(name, "dim") for name in names]]
    for row in rows:
        if row.by in ("range", "points") and (not in_full or row.group == NOT_COUNTED):
            continue
        counts = [f"{number:,}" for number in (row.matched, row.only_first, row.only_second)]
        shares = [_percent(value) for value in (row.recall, row.precision, row.f1.value)]
        shown.append(
            [
                row.group if row.by != "all" else "all boxes",
                *counts,
                *shares,
                _range(row.f1),
                *map(_percent, (row.sq, row.pq)),
            ]
        )
    return table(shown, range(1, 10), indent=2)


def _geometry(pair: PairComparison) -> list[Line]:
    overall = [row for row in pair.geometry if row.by == "all"]
    if not overall:
        return [line("Nothing was matched, so how boxes are placed can't be told.")]
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in ("", "bias", "95 %", "spread", "90 % within", "")]]
    for row in overall:
        worst = _worst_class(pair, row.quantity)
        low, high = row.bias.low, row.bias.high
        interval = "-" if low is None or high is None else f"{low:+.3f} to {high:+.3f}"
        bias = "-" if row.bias.value is None else f"{row.bias.value:+.3f} {'°' if row.unit == 'deg' else row.unit}"
        rows.append([row.quantity, bias, interval, _amount(row.spread, row.unit), _amount(row.within, row.unit), worst])
    flipped = f"turned round: {_percent(pair.flipped.value)} of matched boxes"
    title = line(
        Span("Placement", "strong"), f": {pair.second} minus {pair.first}; {flipped}; intervals draw {pair.resampled}"
    )
    return [title, *table(rows, range(1, 5), indent=2)]


def _worst_class(pair: PairComparison, quantity_name: str) -> str:
    """Where the bias is largest, of classes with enough boxes to tell."""
    rows = [r for r in pair.geometry if r.by == "class" and r.quantity == quantity_name and r.boxes >= 20]
    if len(rows) < 2:
        return ""
    worst = max(rows, key=lambda row: abs(row.bias.value or 0.0))
    return f"most in {worst.group}: {worst.bias.value or 0.0:+.3f}"


def _tracks(pair: PairComparison) -> list[Line]:
    tracks = pair.tracks
    if tracks is None:
        return [line("Tracks can't be compared: one of the sets has none.")]
    scores = [("HOTA", tracks.hota.value), ("DetA", tracks.det_a), ("AssA", tracks.ass_a), ("LocA", tracks.loc_a)]
    said = ", ".join(f"{name} {_percent(value)}" for name, value in [*scores, ("IDF1", tracks.idf1.value)])
    split = f"{tracks.split_first} tracks of {pair.first} and {tracks.split_second} of {pair.second} in pieces"
    matched = f"{tracks.matched_tracks} tracks matched, {tracks.only_first} and {tracks.only_second} alone"
    return [
        line(
            Span("Tracks", "strong"), f": {said}; {counted(tracks.switches, 'switch', 'switches')}; {matched}; {split}"
        )
    ]


def _differences(pair: PairComparison) -> list[Line]:
    total = ", ".join(f"{number:,} {kind}" for kind, number in pair.differences.items() if number)
    if not total:
        return [line(Span("Differences", "strong"), ": none")]
    lines = [line(Span("Differences", "strong"), f": {total}")]
    for kind in pair.differences:
        for one in [row for row in pair.listed if row.kind == kind][:MOST_LISTED]:
            classes = " / ".join(name for name in dict.fromkeys((one.first_class, one.second_class)) if name)
            place = f"{one.x_m:.1f}, {one.y_m:.1f} m"
            sure = "" if one.confidence is None else f", confidence {one.confidence:.2f}"
            size = f"{one.measured:.2f} m" if one.unit == "m" else f"{counted(int(one.measured), 'frame')} of the track"
            track = one.first_track or one.second_track or one.first_label or one.second_label or ""
            where = f"{one.scene}, frame {one.frame}"
            lines.append(
                line(Span(f"{kind}", "warning"), f" {classes} {track}: {size}, {where}, at {place}{sure}", indent=2)
            )
    return lines


def _confidences(pair: PairComparison) -> list[Line]:
    shown = pair.confidences
    if shown is None:
        return []
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in ("confidence", "boxes", "with a label", "95 %")]]
    for band in shown.bands:
        interval = f"{band.share_low:.0%} to {band.share_high:.0%}"
        rows.append([f"{band.low:.2f} to {band.high:.2f}", f"{band.boxes:,}", _percent(band.share), interval])
    best = f": best F1 {_percent(shown.best_f1)} from {shown.best_threshold:.2f} on" if shown.best_f1 else ""
    error = "" if shown.error is None else f"; confidence and share with a label differ by {_percent(shown.error)}"
    return [line(Span("Confidences", "strong"), f"{best}{error}"), *table(rows, range(1, 4), indent=2)]


def _agreement(document: ComparisonDocument) -> list[Line]:
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in ("", "scale", "objects", "alpha", "95 %", "")]]
    for row in document.agreement:
        alpha = "-" if row.alpha.value is None else f"{row.alpha.value:.3f}"
        low, high = row.alpha.low, row.alpha.high
        interval = "-" if low is None or high is None else f"{low:.3f} to {high:.3f}"
        rows.append([row.about, row.level, f"{row.units:,}", alpha, interval, row.reading])
    return [line(Span("Krippendorff's alpha", "strong")), *table(rows, range(2, 5), indent=2)]


def _disputed(document: ComparisonDocument) -> list[Line]:
    shown = [row for row in document.disputed if row.disputed][:MOST_ROWS]
    if not shown:
        return []
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in ("", "objects", "disputed", "share")]]
    rows += [[row.group, f"{row.objects:,}", f"{row.disputed:,}", _percent(row.share)] for row in shown]
    return [
        line(Span("Disputed", "strong"), ": not drawn by all, or not as one class"),
        *table(rows, (1, 2, 3), indent=2),
    ]


def _places(document: ComparisonDocument) -> list[Line]:
    if not document.places:
        return []
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in ("scene", "x, y", "disputed", "mostly")]]
    for row in document.places[:MOST_LISTED]:
        at = f"{row.x_m:.0f}, {row.y_m:.0f} m in {row.reference}"
        rows.append([row.scene, at, f"{row.disputed} of {row.objects}", row.mostly])
    return [
        line(Span("Disputed places", "strong"), f", squares of {document.places[0].side_m:g} m"),
        *table(rows, (2,), indent=2),
    ]


def _scorecards(cards: Sequence[Scorecard]) -> list[Line]:
    names = ("", "boxes", "recall", "precision", "F1", "95 %", "same class", "along", "yaw")
    rows: list[list[Span | str]] = [[Span(name, "dim") for name in names]]
    for card in cards:
        name = card.name if card.annotator is None else f"{card.name}, {card.annotator}"
        shares = [_percent(value) for value in (card.recall, card.precision, card.f1.value)]
        spread = [_signed(card, "along_m", "m"), _signed(card, "yaw_deg", "°")]
        rows.append([name, f"{card.boxes:,}", *shares, _range(card.f1), _percent(card.same_class), *spread])
    return [line(Span("Each against what most of the others drew", "strong")), *table(rows, range(1, 9), indent=2)]


def _signed(card: Scorecard, name: str, unit: str) -> str:
    bias, spread = card.bias[name], card.spread[name]
    return "-" if bias is None or spread is None else f"{bias:+.2f} ± {spread:.2f} {unit}"


def _consensus(document: ComparisonDocument) -> list[Line]:
    found = document.consensus
    if found is None:
        return []
    undecided = f", {found.undecided:,} undecided" if found.undecided else ""
    said = f": {counted(found.boxes, 'box', 'boxes')} that most drew, {found.left_out:,} left out{undecided}"
    return [line(Span("Consensus", "strong"), said)]


def _incomplete(document: ComparisonDocument) -> list[Line]:
    return [line(Span(f"{one.path}: {one.reason}", "error")) for one in document.incomplete]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _range(value: Measured) -> str:
    return "-" if value.low is None or value.high is None else f"{100 * value.low:.1f} to {100 * value.high:.1f}"


def _amount(value: float | None, unit: str) -> str:
    return quantity(None if value is None else round(value, 3), unit, 3)
