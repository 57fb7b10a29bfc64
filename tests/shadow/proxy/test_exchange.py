"""One matched request from its admission to the record: who is asked, who answers, and what is written."""

from __future__ import annotations

import asyncio

import pytest

from comparators.answer import Answer
from fallback.decision import ModelState
from fallback.switch import Grant
from fallback.words import Disposition, Failure, Reason, Side
from shadow.proxy.decide import Assessment
from shadow.proxy.exchange import ExchangeFlow
from shadow.proxy.model import Outcome
from shadow.request import Observation
from shadow.upstream.errors import Kind, UpstreamError
from shadow.upstream.message import Head

LINE = b"POST /x HTTP/1.1\r\nHost: h\r\nX-Key: k\r\n"
POST = LINE + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = LINE + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
LIVE = {"phase": "live", "patience": "20ms"}
SHADOW = {"phase": "shadow"}
FAILED = Outcome(ModelState.FAILED, Observation(0.1, None, Failure.CONNECT))


@pytest.fixture
def flow(serve, around, fakes):
    """Serve a route; give a function that sends a request to it, and tells how it was answered."""

    async def flow(model, *, commit_within=None, **keys):
        plan = fakes.plan_of(model=model, **keys)
        surroundings = around.surroundings(commit_within)

        async def act(request, client) -> None:
            await ExchangeFlow(surroundings, plan, request, client).run()

        return await serve(act, lingering_time=0)

    return flow


def told(got: bytes) -> tuple[int, str, str, bytes]:
    """Give an answer's status, who served it, why, and its body."""
    head, _, body = got.partition(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    status = int(head.split()[1])
    return status, fields[b"Shadow-Served"].decode(), fields[b"Shadow-Reason"].decode(), body


def written(rows) -> list[tuple[Side, Reason, Disposition | None]]:
    """Give what the rows say of the outcome."""
    return [(row.served, row.reason, row.disposition) for row in rows]


async def test_in_shadow_nobody_waits_for_the_model(flow, around, fakes):
    """The row is written when it has answered."""
    model = fakes.FakeModel()
    exchange = await flow(model, rollout=SHADOW)
    assert told(await exchange(POST)) == (200, "legacy", "shadow", b"ok")
    assert (around.legacy.bodies, [each.body for each in model.asked]) == ([b"{}"], [b"{}"])
    assert around.record.rows == []
    model.ended(fakes.answered())
    assert written(around.record.rows) == [(Side.LEGACY, Reason.SHADOW, None)]


UNCALLED = [
    ({"phase": "shadow", "sample": 0}, Reason.NOT_SAMPLED, Disposition.SAMPLED_OUT),
    (
        {"phase": "live", "targets": [{"when": {"header:X-Key": ["k"]}, "phase": "off"}]},
        Reason.PINNED,
        Disposition.OFF,
    ),
]


@pytest.mark.parametrize(("rollout", "reason", "disposition"), UNCALLED)
async def test_a_model_that_may_not_be_called_is_not(flow, around, fakes, rollout, reason, disposition):
    """The row says why."""
    model = fakes.FakeModel()
    exchange = await flow(model, rollout=rollout)
    assert told(await exchange(POST)) == (200, "legacy", reason, b"ok")
    assert (model.asked, written(around.record.rows)) == ([], [(Side.LEGACY, reason, disposition)])


@pytest.mark.parametrize(("exposure", "asked"), [(0.0, 0), (1.0, 1)])
async def test_a_worker_without_time_calls_the_model_only_where_it_may_answer(
    flow, around, fakes, exposure, asked
):
    """What is not exposed is shed, and the row says so."""
    around.spare.share = 0.0
    model = fakes.FakeModel(fakes.answered())
    exchange = await flow(model, rollout={"phase": "canary", "exposure": exposure, "key": "client_ip"})
    await exchange(POST)
    assert (len(model.asked), around.spare.refused) == (asked, 1 - asked)
    assert (around.record.rows[0].disposition is Disposition.SHED) is (not asked)


async def test_the_headers_can_be_left_out(flow, fakes):
    """A client is then told nothing."""
    exchange = await flow(fakes.FakeModel(fakes.answered()), rollout=SHADOW, headers=False)
    assert b"Shadow" not in await exchange(POST)


async def test_a_confident_model_answers_before_legacy(flow, around, fakes):
    """Legacy is awaited for the record alone."""
    around.legacy.held = asyncio.Event()
    exchange = await flow(fakes.FakeModel(fakes.answered()), rollout=LIVE)
    assert told(await exchange(POST)) == (200, "model", "confident", b"model")
    assert around.record.rows == []
    around.legacy.held.set()
    assert await around.tasks.drain(5) == 0
    assert written(around.record.rows) == [(Side.MODEL, Reason.CONFIDENT, None)]


async def test_each_value_of_a_cohort_is_held_against_its_own_certified_threshold(serve, around, fakes):
    """The record names threshold and certificate; a value that nobody certified gets legacy."""
    plan = fakes.plan_of(
        model=fakes.FakeModel(fakes.answered()),
        threshold="certified",
        rollout=LIVE,
        cohorts={"key": "header:X-Key"},
    )
    plan.standing = "now"

    async def act(request, client) -> None:
        await ExchangeFlow(around.surroundings(None), plan, request, client).run()

    exchange = await serve(act, lingering_time=0)
    for value, answered in (("k", ("model", "confident")), ("other", ("legacy", "no_certificate"))):
        plan.refresh([], 0, Grant("c1", "now", "key", {value: 0.8}))
        assert told(await exchange(POST))[1:3] == answered
    assert await around.tasks.drain(5) == 0
    assert [(row.threshold, row.certificate) for row in around.record.rows] == [(0.8, "c1"), (None, None)]


async def test_a_models_stream_is_served_as_a_stream(flow, fakes):
    """Legacy's would be."""
    said = Answer.of(body=b"data: 1\n\n", headers={"Content-Type": "text/event-stream; charset=utf-8"})
    exchange = await flow(fakes.FakeModel(fakes.answered(said)), rollout=LIVE)
    got = await exchange(POST)
    assert (b"Transfer-Encoding: chunked\r\n" in got, b"Content-Length" in got) == (True, False)
    assert got.endswith(b"\r\n\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n")


FALLBACKS = [
    (Outcome(ModelState.SHED), "shed", Disposition.SHED),
    (Outcome(ModelState.THROTTLED), "throttled", Disposition.THROTTLED),
    (Outcome(ModelState.BREAKER_OPEN), "breaker_open", Disposition.BREAKER_OPEN),
    (FAILED, "model_failed", Disposition.MODEL_FAILED),
]


@pytest.mark.parametrize(("outcome", "reason", "disposition"), FALLBACKS)
async def test_without_a_models_answer_legacy_is_not_held(flow, around, fakes, outcome, reason, disposition):
    """There is nothing to be patient for."""
    exchange = await flow(fakes.FakeModel(outcome), rollout={"phase": "live", "patience": "1h"})
    assert told(await exchange(POST)) == (200, "legacy", reason, b"ok")
    assert written(around.record.rows) == [(Side.LEGACY, Reason(reason), disposition)]


class FakeWeigher:
    """A weigher that waits for both sides, and finds these to be so far apart where 0.1 is allowed."""

    def __init__(self, divergence=0.0, *, held=None) -> None:
        self.divergence = divergence
        self.held = held
        self.cancelled = False

    async def weighed(self, _plan, outcome, side, pairing):
        assert pairing.request.exchange
        await asyncio.wait({outcome})
        await asyncio.wait({side.in_or_stuck})
        try:
            if self.held is not None:
                await self.held.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        said = outcome.result().observation.answer
        return Assessment(ModelState.ANSWERED, said, 0.9, self.divergence, 0.1)


@pytest.mark.parametrize(
    ("divergence", "served", "reason"),
    [(0.1, "model", "confident"), (0.2, "legacy", "too_divergent"), (None, "legacy", "too_divergent")],
)
async def test_an_inline_panel_waits_for_both_answers(flow, around, fakes, divergence, served, reason):
    """A confident model that came first is not served before legacy is in, nor one that is too far from it."""
    around.legacy.held = asyncio.Event()
    model = fakes.FakeModel(fakes.answered())
    exchange = await flow(model, rollout=LIVE, weigher=FakeWeigher(divergence))
    asked = asyncio.ensure_future(exchange(POST))
    while not model.asked:
        await asyncio.sleep(0)
    assert not asked.done()
    around.legacy.held.set()
    assert told(await asked)[1:3] == (served, reason)
    assert await around.tasks.drain(5) == 0
    assert [(row.reason, row.confidence) for row in around.record.rows] == [(Reason(reason), 0.9)]


async def test_weighing_takes_no_longer_than_patience(flow, around, fakes):
    """Then legacy goes out, and the weighing is given up."""
    weigher = FakeWeigher(held=asyncio.Event())
    exchange = await flow(fakes.FakeModel(fakes.answered()), rollout=LIVE, weigher=weigher)
    assert told(await exchange(POST)) == (200, "legacy", "model_late", b"ok")
    assert await around.tasks.drain(5) == 0
    assert (weigher.cancelled, written(around.record.rows)) == (
        True,
        [(Side.LEGACY, Reason.MODEL_LATE, None)],
    )


async def test_a_legacy_answer_too_large_to_hold_is_not_weighed(flow, around, fakes):
    """It goes out at once."""
    around.legacy.call = fakes.FakeCall(b"x" * 9, b"")
    weigher = FakeWeigher(held=asyncio.Event())
    keys = {"rollout": {"phase": "live", "patience": "1h"}, "capture": {"body_limit": "8B"}}
    exchange = await flow(fakes.FakeModel(fakes.answered()), weigher=weigher, **keys)
    assert told(await exchange(POST)) == (200, "legacy", "too_large", b"x" * 9)


async def test_patience_ends_the_wait_once_legacy_is_in(flow, around, fakes):
    """The model's answer is still compared when it comes."""
    model = fakes.FakeModel()
    exchange = await flow(model, rollout=LIVE)
    assert told(await exchange(POST)) == (200, "legacy", "model_late", b"ok")
    model.ended(fakes.answered())
    assert written(around.record.rows) == [(Side.LEGACY, Reason.MODEL_LATE, None)]


async def test_what_may_not_be_held_goes_out_at_once(flow, around, fakes):
    """However long patience is."""
    model = fakes.FakeModel()
    around.legacy.call = fakes.FakeCall(b"x" * 9, b"")
    exchange = await flow(model, rollout={"phase": "live", "patience": "1h"}, capture={"body_limit": "8B"})
    assert told(await exchange(POST)) == (200, "legacy", "too_large", b"x" * 9)
    model.ended(fakes.answered())
    assert written(around.record.rows) == [(Side.LEGACY, Reason.TOO_LARGE, Disposition.TOO_LARGE)]


@pytest.mark.parametrize("failure", [UpstreamError(Kind.CONNECT, "no connection"), 500])
@pytest.mark.parametrize("patience", ["0s", "20ms"])
async def test_patience_ends_the_wait_also_where_the_model_may_stand_in(
    flow, around, fakes, failure, patience
):
    """Legacy's failure goes out, whatever the model's timeout; the model's answer is still recorded."""
    model = fakes.FakeModel()
    failing = fakes.FakeCall(b"no", b"", head=Head.of(500))
    around.legacy.call = failure if isinstance(failure, UpstreamError) else failing
    rollout = {"phase": "live", "on_legacy_failure": "model", "patience": patience}
    exchange = await flow(model, rollout=rollout)
    async with asyncio.timeout(5):
        answered = told(await exchange(POST))
    assert answered[:3] == (500 if failure == 500 else 502, "legacy", "model_late")
    model.ended(fakes.answered())
    assert [row.disposition for row in around.record.rows] == [Disposition.LEGACY_FAILED]


async def test_without_patience_a_model_that_is_there_still_stands_in(flow, around, fakes):
    """Nobody has to wait for it."""
    around.legacy.call = UpstreamError(Kind.CONNECT, "no connection")
    rollout = {"phase": "live", "on_legacy_failure": "model", "patience": "0s"}
    exchange = await flow(fakes.FakeModel(fakes.answered()), rollout=rollout)
    assert told(await exchange(POST))[:3] == (200, "model", "legacy_failed")


@pytest.mark.parametrize(
    ("policy", "patience", "expected"),
    [("model", "5s", (200, "model", "legacy_failed")), ("pass", "0s", (502, "legacy", "model_late"))],
)
async def test_when_legacy_fails_the_route_says_whether_the_model_stands_in(
    flow, around, fakes, policy, patience, expected
):
    """Within patience, if it may."""
    model = fakes.FakeModel()
    around.legacy.call = UpstreamError(Kind.CONNECT, "no connection")
    rollout = {"phase": "live", "on_legacy_failure": policy, "patience": patience}
    exchange = await flow(model, rollout=rollout)

    async def answer_later() -> None:
        while not model.asked or around.tasks._running:
            await asyncio.sleep(0)
        for _ in range(3):
            await asyncio.sleep(0)
        model.ended(fakes.answered())

    async with asyncio.TaskGroup() as group:
        got = group.create_task(exchange(POST))
        group.create_task(answer_later())
    assert told(got.result())[:3] == expected
    assert [row.disposition for row in around.record.rows] == [Disposition.LEGACY_FAILED]


# --- the request's body


@pytest.mark.parametrize("rollout", [SHADOW, {**LIVE, "patience": "5s"}])
async def test_a_streamed_body_starts_the_model_once_it_has_passed(flow, around, fakes, rollout):
    """Both sides get all of it."""
    model = fakes.FakeModel(fakes.answered())
    exchange = await flow(model, rollout=rollout)
    large = b"x" * 99_999
    await exchange(CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(large), large))
    await around.tasks.drain(5)
    assert (around.legacy.bodies, [each.body for each in model.asked]) == ([large], [large])
    assert [(row.disposition, row.request.body) for row in around.record.rows] == [(None, large)]


@pytest.mark.parametrize(("rollout", "reason"), [(SHADOW, Reason.SHADOW), (LIVE, Reason.TOO_LARGE)])
async def test_a_body_beyond_the_limit_goes_to_legacy_alone(flow, around, fakes, rollout, reason):
    """Nothing of it is kept."""
    model = fakes.FakeModel()
    exchange = await flow(model, rollout=rollout, capture={"body_limit": "8B"})
    known = LINE + b"Connection: close\r\nContent-Length: 9\r\n\r\n123456789"
    for request in (known, CHUNKED + b"9\r\n123456789\r\n0\r\n\r\n"):
        assert told(await exchange(request)) == (200, "legacy", reason, b"ok")
    assert (around.legacy.bodies, model.asked) == ([b"123456789"] * 2, [])
    assert written(around.record.rows) == [(Side.LEGACY, reason, Disposition.TOO_LARGE)] * 2


@pytest.mark.parametrize("rollout", [SHADOW, {"phase": "live", "patience": "1h"}])
async def test_a_model_that_never_got_the_request_is_not_waited_for(flow, around, fakes, rollout):
    """Legacy answered before it had read the body."""
    model = fakes.FakeModel()

    async def ask(_request, _body, _inform):
        return fakes.FakeCall(whole=b"no")

    around.legacy.ask = ask
    exchange = await flow(model, rollout=rollout)
    assert (await exchange(CHUNKED + b"1\r\nx\r\n")).endswith(b"no")
    assert (model.asked, [row.disposition for row in around.record.rows]) == (
        [],
        [Disposition.NOT_COMPARABLE],
    )


# --- the strict audit


async def test_a_model_answer_leaves_once_it_is_committed(flow, around, fakes):
    """The row that was committed is completed and none written anew."""
    exchange = await flow(fakes.FakeModel(fakes.answered()), commit_within=1, rollout=LIVE)
    assert told(await exchange(POST)) == (200, "model", "confident", b"model")
    await around.tasks.drain(5)
    record = around.record
    assert written(record.opened) == written(record.finished) == [(Side.MODEL, Reason.CONFIDENT, None)]
    assert record.rows == []


async def test_what_cannot_be_committed_is_not_served(flow, around, fakes):
    """Legacy is, and the row says so."""
    around.record.commits = False
    exchange = await flow(fakes.FakeModel(fakes.answered()), commit_within=1, rollout=LIVE)
    assert told(await exchange(POST)) == (200, "legacy", "unrecorded", b"ok")
    assert written(around.record.finished) == [(Side.LEGACY, Reason.UNRECORDED, None)]


async def test_a_legacy_answer_needs_no_commit(flow, around, fakes):
    """Only what the model serves has to be on record first."""
    exchange = await flow(fakes.FakeModel(FAILED), commit_within=1, rollout=LIVE)
    assert told(await exchange(POST))[:3] == (200, "legacy", "model_failed")
    assert (around.record.opened, len(around.record.rows)) == ([], 1)


# --- clients that leave


async def left(exchange, request: bytes, when) -> None:
    """Send a request, and leave once something holds."""
    leave = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(exchange(request, leave=leave))
        while not when():
            await asyncio.sleep(0)
        leave.set()


async def until(condition) -> None:
    """Let the others go on until something holds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


@pytest.mark.parametrize("rollout", [SHADOW, LIVE])
async def test_a_client_that_leaves_ends_the_legacy_call_and_not_the_models(flow, around, fakes, rollout):
    """The model's answer is still recorded."""
    model = fakes.FakeModel()
    around.legacy.call = call = fakes.FakeCall()
    exchange = await flow(model, rollout=rollout)
    await left(exchange, POST, lambda: around.legacy.bodies)
    await until(lambda: call.closed)
    assert around.record.rows == []
    model.ended(fakes.answered())
    assert [(row.disposition, row.model is not None) for row in around.record.rows] == [
        (Disposition.CLIENT_GONE, True)
    ]
    await until(lambda: not len(around.tasks))


@pytest.mark.parametrize("rollout", [SHADOW, LIVE])
async def test_a_client_that_leaves_before_its_body_came_is_recorded(flow, around, fakes, rollout):
    """Nobody was asked."""
    model = fakes.FakeModel()
    exchange = await flow(model, rollout=rollout)
    sent = asyncio.Event()
    sent.set()
    await exchange(LINE + b"Content-Length: 9\r\n\r\nbegun", leave=sent)
    await until(lambda: around.record.rows)
    assert [row.disposition for row in around.record.rows] == [Disposition.CLIENT_GONE]
    assert (around.legacy.bodies, model.asked) == ([], [])


async def test_a_client_that_leaves_during_the_commit_gets_nothing_and_holds_nothing(flow, around, fakes):
    """Legacy's call ends with it, even when it was held for its size; the row tells of legacy."""
    committing, may_commit = asyncio.Event(), asyncio.Event()

    async def commit(exchange, _timeout) -> bool:
        around.record.opened.append(exchange)
        committing.set()
        await may_commit.wait()
        return True

    around.record.commit = commit
    around.legacy.call = call = fakes.FakeCall(b"x" * 9)
    model = fakes.FakeModel(fakes.answered())
    exchange = await flow(model, commit_within=1, rollout=LIVE, capture={"body_limit": "8B"})
    await left(exchange, POST, committing.is_set)
    await until(lambda: call.closed)
    await until(lambda: not len(around.tasks))
    assert written(around.record.finished) == [(Side.LEGACY, Reason.MODEL_LATE, Disposition.CLIENT_GONE)]


async def test_a_bug_is_recorded_as_legacys_failure_and_raised(serve, around, fakes):
    """The exchange does not vanish with it."""
    raised = []
    plan = fakes.plan_of(model=fakes.FakeModel(fakes.answered()), rollout=SHADOW)
    around.legacy.call = ZeroDivisionError("a bug")

    async def act(request, client) -> None:
        try:
            await ExchangeFlow(around.surroundings(), plan, request, client).run()
        except ZeroDivisionError as exc:
            raised.append(exc)
        client.problem(500, "", kind="test")

    exchange = await serve(act)
    await exchange(POST)
    assert len(raised) == 1
    assert [row.disposition for row in around.record.rows] == [Disposition.LEGACY_FAILED]
