"""What a judge says in both orders."""

from __future__ import annotations

import pytest

from comparators import Answer, NotComparable
from comparators.checks import check_comparator
from comparators.preference import Preference


def said(word):
    """Give a judge's answer."""
    return Answer.of(json={"better": word, "why": "…"})


@pytest.mark.parametrize(
    ("legacy_first", "model_first", "value", "side"),
    [
        ("first", "second", 1.0, "legacy"),
        ("second", "first", 1.0, "model"),
        ("tie", "tie", 0.0, "tie"),
        ("first", "first", 0.0, "tie"),
        ("second", "second", 0.0, "tie"),
        ("first", "tie", 0.5, "tie"),
        ("tie", "first", 0.5, "tie"),
        (" Second\n", "FIRST", 1.0, "model"),
    ],
)
def test_only_what_holds_in_both_orders_is_a_preference(legacy_first, model_first, value, side):
    """A flip is a tie, and half a preference is no side."""
    found = Preference()(said(legacy_first), said(model_first))
    assert (found.value, Preference().side(said(legacy_first), said(model_first))) == (value, side)


def test_the_detail_names_the_side():
    """And a flip."""
    assert (
        Preference()(said("second"), said("tie")).detail == "model preferred in one order, a tie in the other"
    )
    assert Preference()(said("first"), said("second")).detail == "legacy preferred"
    assert (
        Preference()(said("first"), said("first")).detail == "preferred as it stands first or second: a tie"
    )


@pytest.mark.parametrize(
    "answer", [Answer.of(text="first"), Answer.of(json=["first"]), said("third"), said(1)]
)
def test_what_is_not_understood_is_not_comparable(answer):
    """Never a tie."""
    with pytest.raises(NotComparable, match="first, second or tie"):
        Preference()(answer, said("tie"))


def test_it_keeps_the_laws():
    """Of every comparator."""
    check_comparator(Preference(), examples=[said(word) for word in ("first", "second", "tie", "none")])
