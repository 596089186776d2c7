"""The plans that need no optimiser."""

from __future__ import annotations

import numpy as np

from benchmarks.peers import greedy_best_fit, round_robin


def test_round_robin_deals_in_turn_and_passes_over_the_full() -> None:
    # rep 1 is full after its first lead, so the turn after rep 0 goes to rep 2
    assert round_robin(6, np.array([3, 1, 2])).tolist() == [0, 1, 2, 0, 2, 0]


def test_round_robin_leaves_leads_when_everybody_is_full() -> None:
    assert round_robin(4, np.array([1, 0, 2])).tolist() == [0, 2, 2, -1]
    assert round_robin(2, np.array([0, 0])).tolist() == [-1, -1]


def test_greedy_takes_the_best_pair_first() -> None:
    score = np.array([[9.0, 8.0], [10.0, 1.0], [3.0, 2.0]])
    # 10 (lead 1, rep 0); 9 is gone with rep 0's only place; 8 (lead 0, rep 1); 2 (lead 2, rep 1)
    assert greedy_best_fit(score, np.array([1, 2])).tolist() == [1, 0, 1]


def test_greedy_keeps_to_the_room_and_leaves_the_worst_leads() -> None:
    score = np.array([[1.0], [3.0], [2.0]])
    assert greedy_best_fit(score, np.array([2])).tolist() == [-1, 0, 0]


def test_greedy_gives_equal_scores_in_order() -> None:
    assert greedy_best_fit(np.ones((3, 2)), np.array([2, 2])).tolist() == [0, 0, 1]
