"""What open3d calls keys, in the words of the table of shortcuts."""

from __future__ import annotations

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
RENAMED = {
    "question_mark": "?",
    "slash": "/",
    "comma": ",",
    "period": ".",
    "equals": "=",
    "plus": "=",
    "minus": "-",
    "semicolon": ";",
    "left_bracket": "[",
    "right_bracket": "]",
    "page_down": "pagedown",
    "page_up": "pageup",
    **{word: str(digit) for digit, word in enumerate(DIGITS)},
}
MODIFIERS = {
    "left_shift": "shift",
    "right_shift": "shift",
    "left_control": "ctrl",
    "right_control": "ctrl",
    "meta": "ctrl",  # command, on a Mac
}


class Keyboard:
    """Which modifiers are down; open3d's key events don't say."""

    def __init__(self) -> None:
        self._down: set[str] = set()

    def pressed(self, name: str, down: bool) -> tuple[str, bool, bool] | None:
        """Name of a key that went down, with shift and ctrl; None for anything else.

        Args:
            name: of an open3d KeyName in small letters, "" for a key it has no name for.
        """
        if name in MODIFIERS:
            (self._down.add if down else self._down.discard)(MODIFIERS[name])
            return None
        if not down or not name:
            return None
        return RENAMED.get(name, name), "shift" in self._down, "ctrl" in self._down

    def release(self) -> None:
        """All modifiers are up: the window lost the keyboard."""
        self._down.clear()
