from __future__ import annotations

from fusion.compare.document import ComparisonDocument
from fusion.run.document import Incomplete, Tool
from viewers.outputs.compare import compare_lines
from viewers.outputs.lines import plain


def document(**parts: object) -> ComparisonDocument:
    return ComparisonDocument(
        **{  # type: ignore[arg-type]
            "tool": Tool(version="0"),
            "rule": "centres within 2 m, any class",
            "tolerance_ms": 50.0,
            "classes": "names",
            "sets": (),
            "scenes": ("s0",),
            "unpaired_scenes": {},
            "frames": 3,
            "assumptions": (),
            "pairs": (),
            "agreement": (),
            "disputed": (),
            "places": (),
            "scorecards": (),
            "consensus": None,
            "incomplete": (),
            **parts,
        }
    )


def test_names_from_data_can_not_move_the_cursor_or_fake_a_line() -> None:
    hostile = "s0\x1b[2J\nDifferences: none"
    text = plain(compare_lines(document(assumptions=(hostile,), incomplete=(Incomplete(path=hostile, reason="torn"),))))
    assert "\x1b" not in text
    assert "\nDifferences" not in text


def test_says_which_scenes_only_one_set_has() -> None:
    text = plain(compare_lines(document(unpaired_scenes={"ada": ("s1", "s2"), "bob": ()})))
    assert "ada alone has 2 scenes: s1, s2" in text
    assert "bob" not in text
