from __future__ import annotations

import numpy as np
import pytest

from calibration.audit.redraw import redrawn, wider


def test_the_mean_of_numbers_is_as_sure_as_the_textbook_says() -> None:
    values = np.random.default_rng(1).normal(3.0, 0.5, 200)
    information = np.ones((200, 1, 1)) / 0.5**2
    gradient = ((values - values.mean()) / 0.5**2)[:, None]
    sigma = float(np.sqrt(redrawn(information, gradient, np.array([100.0]))[0, 0]))
    assert sigma == pytest.approx(0.5 / np.sqrt(200), rel=0.15)


def test_blocks_that_share_their_errors_count_once() -> None:
    shared = np.repeat(np.random.default_rng(1).normal(0, 0.5, 20), 10)
    shared -= shared.mean()
    alone = redrawn(np.ones((200, 1, 1)), shared[:, None], np.array([100.0]))[0, 0]
    blocks = shared.reshape(20, 10).sum(axis=1, keepdims=True)
    together = redrawn(np.full((20, 1, 1), 10.0), blocks, np.array([100.0]))[0, 0]
    assert np.sqrt(together) == pytest.approx(shared.std() / np.sqrt(20), rel=0.3)
    assert alone < together


def test_one_block_or_none_says_nothing() -> None:
    loose = np.array([2.0, 0.1])
    for blocks in (0, 1):
        covariance = redrawn(np.zeros((blocks, 2, 2)), np.zeros((blocks, 2)), loose)
        assert np.sqrt(np.diag(covariance)) == pytest.approx(loose)


def test_what_no_block_holds_stays_loose() -> None:
    information = np.zeros((30, 2, 2))
    information[:, 0, 0] = 1.0
    gradient = np.zeros((30, 2))
    gradient[:, 0] = np.random.default_rng(0).normal(0, 1, 30)
    sigmas = np.sqrt(np.diag(redrawn(information, gradient, np.array([50.0, 3.0]))))
    assert sigmas[0] < 0.5
    assert sigmas[1] == pytest.approx(3.0)


def test_the_wider_of_two_keeps_the_correlation_of_the_first() -> None:
    one, other = np.array([[4.0, 1.0], [1.0, 1.0]]), np.diag([1.0, 9.0])
    both = wider(one, other)
    assert np.sqrt(np.diag(both)) == pytest.approx([2.0, 3.0])
    assert both[0, 1] / 6.0 == pytest.approx(0.5)
