"""The fence around estimators."""

from __future__ import annotations

import pytest

from comparators.answer import Answer
from comparators.divergence import Verdict
from comparators.panel import Judgement
from fallback.confidence.agreement import Agreement
from fallback.confidence.case import Case
from fallback.confidence.estimator import Estimate, measure, weigh

GOOD = Answer.of(json={"city": "Irmo"})


@pytest.mark.parametrize(("value", "expected"), [(0.0, 0.0), (0.93, 0.93), (1, 1.0), (None, None)])
def test_a_confidence_is_passed_on(value, expected):
    """Both ends of the range belong to it."""
    assert measure(lambda _: value, GOOD) == Estimate(expected)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.01, 1.01, 10**400, True, "0.9", [0.9]])
def test_what_is_no_confidence_is_none(value):
    """Nothing is clipped, and True is no number."""
    assert measure(lambda _: value, GOOD) == Estimate(None)


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=400), Answer(problem="schema: broken")])
def test_an_answer_that_must_not_be_served_has_no_confidence(answer):
    """The estimator is not even asked."""
    assert measure(lambda _: 1.0, answer) == Estimate(None)


def test_an_estimator_that_raises_has_failed():
    """Its class is told, and not what it says, which may hold what the answer held."""

    def broken(answer):
        raise KeyError(answer.text)

    assert measure(broken, GOOD) == Estimate(None, "KeyError")


def test_each_estimator_is_asked_by_its_own_face():
    """With the answer alone, or with the whole case; of the latter the answer alone says nothing."""
    case = Case(Answer.of(text="said"), Judgement(Verdict.MATCH, 0.25, ()))
    faces = [lambda answer: len(answer.text) / 8, Agreement()]
    assert [weigh(each, case).confidence for each in faces] == [0.5, 0.75]
    assert measure(Agreement(), case.answer).confidence is None


def test_an_answer_that_must_not_be_served_is_not_weighed():
    """However well it agrees."""
    agreed = Judgement(Verdict.MATCH, 0.0, ())
    assert weigh(Agreement(), Case(Answer(problem="schema: broken"), agreed)).confidence is None
    assert weigh(Agreement(), Case(Answer(404), agreed)).confidence is None
