from __future__ import annotations

import numpy as np
import pytest

from calibration.arrays import ByteImage
from calibration.image_features import follow_corners, grey_for_following


def checks(height: int, width: int, shift: int = 0) -> ByteImage:
    """Random squares of eight pixels, moved right."""
    squares = np.random.default_rng(3).integers(0, 256, (height // 8 + 1, width // 8 + 8)).astype(np.uint8)
    picture = np.kron(squares, np.ones((8, 8), dtype=np.uint8))[:height]
    grey = picture[:, 32 - shift : 32 - shift + width]
    return np.repeat(grey[:, :, None], 3, axis=2)


def test_corners_are_followed_to_a_tenth_of_a_pixel() -> None:
    (before, _), (after, _) = grey_for_following(checks(120, 200)), grey_for_following(checks(120, 200, 3))
    first, second = follow_corners(before, after)
    assert len(first) > 50
    assert np.median(second - first, axis=0) == pytest.approx([3.0, 0.0], abs=0.1)


def test_a_halved_picture_gives_pixels_of_the_full_one() -> None:
    (before, reduced), (after, _) = grey_for_following(checks(600, 1201)), grey_for_following(checks(600, 1201, 8))
    assert (before.shape, reduced) == ((300, 600), 2)
    first, second = follow_corners(before, after, reduced)
    assert np.median(second - first, axis=0) == pytest.approx([8.0, 0.0], abs=0.2)
    assert first[:, 0].max() > 600


@pytest.mark.parametrize("value", [0, 255], ids=["black", "white"])
def test_a_picture_of_one_colour_has_nothing_to_follow(value: int) -> None:
    blank, _ = grey_for_following(np.full((100, 160, 3), value, dtype=np.uint8))
    first, second = follow_corners(blank, blank)
    assert first.shape == second.shape == (0, 2)


def test_pictures_of_two_sizes_have_nothing_in_common() -> None:
    first, _ = follow_corners(grey_for_following(checks(120, 200))[0], grey_for_following(checks(100, 200))[0])
    assert len(first) == 0
