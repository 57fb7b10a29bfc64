"""What the model's side amounts to, and who answers then."""

from __future__ import annotations

import pytest

from comparators.answer import Answer
from fallback.admission import Admission
from fallback.decision import Decision, ModelState
from fallback.switch import Switch
from fallback.words import Failure, Phase, Reason, Side
from shadow.proxy.decide import PENDING, Assessment, assess, judge, shadow_headers
from shadow.proxy.model import Outcome
from shadow.request import Observation

SAID = Answer.of(text="said")
EXPOSED = Admission(call_model=True, exposed=True, reason=Reason.LOW_CONFIDENCE)
LIVE = Switch(Phase.LIVE, threshold=0.5)


class Reader:
    """A model whose adapter reads answers by a function."""

    def __init__(self, read) -> None:
        self.adapter = self
        self.read = read


def broken(*_: object) -> None:
    """Raise what a plugin's bug may raise."""
    raise ZeroDivisionError("a secret")


def assessed(fakes, outcome, *, read=lambda raw: raw, estimator=lambda _: 0.9) -> Assessment:
    """Assess an outcome on a route with this adapter and this estimator."""
    plan = fakes.plan_of(model=Reader(read), rollout={"phase": "live"})
    plan.estimator = estimator
    return assess(plan, outcome)


def test_an_answer_is_read_and_its_confidence_estimated(fakes):
    """The estimator sees what the adapter made of the reply."""
    read = Answer.of(text="read")
    found = assessed(
        fakes, fakes.answered(SAID), read=lambda _: read, estimator=lambda each: len(each.body) / 8
    )
    assert found == Assessment(ModelState.ANSWERED, read, 0.5)


@pytest.mark.parametrize(
    "state",
    [ModelState.SHED, ModelState.LATE, ModelState.FAILED, ModelState.NOT_CALLED, ModelState.TOO_LARGE],
)
def test_without_an_answer_there_is_nothing_to_read(fakes, state):
    """Only the state is left; also of a failure that brought an answer."""
    failed = Observation(0.1, SAID, Failure.STATUS)
    assert assessed(fakes, Outcome(state, failed), read=broken) == Assessment(state)


def test_an_answer_with_a_problem_has_no_confidence(fakes):
    """It must not be served, so nobody asks how sure it is."""
    bad = Answer(problem="schema: wrong")
    found = assessed(fakes, fakes.answered(SAID), read=lambda _: bad, estimator=broken)
    assert found == Assessment(ModelState.INVALID, bad)


@pytest.mark.parametrize("plugin", ["read", "estimator"])
def test_a_bug_in_a_plugin_means_legacy(fakes, plugin, capsys):
    """It is told of by its kind alone."""
    found = assessed(fakes, fakes.answered(SAID), **{plugin: broken})
    assert (found.state, found.confidence) == (ModelState.PLUGIN_FAILED, None)
    told = capsys.readouterr().out
    assert ("ZeroDivisionError" in told, "secret" in told) == (True, False)


@pytest.mark.parametrize("value", [None, 1.5, -0.1, float("nan"), "0.9", True])
def test_what_is_no_confidence_is_none(fakes, value):
    """Whatever an estimator gives."""
    assert assessed(fakes, fakes.answered(SAID), estimator=lambda _: value).confidence is None


def test_a_route_without_an_estimator_has_no_confidence(fakes):
    """And so never serves the model."""
    assert assessed(fakes, fakes.answered(SAID), estimator=None) == Assessment(ModelState.ANSWERED, SAID)


CASES = [
    (Assessment(ModelState.ANSWERED, SAID, 0.5), {}, Decision(Side.MODEL, Reason.CONFIDENT)),
    (Assessment(ModelState.ANSWERED, SAID, 0.4), {}, Decision(Side.LEGACY, Reason.LOW_CONFIDENCE)),
    (Assessment(ModelState.ANSWERED, SAID), {}, Decision(Side.LEGACY, Reason.NO_CONFIDENCE)),
    (PENDING, {}, Decision(Side.LEGACY, Reason.MODEL_LATE)),
    (Assessment(ModelState.ANSWERED, SAID, 0.5, 0.2, 0.1), {}, Decision(Side.LEGACY, Reason.TOO_DIVERGENT)),
    (
        Assessment(ModelState.ANSWERED, SAID, 0.5),
        {"recorded": False},
        Decision(Side.LEGACY, Reason.UNRECORDED),
    ),
    (
        Assessment(ModelState.ANSWERED, SAID, 0.5),
        {"legacy_failed": True, "serves_when_legacy_failed": True},
        Decision(Side.MODEL, Reason.LEGACY_FAILED),
    ),
]


@pytest.mark.parametrize(("assessment", "facts", "expected"), CASES)
def test_everything_that_is_known_goes_into_the_decision(assessment, facts, expected):
    """The switch's threshold, the model's side, legacy's, and the record's."""
    known = {"legacy_failed": False, "serves_when_legacy_failed": False, **facts}
    assert judge(EXPOSED, LIVE, assessment, **known) == expected


def test_an_unexposed_request_keeps_its_reason():
    """However sure the model is."""
    admission = Admission(call_model=True, exposed=False, reason=Reason.PINNED)
    sure = Assessment(ModelState.ANSWERED, SAID, 1.0)
    decision = judge(admission, LIVE, sure, legacy_failed=False, serves_when_legacy_failed=True)
    assert decision == Decision(Side.LEGACY, Reason.PINNED)


def test_clients_are_told_in_three_headers():
    """Which exchange, who served it and why."""
    assert shadow_headers("0199", Side.MODEL, Reason.CONFIDENT) == (
        b"Shadow-Exchange: 0199\r\nShadow-Served: model\r\nShadow-Reason: confident\r\n"
    )


def test_without_a_certificate_legacy_answers_even_where_it_failed():
    """The model stands in above a certified threshold only."""
    sure = Assessment(ModelState.ANSWERED, SAID, 1.0)
    for threshold, expected in ((None, Reason.NO_CERTIFICATE), (0.7, Reason.LEGACY_FAILED)):
        switch = Switch(Phase.LIVE, threshold=threshold, certified=True)
        found = judge(EXPOSED, switch, sure, legacy_failed=True, serves_when_legacy_failed=True)
        assert found.reason is expected
