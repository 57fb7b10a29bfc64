"""What a replay says."""

from __future__ import annotations

import pytest

from shadow.replay.figures import CHANGES, EXAMPLES, change_of, labelled, told
from shadow.replay.ledger import Replay
from shadow.replay.measure import Measured

REPLAY = Replay("r1", "x", "new", "v2", "hash", 7)


def row(before="match", after="match", **changes):
    """Give a row with these verdicts."""
    number = changes.pop("number", 0)
    known = {"before_model": "old", "before_version": "v1", "seconds": 0.5, "fingerprint": f"f{number}"}
    return Measured(
        **{"exchange": f"e{number}", "at": 1, "verdict": after, "before_verdict": before, **known, **changes}
    )


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("match", "match", "still_agreeing"),
        ("diverged", "diverged", "still_diverging"),
        ("match", "diverged", "newly_diverging"),
        ("diverged", "match", "newly_agreeing"),
        ("not_comparable", "match", "not_comparable"),
        ("match", "not_comparable", "not_comparable"),
        (None, "match", "not_comparable"),
    ],
)
def test_what_became_of_an_exchange_has_one_name(before, after, change):
    """Five that add up to all."""
    assert change_of(row(before, after)) == change
    found = told(REPLAY, [row(before, after)], pending=0, not_kept=0)["changes"]
    assert found == {**dict.fromkeys(CHANGES, 0), change: 1}


def test_both_sides_are_told_with_their_agreement_and_its_interval():
    """Of what could be compared; failures are told apart and are still to be sent."""
    rows = [
        row("diverged", "match", confidence=0.9, tokens_in=3, cost=0.5),
        row("match", "match", confidence=0.7, before_confidence=0.4),
        row("match", "not_comparable"),
        row(failure="late", after=None),
    ]
    found = told(REPLAY, rows, pending=3, not_kept=4)
    assert (found["answered"], found["failed"], found["left"], found["not_kept"]) == (3, {"late": 1}, 2, 4)
    assert (found["before"]["match"], found["before"]["diverged"], found["after"]["match"]) == (2, 1, 2)
    assert (found["before"]["agreement"], found["after"]["agreement"]) == (pytest.approx(2 / 3), 1.0)
    assert found["after"]["interval"] == [pytest.approx(0.342, abs=0.001), 1.0]
    assert (found["after"]["median_confidence"], found["before"]["with_confidence"]) == (0.8, 1)
    assert (found["after"]["tokens_in"], found["after"]["cost"], found["after"]["median_seconds"]) == (
        3,
        0.5,
        0.5,
    )
    assert found["before"]["models"] == [{"model": "old", "version": "v1", "answers": 3}]


def test_places_that_changed_most_come_first():
    """The diff of the diffs, place by place."""
    rows = [
        row("diverged", "diverged", before_paths=(("json", "/a"), ("json", "/b")), paths=(("json", "/b"),))
    ] * 2
    assert told(REPLAY, rows, pending=0, not_kept=0)["paths"] == [
        {"comparator": "json", "pointer": "/a", "before": 2, "after": 0},
        {"comparator": "json", "pointer": "/b", "before": 2, "after": 2},
    ]


def test_a_few_examples_are_told_of_what_changed():
    """With the places that say why."""
    worse = row("match", "diverged", divergence=0.5, paths=(("json", "/a"),), before_paths=(("json", "/z"),))
    better = row("diverged", "match", before_divergence=0.25, before_paths=(("text", ""),))
    found = told(REPLAY, [worse, better, *[worse] * EXAMPLES], pending=0, not_kept=0)["examples"]
    assert found["newly_diverging"] == [{"exchange": "e0", "divergence": 0.5, "at": ["json /a"]}] * EXAMPLES
    assert found["newly_agreeing"] == [{"exchange": "e0", "divergence": 0.25, "at": ["text"]}]


def test_nothing_answered_is_no_agreement():
    """Rather than 0 %."""
    found = told(REPLAY, [], pending=5, not_kept=0)
    assert (found["after"]["agreement"], found["after"]["median_seconds"], found["left"]) == (None, None, 5)


LABELS = [
    row(number=1, confidence=0.9, wrong=False, regret=False),
    row(after="diverged", number=2, confidence=0.8, wrong=True, regret=False),
    row(after="diverged", number=3, wrong=True, regret=True),
    row(after="not_comparable", number=4, confidence=0.1),
    row(number=1, confidence=0.2, wrong=True, regret=True),
    row(failure="late", number=5),
]


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("divergence", [(0.9, 0), (0.8, 1), (None, 1)]),
        ("wrong", [(0.9, 0), (0.8, 1), (None, 1)]),
        ("regret", [(0.9, 0), (0.8, 0), (None, 1)]),
    ],
)
def test_each_request_gives_one_label(loss, expected):
    """Asked twice it is no more evidence; where nobody knows there is none."""
    found = list(labelled(LABELS, loss))
    assert [(each["confidence"], each["loss"]) for each in found] == expected
    assert [each["fingerprint"] for each in found] == ["f1", "f2", "f3"]
    assert all("signals" not in each for each in found)


def test_signals_go_along_where_there_are_any():
    """For a fit."""
    (found,) = labelled([row(signals={"sure": 0.5})], "divergence")
    place = {"fingerprint": "f0", "exchange": "e0", "cohorts": {}}
    assert found == {"confidence": None, "loss": 0, **place, "signals": {"sure": 0.5}}


def test_rows_may_begin_at_a_time():
    """At the end of what an estimator was fitted on."""
    rows = [row(number=1, at=4), row(number=2, at=5)]
    assert [each["exchange"] for each in labelled(rows, "divergence", since=5)] == ["e2"]


@pytest.mark.parametrize(("loss", "expected"), [("wrong", 0.25), ("regret", 0.25), ("divergence", None)])
def test_a_label_of_a_review_tells_with_which_probability_it_was_drawn(loss, expected):
    """A verdict of the panel was not drawn."""
    (found,) = labelled([row(wrong=True, regret=True, probability=0.25)], loss)
    assert found.get("probability") == expected
