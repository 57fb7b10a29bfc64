"""Answers that no client waits for are weighed aside, by a draw that knows nothing of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from comparators import Answer
from comparators.divergence import Verdict
from comparators.panel import Judgement
from fallback.bucket import draw
from fallback.confidence.agreement import Samples
from fallback.confidence.simple import Field
from fallback.decision import ModelState
from fallback.words import Phase, Reason, Side, Unweighed
from shadow.config.routes import Unexposed
from shadow.ids import new_id
from shadow.limits.allowance import Allowance
from shadow.proxy.asides import Aside, Asides
from shadow.proxy.further import Purse
from shadow.proxy.model import Outcome
from shadow.proxy.weigh import Asker, Weigher
from shadow.record import exchange as record
from shadow.request import Observation, Request

SURE = Answer.of(json={"sure": 0.9})
GREY = Answer.of(json={"sure": 0.5})


class FakePanels:
    """Panels that say match of equal texts."""

    async def judge(self, _panel, left, right):
        same = [each.body == left.body for each in right]
        return [Judgement(Verdict.MATCH if each else Verdict.DIVERGED, 0.0, ()) for each in same]


@dataclass
class Bench:
    """Asides of a route, what they wrote, and a model that is asked again."""

    asides: Asides
    plan: object
    calls: object
    written: list[record.Exchange] = field(default_factory=list)

    def take(self, model=GREY, ident=None):
        exchange = record.Exchange(
            ident or new_id(),
            1,
            "x",
            Phase.SHADOW,
            Side.LEGACY,
            Reason.SHADOW,
            None,
            "POST",
            "/x",
            request=Request("POST", "/x", exchange="id"),
            legacy=Observation(0.1, Answer.of(text="legacy")),
            model=Observation(0.1, model),
        )
        self.asides.take(self.plan, self.written.append, exchange)

    def told(self):
        return [(each.confidence, each.unweighed) for each in self.written]


@pytest.fixture
def bench(fakes, around):
    """Give a bench whose model says these things again, if anything."""

    def bench(*outcomes, room=True, share=1.0, calls=60, most=8):
        model = fakes.FakeModel()
        given = iter(outcomes)

        def start(request, ended):
            model.asked.append(request)
            model.ended = ended
            if (outcome := next(given, None)) is not None:
                ended(outcome)

        model.start, model.has_room = start, lambda _: room
        plan = fakes.plan_of(model=model)
        plan.estimator = Samples(k=2, first=Field("/sure"), between=(0.4, 0.6))
        keys = Unexposed(share=share, calls_per_minute=calls, max_in_flight=most)
        asker = Asker(model, Allowance(calls, 60), Purse(None))
        weigher = Weigher(FakePanels(), b"ours", asker=asker)
        means = Aside(weigher, asker, 2, around.tasks, around.spare)
        return Bench(Asides(keys, means), plan, model)

    return bench


async def test_a_grey_answer_gets_its_confidence_from_further_ones(bench, fakes, around):
    """Under keys of their own; what they used is booked."""
    said = Answer.of(json={"sure": 0.5})
    found = bench(fakes.answered(said), fakes.answered(Answer.of(json={"sure": 0.4})))
    found.take()
    assert found.written == []
    assert await around.tasks.drain(5) == 0
    assert found.told() == [(pytest.approx(0.5), None)]
    assert found.written[0].samples == record.Samples(2, 0, 0)
    assert (found.asides.means.asker.allowance.spent, found.asides.weighed) == (2, 1)


async def test_a_sure_answer_costs_no_call_and_gives_its_calls_back(bench, around):
    """They were reserved before anybody looked at it."""
    found = bench(calls=2)
    for _ in range(3):
        found.take(SURE)
        await around.tasks.drain(5)
    assert found.told() == [(0.9, None)] * 3
    assert (found.calls.asked, found.asides.means.asker.allowance.spent) == ([], 0)


async def test_the_share_is_drawn_by_the_exchange_alone(bench, around):
    """Whatever the model said, sure answers included: else labels would be more of one kind."""
    found = bench(share=0.3)
    idents = [new_id() for _ in range(200)]
    for ident in idents:
        found.take(SURE, ident)
        await around.tasks.drain(5)
    expected = [draw(ident, f"{found.plan.salt}/samples") >= 0.3 for ident in idents]
    assert [each.unweighed is Unweighed.SAMPLED_OUT for each in found.written] == expected
    assert 0.15 < found.asides.weighed / 200 < 0.45
    assert all(each.confidence is None for each in found.written if each.unweighed)


async def test_beyond_the_budget_no_answer_is_weighed_not_even_a_sure_one(bench, around):
    """Who is refused is settled before the answer is looked at."""
    found = bench(calls=1)
    found.take(SURE)
    found.take(GREY)
    await around.tasks.drain(5)
    assert found.told() == [(None, Unweighed.OVER_BUDGET)] * 2
    assert found.asides.snapshot()["unexposed_over_budget"] == 2


@pytest.mark.parametrize("why", ["room", "busy", "killed", "many"])
async def test_what_would_take_from_others_is_shed(bench, around, why):
    """A model without room, a busy worker, a route that is killed, too many at once."""
    found = bench(room=why != "room", most=1)
    if why == "busy":
        around.spare.share = 0.5
    if why == "killed":
        found.plan.switch = type("Killed", (), {"killed": True})()
    if why == "many":
        found.asides.in_flight = 1
    found.take(SURE)
    assert found.told() == [(None, Unweighed.SHED)]
    assert found.asides.snapshot()["unexposed_shed"] == 1


async def test_calls_that_a_limit_forbids_leave_the_answer_unweighed(bench, fakes, around):
    """What came of the others is booked all the same."""
    found = bench(fakes.answered(), Outcome(ModelState.THROTTLED))
    found.take()
    await around.tasks.drain(5)
    assert found.told() == [(None, Unweighed.SHED)]
    assert found.written[0].samples == record.Samples(1, 0, 0)


async def test_a_failing_model_has_no_confidence_and_is_a_label(bench, fakes, around):
    """As it would have none if a client had waited."""
    found = bench(fakes.answered(), Outcome(ModelState.FAILED))
    found.take()
    await around.tasks.drain(5)
    assert found.told() == [(None, None)]
    assert found.asides.snapshot()["unexposed_unknown"] == 1


async def test_at_the_workers_end_the_exchange_is_written_once_its_calls_have_ended(bench, around):
    """However it was cut short."""
    found = bench()
    found.take()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(found.calls.asked) == 2
    ended = found.calls.ended
    await around.tasks.drain(0)
    assert found.written == []
    for _ in range(2):
        ended(Outcome(ModelState.SHED))
    assert found.told() == [(None, Unweighed.SHED)]
    assert found.asides.in_flight == 0


async def test_a_new_plan_goes_on_with_the_counts(bench, around):
    """They are counters of the worker."""
    before, after = bench(calls=1), bench(calls=1)
    before.take()
    after.asides.go_on(before.asides)
    assert after.asides.snapshot() == before.asides.snapshot()
    await around.tasks.drain(0)
