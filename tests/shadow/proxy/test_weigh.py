"""Weighing a model's answer against legacy's, and against further answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from comparators import Answer
from comparators.divergence import Verdict
from comparators.panel import Judgement
from fallback.confidence.agreement import Agreement, Samples
from fallback.confidence.simple import Constant
from fallback.decision import ModelState
from shadow.limits.allowance import Allowance
from shadow.proxy.decide import Assessment
from shadow.proxy.further import Further, Purse
from shadow.proxy.model import Outcome
from shadow.proxy.panel_process import NotJudgedError
from shadow.proxy.weigh import Asker, Weigher
from shadow.request import Request

OURS, INLINE = b"ours", b"inline"
SAID = Answer.of(text="said")
LEGACY = Answer.of(text="legacy")
MATCH, DIVERGED = Judgement(Verdict.MATCH, 0.0, ()), Judgement(Verdict.DIVERGED, 0.75, ())


@dataclass
class FakePanels:
    """Panels that say match of equal texts, and 0.75 of others; `error` is raised instead."""

    error: Exception | None = None
    asked: list[tuple[bytes, str, list[str]]] = field(default_factory=list)

    async def judge(self, panel, left, right):
        self.asked.append((panel, left.text, [each.text for each in right]))
        if self.error is not None:
            raise self.error
        return [MATCH if each.body == left.body else DIVERGED for each in right]


@dataclass
class FakeSide:
    """A legacy side whose answer is in."""

    answer: Answer | None = LEGACY
    in_or_stuck: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


@dataclass
class FakePairing:
    """What is known of the request."""

    request: Request = field(default_factory=lambda: Request("POST", "/x", exchange="id"))
    further: Further = field(default_factory=Further)


@pytest.fixture
def weighed(fakes):
    """Give a function that weighs an answer on a route with this estimator."""

    async def weighed(weigher, estimator, *, outcome=None, side=None):
        plan = fakes.plan_of(model=fakes.FakeModel())
        plan.estimator = estimator
        side = side or FakeSide()
        side.in_or_stuck.set_result(None)
        future = asyncio.get_running_loop().create_future()
        future.set_result(outcome or fakes.answered(SAID))
        return await weigher.weighed(plan, future, side, FakePairing())

    return weighed


@pytest.fixture
def asker(fakes):
    """Give a function that makes an asker whose model gives these outcomes in turn."""

    def asker(*outcomes, allowed=60):
        calls = fakes.FakeModel()
        given = iter(outcomes)

        def start(request, ended):
            calls.asked.append(request)
            ended(next(given))

        calls.start = start
        return Asker(calls, Allowance(allowed, 60), Purse(None))

    return asker


async def test_agreement_is_weighed_by_the_routes_panel(weighed):
    """With the legacy answer, once it is in."""
    panels = FakePanels()
    found = await weighed(Weigher(panels, OURS), Agreement())
    assert found == Assessment(ModelState.ANSWERED, SAID, 0.25)
    assert panels.asked == [(OURS, "legacy", ["said"])]


async def test_without_a_legacy_answer_there_is_no_agreement(weighed):
    """And nobody is asked."""
    panels = FakePanels()
    found = await weighed(Weigher(panels, OURS, INLINE, 0.1), Agreement(), side=FakeSide(None))
    assert found == Assessment(ModelState.ANSWERED, SAID, None, None, 0.1)
    assert panels.asked == []


@pytest.mark.parametrize(("inline", "panels_asked"), [(INLINE, [INLINE]), (OURS, [OURS])])
async def test_an_inline_panel_gives_a_divergence_and_its_bound(weighed, inline, panels_asked):
    """Whatever the estimator needs."""
    panels = FakePanels()
    found = await weighed(Weigher(panels, OURS, inline, 0.5), Constant(0.9))
    assert found == Assessment(ModelState.ANSWERED, SAID, 0.9, 0.75, 0.5)
    assert [asked[0] for asked in panels.asked] == panels_asked


async def test_one_panel_is_asked_once(weighed):
    """Where the inline panel is the route's own."""
    panels = FakePanels()
    found = await weighed(Weigher(panels, OURS, OURS, 0.5), Agreement())
    assert (found.confidence, found.divergence, len(panels.asked)) == (0.25, 0.75, 1)


async def test_further_answers_are_judged_against_the_first(weighed, fakes, asker):
    """Under keys of their own; one that could not be served is no match."""
    bad = Answer(body=b"said", problem="schema: broken")
    long = Answer.of(text="x" * (256 * 1024 + 1))
    answers = [SAID, Answer.of(text="else"), SAID, bad, long]
    asking = asker(*map(fakes.answered, answers))
    panels = FakePanels()
    found = await weighed(Weigher(panels, OURS, asker=asking), Samples(k=5))
    assert found.confidence == pytest.approx(0.4)
    assert panels.asked == [(OURS, "said", ["said", "else", "said"])]
    assert [each.exchange for each in asking.calls.asked] == [f"id-{n}" for n in range(1, 6)]


async def test_where_fewer_come_there_is_no_confidence(weighed, fakes, asker):
    """It is never taken from the rest."""
    asking = asker(fakes.answered(SAID), Outcome(ModelState.SHED))
    found = await weighed(Weigher(FakePanels(), OURS, asker=asking), Samples(k=2))
    assert found == Assessment(ModelState.ANSWERED, SAID, None)


async def test_what_may_not_be_spent_is_not_asked(weighed, asker):
    """A counter tells of it."""
    asking = asker(allowed=1)
    found = await weighed(Weigher(FakePanels(), OURS, asker=asking), Samples(k=2))
    assert (found.confidence, asking.calls.asked, asking.allowance.refused) == (None, [], 2)


@pytest.mark.parametrize(("sure", "asked"), [(0.5, 2), (0.9, 0)])
async def test_the_model_is_asked_again_in_the_grey_band_alone(weighed, fakes, asker, sure, asked):
    """Elsewhere the first estimator's word stands."""
    asking = asker(*[fakes.answered(SAID)] * 2)
    samples = Samples(k=2, first=Constant(sure), between=(0.4, 0.6))
    found = await weighed(Weigher(FakePanels(), OURS, asker=asking), samples)
    assert (found.confidence, len(asking.calls.asked)) == ({0.5: 0.6, 0.9: 0.9}[sure], asked)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(ModelState.LATE), ModelState.LATE),
        (Outcome(ModelState.SHED), ModelState.SHED),
    ],
)
async def test_without_an_answer_there_is_nothing_to_weigh(weighed, outcome, expected):
    """Only the state is left."""
    panels = FakePanels()
    assert await weighed(Weigher(panels, OURS), Agreement(), outcome=outcome) == Assessment(expected)
    assert panels.asked == []


async def test_an_answer_with_a_problem_is_not_weighed(weighed, fakes):
    """It must not be served."""
    bad = Answer(problem="schema: broken")
    found = await weighed(Weigher(FakePanels(), OURS), Agreement(), outcome=fakes.answered(bad))
    assert found == Assessment(ModelState.INVALID, bad)


class Broken(Agreement):
    """An estimator with a bug."""

    def __call__(self, _case):
        raise ZeroDivisionError


class BrokenBefore(Samples):
    """One whose bug shows before it is asked for its estimate."""

    def further(self, _case):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("error", "estimator", "state"),
    [
        (NotJudgedError("full", ModelState.SHED), Agreement(), ModelState.SHED),
        (NotJudgedError("fell"), Agreement(), ModelState.PLUGIN_FAILED),
        (None, Broken(), ModelState.PLUGIN_FAILED),
        (None, BrokenBefore(), ModelState.PLUGIN_FAILED),
    ],
)
async def test_whatever_fails_means_legacy(weighed, error, estimator, state, capsys):
    """By the reason that fits, and without a confidence."""
    found = await weighed(Weigher(FakePanels(error), OURS), estimator)
    assert (found.state, found.confidence) == (state, None)
