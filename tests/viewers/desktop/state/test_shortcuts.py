from __future__ import annotations

from viewers.desktop.state.shortcuts import REPEATABLE, SHORTCUTS, Command, command_of, help_lines


def test_every_command_has_a_key_and_every_key_one_meaning() -> None:
    assert {shortcut.command for shortcut in SHORTCUTS} == set(Command)
    keys = [key for shortcut in SHORTCUTS for key in shortcut.keys]
    assert len(keys) == len(set(keys))


def test_shift_and_control_change_what_a_key_means() -> None:
    assert command_of("r") is Command.UP
    assert command_of("r", shift=True) is Command.DOWN
    assert command_of("z") is None
    assert command_of("z", ctrl=True) is Command.UNDO
    assert command_of("z", shift=True, ctrl=True) is Command.REDO
    assert command_of("j", shift=True) is Command.NEXT_FINDING


def test_a_verdict_held_down_is_given_once() -> None:
    assert not REPEATABLE & {Command.CONFIRM, Command.FALSE_ALARM, Command.NEW_ERROR, Command.SAVE_NUDGE}
    assert Command.NEXT_FRAME in REPEATABLE


def test_the_help_holds_every_shortcut() -> None:
    assert sum(len(lines) for _, lines in help_lines()) == len(SHORTCUTS)
