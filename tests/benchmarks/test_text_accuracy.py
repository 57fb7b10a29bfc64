"""The parts of the texts' benchmarks that compute, read and make data; nothing is timed."""

import numpy as np
import pytest

from benchmarks import text_accuracy, text_kinds, text_speed
from benchmarks.text_accuracy import Case, auroc


@pytest.mark.parametrize(
    ("divergence", "right", "area"),
    [
        ([0.1, 0.2, 0.8, 0.9], [True, True, False, False], 1.0),
        ([0.9, 0.8, 0.2, 0.1], [True, True, False, False], 0.0),
        ([0.5, 0.5, 0.5, 0.5], [True, False, True, False], 0.5),
        ([0.1, 0.4, 0.4, 0.9], [True, True, False, False], 0.875),
        ([0.1, 0.2], [True, True], float("nan")),
    ],
)
def test_the_area_is_the_chance_that_a_right_answer_lies_nearer(divergence, right, area):
    """Ties count half; without both kinds there is none."""
    assert auroc(np.array(divergence), np.array(right)) == pytest.approx(area, nan_ok=True)


def test_the_judged_answers_are_there():
    """1,985 of each system, each with a golden answer."""
    found = text_accuracy.judged()
    assert {system: len(cases) for system, cases in found.items()} == dict.fromkeys(
        text_accuracy.SYSTEMS, 1985
    )
    assert sum(case.right for case in found["fid"]) == 1603


def test_an_alternative_is_enough():
    """The nearest one counts; a single measure sees no case."""
    cases = [Case(("Rome", "Paris"), "paris", right=True)]
    assert [text_accuracy.divergences(name, cases)[0] for name in ("equal", text_accuracy.DEFAULT)] == [
        0.0,
        0.0,
    ]


def test_the_table_has_a_row_for_each_measure_and_a_verdict_for_each_kind():
    """Whatever the cases."""
    cases = [Case(("Rome",), "Rome", right=True), Case(("Rome",), "Paris", right=False)] * 5
    lines = text_accuracy.table({"fid": cases}, resamples=3)
    assert (len(lines), lines[-1].endswith("| yes | no |"), "1.000 (1.000–1.000)" in lines[-5]) == (
        19,
        True,
        True,
    )


def test_every_address_has_one_that_is_the_same_and_one_that_is_not():
    """Both differ from it as texts."""
    pairs = text_kinds.addresses()
    assert (len(pairs), sum(pair.same for pair in pairs), any(p.legacy == p.model for p in pairs)) == (
        824,
        412,
        False,
    )


def test_the_written_pairs_are_as_many_of_each_sort():
    """Of every kind some that are the same and some that are not."""
    pairs = text_kinds.written()
    kinds = {same: {pair.kind for pair in pairs if pair.same is same} for same in (True, False)}
    assert (len(pairs), kinds[True] == kinds[False], len(kinds[True])) == (124, True, 14)


@pytest.mark.parametrize("size", [100, 1000])
def test_the_texts_that_are_timed_have_their_length(size):
    """Close ones share nearly all, far ones little."""
    made = {kind: (first, second) for kind, first, second in text_speed.pairs(size)}
    assert (len(made), {len(made["far"][0]), len(made["far"][1])}) == (3, {size})


def test_a_pair_is_measured_beside_the_ratio():
    """Both in microseconds."""
    ours, theirs = text_speed.measured("one two", "one 2", 1)
    assert min(ours, theirs) >= 0.0
