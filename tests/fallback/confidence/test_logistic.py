"""The regression over signals: fitted, stored, read."""

from __future__ import annotations

from dataclasses import replace
from math import log

import msgspec
import numpy as np
import pytest

from fallback.confidence.logistic import Fit, Weight, fit, read_fit


def drawn(rows=2000, *, seed=1):
    """Draw rows whose answer is right with a probability that two signals tell together."""
    random = np.random.default_rng(seed)
    signals = random.uniform(0.02, 0.98, size=(rows, 2))
    logit = np.log(signals / (1 - signals))
    chance = 1 / (1 + np.exp(-(0.5 + 1.0 * logit[:, 0] + 0.25 * logit[:, 1])))
    right = random.random(rows) < chance
    return [{"a": float(a), "b": float(b)} for a, b in signals], [bool(each) for each in right]


def test_the_weights_are_those_the_rows_were_drawn_with():
    """On the scale of the logits; within what 2,000 rows can tell."""
    found = fit(*drawn(), loss="wrong", l2=0.001)
    slopes = {each.name: each.weight / each.scale for each in found.weights}
    assert slopes == {"a": pytest.approx(1.0, abs=0.15), "b": pytest.approx(0.25, abs=0.12)}
    assert (found.rows, found.loss, found.intercept > 0) == (2000, "wrong", True)


def test_rows_drawn_by_suspicion_are_weighed_back():
    """A quarter of the right answers, all wrong ones: the fit is that of all rows, and is not without weights."""
    rows, right = drawn(20_000)
    whole = fit(rows, right, loss="wrong")
    chance = np.where(right, 0.25, 1.0)
    kept = np.flatnonzero(np.random.default_rng(2).random(len(rows)) < chance)
    part = [rows[at] for at in kept], [right[at] for at in kept]
    weighed = fit(*part, loss="wrong", weight=(1 / chance[kept]).tolist())
    plain = fit(*part, loss="wrong")
    asked = {"a": 0.6, "b": 0.5}
    assert weighed.predict(asked) == pytest.approx(whole.predict(asked), abs=0.02)
    assert plain.predict(asked) < whole.predict(asked) - 0.2


def test_it_is_the_maximum_of_the_penalised_likelihood():
    """No step in any direction makes it better."""
    rows, right = drawn(200)
    found = fit(rows, right, loss="wrong")

    def worth(each: Fit) -> float:
        chances = [each.predict(row) for row in rows]
        likely = sum(log(p if ok else 1 - p) for p, ok in zip(chances, right, strict=True))
        return likely - each.l2 / 2 * sum(weight.weight**2 for weight in each.weights)

    best = worth(found)
    for step in (-0.01, 0.01):
        assert worth(replace(found, intercept=found.intercept + step)) < best
        for at, weight in enumerate(found.weights):
            moved = replace(weight, weight=weight.weight + step)
            assert (
                worth(replace(found, weights=(*found.weights[:at], moved, *found.weights[at + 1 :]))) < best
            )


def test_rows_that_can_be_told_apart_wholly_still_have_a_fit():
    """The penalty keeps the weights finite."""
    rows = [{"a": 0.1}] * 50 + [{"a": 0.9}] * 50
    found = fit(rows, [False] * 50 + [True] * 50, loss="wrong")
    assert 0.9 < found.predict({"a": 0.9}) < 1.0


def test_rows_without_every_signal_are_left_out():
    """They are not filled up."""
    rows, right = drawn(100)
    assert fit([*rows, {"a": 0.5}, {"a": 0.5, "b": None}], [*right, True, True], loss="wrong").rows == 100


@pytest.mark.parametrize(
    ("rows", "right", "part"),
    [
        ([], [], "no signals"),
        ([{"a": 0.5}] * 49, [True] * 49, "needs 50"),
        ([{"a": 0.5}] * 60, [True] * 60, "5 of each kind"),
        ([{"a": 0.5}] * 60, [True, False] * 30, "a: always the same"),
    ],
)
def test_too_little_to_learn_from_is_refused(rows, right, part):
    """With the number that is needed."""
    with pytest.raises(ValueError, match=part):
        fit(rows, right, loss="wrong")


def test_a_missing_signal_leaves_no_probability():
    """It is never taken for a number."""
    found = fit(*drawn(100), loss="wrong")
    assert [found.predict(row) for row in ({"a": 0.5}, {"a": 0.5, "b": None}, {})] == [None] * 3


def test_a_stored_fit_is_read_as_it_was():
    """With the period it comes from; the same rows give the same version."""
    about = {"route": "address", "since": 1, "until": 2}
    found = fit(*drawn(100), loss="regret", about=about)
    assert read_fit(msgspec.json.decode(found.dumps())) == found
    assert fit(*drawn(100), loss="regret", about=about).version == found.version
    assert fit(*drawn(101), loss="regret", about=about).version != found.version


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"intercept": 9.0}, "changed by hand"),
        ({"format": 2}, "format 2"),
        ({"weights": 3}, "no stored fit"),
        ({"weights": [{"name": "a", "mean": 0.0, "scale": 0.0, "weight": 1.0}]}, "scale is not above 0"),
    ],
)
def test_what_is_no_stored_fit_is_refused(change, part):
    """Nobody serves answers by numbers that no fit gave."""
    document = msgspec.json.decode(fit(*drawn(100), loss="wrong").dumps())
    with pytest.raises(ValueError, match=part):
        read_fit({**document, **change})


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_certainties_have_an_end(value):
    """A logit of 0 or 1 would have none."""
    assert 0 < Fit(0.0, (Weight("a", 0.0, 1.0, 1.0),), 50, 5, "wrong").predict({"a": value}) < 1
