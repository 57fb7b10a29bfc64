"""The legacy side: what it relays, holds and keeps, and what it tells of how it ended."""

from __future__ import annotations

import asyncio

import pytest

from comparators.answer import Answer
from fallback.words import Failure
from shadow.proxy.capture import Capture
from shadow.proxy.legacy import LegacySide
from shadow.proxy.settle import LegacyEnd
from shadow.upstream.errors import Kind, UpstreamError, UpstreamTimeout

BROKE = UpstreamError(Kind.TRUNCATED, "10.1.2.3:9001: the connection broke within the answer", sent=True)
LATE = UpstreamTimeout("10.1.2.3:9001: no whole answer in time", sent=True)


class FakeClient:
    """A client that notes what it is sent."""

    def __init__(self) -> None:
        self.log: list[object] = []
        self.started = False

    def send(self, head, body, extra=b"", trailers=()) -> None:
        self.started = True
        self.log.append(("send", head.status, body, extra, *trailers))

    def begin(self, head, extra=b"") -> None:
        self.started = True
        self.log.append(("begin", head.status, extra))

    async def chunk(self, data) -> None:
        self.log.append(data)

    def end(self, trailers=()) -> None:
        self.log += ["end", *trailers]

    def cut(self, _kind) -> None:
        self.log.append("cut")

    def problem(self, status, detail, *, kind, extra=b"") -> None:
        self.log.append(("problem", status, kind, extra))
        assert "10.1.2.3" not in detail


class Told:
    """Keeps what the legacy side tells."""

    def __init__(self) -> None:
        self.ends: list[tuple[LegacyEnd, int | None, bytes | None, Failure | None]] = []

    def legacy_ended(self, end, observation) -> None:
        answer = observation.answer
        status, body = (answer.status, answer.body) if answer is not None else (None, None)
        self.ends.append((end, status, body, observation.failure))


class Case:
    """One legacy side under test; `extra` None holds it."""

    def __init__(self, call, extra: bytes | None, limit: int = 10) -> None:
        self.client = FakeClient()
        self.told = Told()
        self.call = call
        self.side = LegacySide(self.client, Capture(limit), self.told, extra=extra)

    async def run(self) -> None:
        async def ask():
            if isinstance(self.call, Exception):
                raise self.call
            return self.call

        await self.side.run(ask)


async def until(condition) -> None:
    """Let the others go on until something holds."""
    while not condition():
        await asyncio.sleep(0)


async def test_a_whole_answer_goes_out_in_one_write(fakes):
    """And is observed with its body."""
    case = Case(fakes.FakeCall(whole=b"ok"), b"E")
    await case.run()
    assert case.client.log == [("send", 200, b"ok", b"E")]
    assert case.told.ends == [(LegacyEnd.ANSWERED, 200, b"ok", None)]
    assert case.call.closed == 1


async def test_an_answer_in_parts_goes_out_as_it_comes(fakes):
    """Each part before the next has come."""
    case = Case(fakes.FakeCall(b"one"), b"E")
    async with asyncio.TaskGroup() as group:
        group.create_task(case.run())
        await until(lambda: b"one" in case.client.log)
        case.call.parts.put_nowait(b"two")
        case.call.parts.put_nowait(b"")
    assert case.client.log == [("begin", 200, b"E"), b"one", b"two", "end"]
    assert case.told.ends == [(LegacyEnd.ANSWERED, 200, b"onetwo", None)]


async def test_what_is_too_large_is_passed_on_and_not_kept(fakes):
    """The observation has a head and no half body."""
    case = Case(fakes.FakeCall(b"12345678", b"90123", b""), b"")
    await case.run()
    assert case.client.log == [("begin", 200, b""), b"12345678", b"90123", "end"]
    assert case.told.ends == [(LegacyEnd.TOO_LARGE, 200, b"", None)]


@pytest.mark.parametrize(
    ("status", "parts", "expected"),
    [(200, (b"one", b"two"), b"onetwo"), (500, (b"no",), None), (200, (b"12345678", b"90123"), None)],
)
async def test_a_held_answer_can_be_looked_at_once_it_is_in(fakes, status, parts, expected):
    """Not one that failed, nor one that is larger than what is kept."""
    case = Case(fakes.FakeCall(*parts, b"", head=fakes.chunked(status)), None)
    assert case.side.answer is None
    running = asyncio.ensure_future(case.run())
    await asyncio.wait({case.side.in_or_stuck})
    case.side.discard()
    await running
    assert case.side.answer == (expected and Answer(status, fakes.chunked(status).headers, expected))


@pytest.mark.parametrize(("status", "end"), [(499, LegacyEnd.ANSWERED), (500, LegacyEnd.FAILED)])
async def test_an_error_of_legacys_own_is_passed_on_and_a_failure_from_500_up(fakes, status, end):
    """What it said is kept all the same."""
    head = fakes.chunked(status)
    case = Case(fakes.FakeCall(head=head, whole=b"no"), b"")
    await case.run()
    assert case.client.log == [("send", status, b"no", b"")]
    failure = Failure.STATUS if status == 500 else None
    assert (case.told.ends, case.side.failed) == ([(end, status, b"no", failure)], status == 500)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (BROKE, 502, "legacy_truncated"),
        (LATE, 504, "legacy_timeout"),
        (UpstreamError(Kind.POOL_FULL, "10.1.2.3: full"), 503, "legacy_pool_full"),
    ],
)
async def test_no_answer_at_all_is_a_problem_of_the_proxys_own(error, status, kind):
    """It names the kind of failure and not where legacy stands."""
    case = Case(error, b"E")
    await case.run()
    assert case.client.log == [("problem", status, kind, b"E")]
    assert case.told.ends == [(LegacyEnd.FAILED, None, None, error.failure)]


async def test_an_answer_that_breaks_off_is_cut(fakes):
    """It has begun: there is no way to take it back."""
    case = Case(fakes.FakeCall(b"one", BROKE), b"")
    await case.run()
    assert case.client.log == [("begin", 200, b""), b"one", "cut"]
    assert case.told.ends == [(LegacyEnd.FAILED, None, None, Failure.MALFORMED)]


async def test_a_bug_ends_the_call_all_the_same(fakes):
    """Whatever is raised, the connection is let go of."""
    case = Case(fakes.FakeCall(ValueError("a bug")), None)
    with pytest.raises(ValueError, match="a bug"):
        await case.run()
    assert (case.call.closed, case.side.in_or_stuck.done()) == (1, True)


# --- held


async def test_a_held_answer_waits_for_its_release(fakes):
    """Then it goes out whole."""
    case = Case(fakes.FakeCall(b"one", b"two", b""), None)
    await case.run()
    assert (case.client.log, case.side.in_or_stuck.done()) == ([], True)
    await case.side.release(b"E")
    assert case.client.log == [("send", 200, b"onetwo", b"E")]


async def test_a_release_in_the_middle_lets_the_rest_flow(fakes):
    """What was held first, then what comes."""
    case = Case(fakes.FakeCall(b"one"), None)
    async with asyncio.TaskGroup() as group:
        group.create_task(case.run())
        await until(lambda: case.side._held)
        assert not case.side.in_or_stuck.done()
        await case.side.release(b"E")
        case.call.parts.put_nowait(b"two")
        case.call.parts.put_nowait(b"")
    assert case.client.log == [("begin", 200, b"E"), b"one", b"two", "end"]


async def test_a_release_before_the_head_lets_everything_flow(fakes):
    """With the headers that go with the decision."""
    case = Case(fakes.FakeCall(b"one", b""), None)
    await case.side.release(b"E")
    await case.run()
    assert case.client.log == [("begin", 200, b"E"), b"one", "end"]


async def test_no_more_is_held_than_may_be(fakes):
    """Beyond the limit nothing is read until the gate opens: legacy's own connection holds it back."""
    case = Case(fakes.FakeCall(b"12345678", b"90123", b"45678", b""), None)
    async with asyncio.TaskGroup() as group:
        group.create_task(case.run())
        await case.side.in_or_stuck
        assert (case.side.overflowed, case.call.parts.qsize()) == (True, 2)
        await case.side.release(b"")
    assert case.client.log == [("begin", 200, b""), b"12345678", b"90123", b"45678", "end"]
    assert case.told.ends == [(LegacyEnd.TOO_LARGE, 200, b"", None)]


class SlowClient(FakeClient):
    """A client that takes nothing until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_take = asyncio.Event()

    async def chunk(self, data) -> None:
        await self.may_take.wait()
        await super().chunk(data)


@pytest.mark.parametrize(
    ("last", "expected"), [(b"", [b"one", b"two", "end"]), (BROKE, [b"one", b"two", "cut"])]
)
async def test_what_comes_while_a_slow_client_is_released_keeps_its_place(fakes, last, expected):
    """The end of it too, good or bad."""
    case = Case(fakes.FakeCall(b"one"), None)
    case.client = case.side._client = SlowClient()
    async with asyncio.TaskGroup() as group:
        group.create_task(case.run())
        await until(lambda: case.side._held)
        group.create_task(case.side.release(b"E"))
        case.call.parts.put_nowait(b"two")
        case.call.parts.put_nowait(last)
        await case.side.in_or_stuck
        case.client.may_take.set()
    assert case.client.log == [("begin", 200, b"E"), *expected]


async def test_a_held_answer_that_breaks_off_becomes_a_problem(fakes):
    """Nothing has gone out, so the client can be told in words."""
    case = Case(fakes.FakeCall(b"one", BROKE), None)
    await case.run()
    assert (case.client.log, case.side.failed) == ([], True)
    await case.side.release(b"E")
    assert case.client.log == [("problem", 502, "legacy_truncated", b"E")]


@pytest.mark.parametrize("parts", [(b"one", b""), (b"12345678", b"90123", b"")])
async def test_a_discarded_answer_is_read_to_its_end_for_the_record_alone(fakes, parts):
    """Also one that was too large to be held."""
    case = Case(fakes.FakeCall(*parts), None)
    async with asyncio.TaskGroup() as group:
        group.create_task(case.run())
        await until(lambda: case.side._held)
        case.side.discard()
    end = LegacyEnd.ANSWERED if len(parts) == 2 else LegacyEnd.TOO_LARGE
    assert (case.client.log, [end for end, *_ in case.told.ends]) == ([], [end])


async def test_a_failure_after_the_discard_is_told_to_the_record_alone(fakes):
    """The client has its answer."""
    case = Case(fakes.FakeCall(BROKE), None)
    case.side.discard()
    await case.run()
    assert (case.client.log, case.told.ends) == ([], [(LegacyEnd.FAILED, None, None, Failure.MALFORMED)])
