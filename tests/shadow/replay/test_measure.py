"""What a replayed answer comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from comparators import Answer, Reply
from fallback.confidence.agreement import Agreement, Samples
from fallback.confidence.case import Case
from fallback.confidence.combined import Combined
from fallback.confidence.simple import Field
from shadow.config.model import Price
from shadow.replay.measure import MOST_PATHS
from shadow.replay.recorded import Selection, page
from shadow.request import Observation


@pytest.fixture
def recorded(shelf, make):
    """Give a function that records one exchange and reads it back."""

    def record(legacy=None, model=None, **changes):
        shelf.record(make(legacy, model, **changes))
        return page(shelf.store.db.conn, Selection("x", None, ""), 0, 100)[-1]

    return record


def answered(measure, recorded, answer):
    """Measure an answer to a recorded request."""
    return measure.answered(recorded, measure.case(recorded, answer), 0.5, None)


def test_both_answers_are_held_against_legacy(shelf, recorded):
    """By the same panel; where they differ is kept, and no value."""
    found = answered(
        shelf.measure(),
        recorded({"a": 1}, {"a": 2, "sure": 0.3}),
        Answer.of(json={"a": 1, "b": 2, "sure": 0.8}),
    )
    assert (found.verdict, found.paths, found.confidence, found.seconds) == (
        "diverged",
        (("json", "/b"),),
        0.8,
        0.5,
    )
    assert (found.before_verdict, found.before_paths) == ("diverged", (("json", "/a"),))
    assert (found.before_model, found.before_version, found.before_confidence) == ("old", "v1", 0.3)


def test_the_recorded_answer_is_judged_anew_where_it_can_be_read(shelf, recorded):
    """Else it stands as it was judged then: read by a model that is no longer configured as it was."""
    one = recorded({"a": 1}, {"a": 2})
    strict = replace(one, verdict="match", divergence=0.0)
    assert answered(shelf.measure(), strict, Answer.of(json={"a": 1})).before_verdict == "diverged"
    gone = replace(strict, model_hash="another")
    found = answered(shelf.measure(), gone, Answer.of(json={"a": 1}))
    assert (found.before_verdict, found.before_divergence, found.before_paths) == ("match", 0.0, ())
    raising = {one.model_hash: lambda _: 1 / 0}
    assert (
        answered(shelf.measure(readers=raising), strict, Answer.of(json={"a": 1})).before_verdict == "match"
    )


def test_an_answer_that_cannot_be_served_is_not_comparable(shelf, recorded):
    """And has no confidence; one that its reader cannot read is such a one."""
    measure = shelf.measure(read=lambda _: 1 / 0)
    answer = measure.read_answer(Answer.of(json={"a": 1}))
    found = answered(measure, recorded(), answer)
    assert (found.problem, found.verdict, found.confidence) == (
        "it cannot be read (ZeroDivisionError)",
        "not_comparable",
        None,
    )


def test_a_failure_is_told_beside_what_was_recorded(shelf, recorded):
    """With the time it took, if any."""
    found = shelf.measure().failed(recorded(), "late", Observation(2.0))
    assert (found.failure, found.seconds, found.verdict, found.before_verdict) == ("late", 2.0, None, "match")
    assert shelf.measure().failed(recorded(), "throttled", None).seconds is None


@pytest.mark.parametrize(
    ("verdict", "right", "said", "expected"),
    [
        (None, None, 1, (None, None)),
        ("neither", None, 1, (None, None)),
        ("neither", b'{"a":3}', 3, (False, False)),
        ("neither", b'{"a":3}', 1, (True, False)),
        ("legacy_right", None, 1, (False, False)),
        ("legacy_right", None, 2, (True, True)),
        ("both", None, 2, (True, True)),
        ("model_right", None, 2, (False, False)),
        ("model_right", None, 1, (True, False)),
        ("model_right", b'{"a":2}', 1, (True, False)),
        ("neither", b"no json", 1, (None, None)),
    ],
)
def test_a_review_of_the_recorded_exchange_labels_the_new_answer(shelf, make, verdict, right, said, expected):
    """By what the reviewer found right: legacy said 1, the recorded model 2."""
    (ident,) = shelf.record(make({"a": 1}, {"a": 2}))
    if verdict is not None:
        shelf.review(ident, verdict, right)
    (one,) = page(shelf.store.db.conn, Selection("x", None, ""), 0, 10)
    found = answered(shelf.measure(), one, Answer.of(json={"a": said}))
    assert (found.wrong, found.regret) == expected


def test_an_answer_with_a_problem_is_wrong_by_any_review(shelf, make):
    """It could not even be served."""
    (ident,) = shelf.record(make())
    shelf.review(ident, "both")
    (one,) = page(shelf.store.db.conn, Selection("x", None, ""), 0, 10)
    found = answered(shelf.measure(), one, Answer(problem="schema: broken"))
    assert (found.wrong, found.regret) == (True, True)


def test_signals_of_a_combined_estimator_are_kept(shelf, recorded):
    """So that it can be fitted from a replay."""
    combined = Combined(signals={"sure": Field("/sure"), "agree": Agreement("verdict")})
    found = answered(shelf.measure(estimator=combined), recorded(), Answer.of(json={"a": 1, "sure": 0.8}))
    assert (found.signals, found.confidence) == ({"sure": 0.8, "agree": 1.0}, None)
    broken = Combined(signals={"bad": lambda _: 1 / 0})
    assert answered(shelf.measure(estimator=broken), recorded(), Answer.of(json={"a": 1})).signals is None


def test_further_answers_are_judged_against_the_new_one(shelf, recorded):
    """As many as the estimator wants, and none of an answer that cannot be served."""
    measure = shelf.measure(estimator=Samples(k=2))
    one = recorded()
    case = measure.case(one, Answer.of(json={"a": 1}))
    assert measure.further(case) == 2
    samples = [Answer.of(json={"a": 1}), Answer(problem="no_json: none")]
    found = measure.answered(one, measure.with_samples(case, samples), 0.5, None)
    assert found.confidence == 0.5
    assert measure.further(Case(Answer(problem="x"))) == 0
    assert shelf.measure().further(case) == shelf.measure(estimator=None).further(case) == 0


def test_a_bug_of_an_estimator_costs_its_own_number(shelf, recorded):
    """Whether it is asked for its estimate or for what it wants."""

    class Broken(Samples):
        def further(self, _case):
            raise ZeroDivisionError

        def __call__(self, _case):
            raise ZeroDivisionError

    measure = shelf.measure(estimator=Broken())
    found = answered(measure, recorded(), Answer.of(json={"a": 1}))
    assert (found.confidence, found.verdict, measure.further(Case(Answer()))) == (None, "match", 0)


def test_a_price_makes_a_cost(shelf):
    """Of what the server counted."""
    said = Answer(reply=Reply("x", tokens_in=1_000_000, tokens_out=2_000_000))
    measure = shelf.measure(price=Price(input_per_million=1, output_per_million=2, per_call=3))
    assert (measure.cost(said), measure.cost(Answer()), shelf.measure().cost(said)) == (8.0, 3.0, None)


def test_places_are_bounded_and_a_comparator_without_places_is_one(shelf, recorded):
    """A client's document may have any number of them."""
    wide = {str(number): number for number in range(MOST_PATHS * 2)}
    found = answered(shelf.measure(), recorded(), Answer.of(json=wide))
    assert len(found.paths) == MOST_PATHS
