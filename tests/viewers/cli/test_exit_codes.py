from __future__ import annotations

import itertools

import pytest

from calibration.errors import BoresightError, FileProblemError, ShapeError
from fusion.errors import (
    DatasetError,
    SettingsError,
    UnknownCheckError,
    UnknownFormatError,
    UnreadableDatasetError,
    UnsafePathError,
)
from viewers.cli.exit_codes import STRONGEST_FIRST, code_of, report, strongest
from viewers.cli.main import __doc__ as table
from viewers.errors import CommandError, EnvironmentProblemError


def test_the_order_is_the_one_the_table_shows() -> None:
    shown = [int(line.split()[0]) for line in str(table).splitlines() if line[:7].strip().isdigit()]
    assert tuple(shown) == STRONGEST_FIRST


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(STRONGEST_FIRST, 2)))
def test_the_stronger_of_two_wins_in_any_order(one: int, other: int) -> None:
    assert strongest([one, other]) == strongest([other, one]) == one


def test_nothing_is_fine() -> None:
    assert strongest([]) == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(EnvironmentProblemError("no display"), 5, id="environment"),
        pytest.param(CommandError("no such option"), 2, id="command"),
        pytest.param(SettingsError("unknown key"), 2, id="settings"),
        pytest.param(UnknownCheckError("no check"), 2, id="check"),
        pytest.param(UnknownFormatError("no format"), 2, id="format"),
        pytest.param(DatasetError("no scene"), 2, id="data set"),
        pytest.param(UnreadableDatasetError("a torn table"), 3, id="a delivery that can't be read"),
        pytest.param(UnsafePathError("../etc"), 3, id="a path out of the data set"),
        pytest.param(FileProblemError("a.bin", "torn"), 3, id="file"),
        pytest.param(ShapeError("(3, 4)"), 3, id="content"),
        pytest.param(BoresightError("something"), 3, id="anything else of ours"),
    ],
)
def test_an_error_has_its_code(error: BoresightError, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(error) == code
    assert report(error) == code
    assert capsys.readouterr().err == f"boresight: {error}\n"


def test_a_message_can_not_fake_a_second_line(capsys: pytest.CaptureFixture[str]) -> None:
    report(FileProblemError("a\nboresight: all is well\x1b[2J", "torn"))
    assert capsys.readouterr().err == "boresight: a\\nboresight: all is well\\x1b[2J: torn\n"
