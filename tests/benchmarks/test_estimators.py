"""The benchmark of estimators: its measure, and the rows it measures."""

from __future__ import annotations

import pytest

from benchmarks.estimators import SIGNALS, auroc, confidence, row_of
from shadow.demo import data, replay


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(0.9, True), (0.8, True), (0.1, False)], 1.0),
        ([(0.1, True), (0.9, False)], 0.0),
        ([(0.5, True), (0.5, False)], 0.5),
        ([(0.9, True), (0.5, True), (0.5, False), (0.1, False)], 0.875),
    ],
)
def test_the_measure_counts_ties_half(pairs, expected):
    """As the chance that a right answer has the higher confidence."""
    assert auroc(pairs) == expected


def test_every_signal_can_be_asked_of_a_row():
    """As the router would ask it."""
    one = data.addresses()[0]
    row = row_of(replay.address_tokens(one), one.model, one.legacy, one.gold)
    assert all(0 < confidence(spec, row.case) <= 1 for spec in SIGNALS.values())
    assert row.right is (one.model == one.gold)
