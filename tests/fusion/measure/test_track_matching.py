from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from fusion.measure.match_rule import MatchRule
from fusion.measure.matching import BoxPairs, candidate_pairs, match_boxes
from fusion.measure.track_matching import ALPHAS, TrackCounts, match_tracks, track_counts
from fusion.scene.boxes3d import Boxes3D

Table = list[tuple[int, int, float, float]]


def boxes_of(rows: Table) -> tuple[Boxes3D, np.ndarray, np.ndarray]:
    """Frame, track, x, y by row: cars, their tracks, their frames."""
    values = np.asarray(rows, dtype=float).reshape(-1, 4)
    centres = np.column_stack([values[:, 2:], np.zeros(len(values))])
    cars = Boxes3D.upright(
        centres, np.tile([4.0, 2.0, 1.5], (len(values), 1)), np.zeros(len(values)), category=["car"] * len(values)
    )
    return cars, values[:, 1].astype(np.int64), values[:, 0].astype(np.int64)


def counts_of(first: Table, second: Table) -> TrackCounts:
    cars, tracks, frames = boxes_of(first)
    others, their_tracks, their_frames = boxes_of(second)
    candidates = candidate_pairs(cars, others, frames, their_frames, MatchRule())
    return track_counts(candidates, tracks, their_tracks, frames)


def drawn_again(rows: Table, rng: np.random.Generator, jitter_m: float, lost: float, renamed: float) -> Table:
    """What another person would draw: moved, some missing, some tracks broken, some boxes invented."""
    kept = [row for row in rows if rng.random() > lost]
    broken = {track for _, track, _, _ in rows if rng.random() < renamed}
    again = [
        (frame, track + 100 * (track in broken and frame > 5), x + rng.normal(0, jitter_m), y + rng.normal(0, jitter_m))
        for frame, track, x, y in kept
    ]
    return again + [(frame, 900 + frame, float(rng.uniform(0, 20)), float(rng.uniform(0, 20))) for frame in range(4)]


def crowd(rng: np.random.Generator, tracks: int = 6, frames: int = 12) -> Table:
    start, step = rng.uniform(0, 20, (tracks, 2)), rng.normal(0, 0.6, (tracks, 2))
    return [(f, t, *(start[t] + f * step[t]).tolist()) for f in range(frames) for t in range(tracks)]


def test_perfect_agreement_scores_one_and_never_switches() -> None:
    rows = crowd(np.random.default_rng(1))
    counts = counts_of(rows, [(f, 50 - t, x, y) for f, t, x, y in rows])
    assert [counts.hota, counts.det_a, counts.ass_a, counts.loc_a, counts.idf1] == pytest.approx([1.0] * 5)
    assert counts.switches == 0


def test_a_track_broken_in_the_middle_halves_association() -> None:
    # One car, four frames; the other broke it after two. Each pair: 2 in common of 4 + 2 - 2.
    first = [(f, 0, 0.0, 0.0) for f in range(4)]
    counts = counts_of(first, [(f, f // 2, 0.0, 0.0) for f in range(4)])
    assert counts.det_a == pytest.approx(1.0)
    assert counts.ass_a == pytest.approx(2 / 4)
    assert counts.hota == pytest.approx(np.sqrt(0.5))
    assert counts.idf1 == pytest.approx(2 * 2 / 8)
    assert counts.switches == 1


def test_a_swap_of_two_tracks_counts_two_switches() -> None:
    first = [(f, t, 0.0, 10.0 * t) for f in range(4) for t in (0, 1)]
    counts = counts_of(first, [(f, t if f < 2 else 1 - t, 0.0, 10.0 * t) for f in range(4) for t in (0, 1)])
    assert counts.switches == 2
    assert counts.ass_a == pytest.approx(2 / 6)
    assert counts.idf1 == pytest.approx(0.5)


def test_half_a_metre_beside_is_right_up_to_its_similarity() -> None:
    # 0.5 m of 2 m: similarity 0.75, right at 0.05 ... 0.75, that is 15 of 19 alphas; LocA is 1 at the other four.
    first = [(f, 0, 0.0, 0.0) for f in range(3)]
    counts = counts_of(first, [(f, 0, 0.5, 0.0) for f in range(3)])
    assert counts.det_a == counts.hota == pytest.approx(15 / 19)
    assert counts.loc_a == pytest.approx((15 * 0.75 + 4) / 19)


def test_missing_and_spurious_boxes_lower_detection() -> None:
    first = [(f, 0, 0.0, 0.0) for f in range(4)]
    counts = counts_of(first, [(0, 0, 0.0, 0.0), (1, 0, 0.0, 0.0), (2, 5, 50.0, 0.0)])
    assert counts.det_a == pytest.approx(2 / 5)
    assert counts.ass_a == pytest.approx(2 / 4)


def test_nothing_against_something_agrees_on_nothing() -> None:
    counts = counts_of([(0, 0, 0.0, 0.0)], [])
    assert (counts.det_a, counts.hota, counts.idf1, counts.switches) == (0.0, 0.0, 0.0, 0)
    assert np.isnan(counts_of([], []).idf1)


def test_boxes_without_a_track_are_tracks_of_one_box() -> None:
    first = [(f, 0, 0.0, 0.0) for f in range(4)]
    assert counts_of(first, [(f, -1, 0.0, 0.0) for f in range(4)]).ass_a == pytest.approx(1 / 4)


def test_labels_written_twice_agree_with_once_written_ones_by_half() -> None:
    first = [(f, 0, 0.0, 0.0) for f in range(4)]
    counts = counts_of(first * 2, first)
    assert counts.idf1 == pytest.approx(2 * 4 / 12)
    assert counts.det_a == pytest.approx(0.5)
    assert counts_of(first, first * 2).idf1 == pytest.approx(2 * 4 / 12)


def test_counts_of_scenes_add_up() -> None:
    rng = np.random.default_rng(4)
    scenes = [(rows, drawn_again(rows, rng, 0.4, 0.2, 0.5)) for rows in (crowd(rng), crowd(rng, 3))]
    apart = TrackCounts.total(counts_of(*scene) for scene in scenes)
    moved = [
        [(f + 100 * n, t + 10_000 * n, x, y) for f, t, x, y in rows] for n, scene in enumerate(scenes) for rows in scene
    ]
    together = counts_of(moved[0] + moved[2], moved[1] + moved[3])
    assert apart.hota == pytest.approx(together.hota)
    assert apart.idf1 == pytest.approx(together.idf1)


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_the_definitions_worked_out_frame_by_frame(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = crowd(rng, tracks=8)
    second = drawn_again(first, rng, 0.5, 0.15, 0.4)
    counts = counts_of(first, second)
    expected = slow_hota(first, second)
    assert (counts.hota, counts.det_a, counts.ass_a, counts.loc_a) == pytest.approx(expected[:4])
    assert counts.idf1 == pytest.approx(expected[4])
    assert counts.switches == expected[5]


def slow_hota(first: Table, second: Table) -> tuple[float, float, float, float, float, int]:
    """The definitions of the papers, box by box in dictionaries: an answer by another way."""

    def similar(a: tuple, b: tuple) -> float:
        return max(0.0, 1 - float(np.hypot(a[2] - b[2], a[3] - b[3])) / 2.0)

    frames = sorted({row[0] for row in first} | {row[0] for row in second})
    length = {t: sum(row[1] == t for row in first) for t in {row[1] for row in first}}
    their_length = {t: sum(row[1] == t for row in second) for t in {row[1] for row in second}}
    fit = dict.fromkeys(((t, u) for t in length for u in their_length), 0.0)
    alike = dict.fromkeys(fit, 0)
    matrices = {}
    for frame in frames:
        ours, theirs = [r for r in first if r[0] == frame], [r for r in second if r[0] == frame]
        matrix = np.array([[similar(a, b) for b in theirs] for a in ours]).reshape(len(ours), len(theirs))
        matrices[frame] = (ours, theirs, matrix)
        for i, a in enumerate(ours):
            for j, b in enumerate(theirs):
                either = matrix[i].sum() + matrix[:, j].sum() - matrix[i, j]
                fit[a[1], b[1]] += matrix[i, j] / either if either > 0 else 0.0
                alike[a[1], b[1]] += matrix[i, j] >= 0.5
    fit = {(t, u): v / (length[t] + their_length[u] - v) for (t, u), v in fit.items()}
    pairs = []
    for ours, theirs, matrix in matrices.values():
        worth = np.array([[fit[a[1], b[1]] for b in theirs] for a in ours]).reshape(matrix.shape) * matrix
        pairs += [(ours[i], theirs[j], matrix[i, j]) for i, j in zip(*linear_sum_assignment(-worth), strict=True)]
    scores = []
    for alpha in ALPHAS:
        hits = [(a[1], b[1], s) for a, b, s in pairs if s >= alpha - 1e-12]
        shares = []
        for t, u, _ in hits:
            common = sum((t, u) == (v, w) for v, w, _ in hits)
            shares.append(common / (length[t] + their_length[u] - common))
        det = len(hits) / (len(first) + len(second) - len(hits))
        ass = float(np.mean(shares)) if hits else 0.0
        loc = float(np.mean([s for _, _, s in hits])) if hits else 1.0
        scores.append((np.sqrt(det * ass), det, ass, loc))
    table = np.array([[alike[t, u] for u in their_length] for t in length])
    identity = table[linear_sum_assignment(-table)].sum()
    switches, last = 0, {}
    for a, b, s in pairs:
        if s >= 0.5:
            switches += last.get(a[1], b[1]) != b[1]
            last[a[1]] = b[1]
    return (*np.mean(scores, axis=0), 2 * identity / (len(first) + len(second)), switches)


def test_tracks_are_matched_by_the_boxes_they_share() -> None:
    first = [(f, 0, 0.0, 0.0) for f in range(5)] + [(f, 1, 9.0, 0.0) for f in range(5)] + [(0, 2, 90.0, 0.0)]
    second = [(f, 7 if f < 3 else 8, 0.1, 0.0) for f in range(5)] + [(f, 3, 9.1, 0.0) for f in range(1, 5)]
    cars, tracks, frames = boxes_of(first)
    others, their_tracks, their_frames = boxes_of(second)
    pairs: BoxPairs = match_boxes(cars, others, frames, their_frames).pairs
    found = match_tracks(pairs, tracks, their_tracks)
    assert (found.first.tolist(), found.second.tolist(), found.boxes.tolist()) == ([0, 1], [7, 3], [3, 4])
    assert (found.only_first.tolist(), found.only_second.tolist()) == ([2], [8])
    assert found.links.tolist() == [[0, 7, 3], [0, 8, 2], [1, 3, 4]]
