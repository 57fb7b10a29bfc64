"""One matched request, told in order: admit, ask both sides, decide, answer, hand over to the record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fallback.admission import admit
from fallback.bucket import bucket, draw
from fallback.decision import ModelState
from fallback.words import Reason, Side
from shadow.ids import new_id
from shadow.proxy.capture import Capture
from shadow.proxy.decide import PENDING, Assessment, assess, judge, shadow_headers
from shadow.proxy.intake import BODY_LOST, Streamed, target_of, whole_body
from shadow.proxy.keys import read_key
from shadow.proxy.legacy import LegacySide
from shadow.proxy.pairing import Pairing
from shadow.proxy.settle import LegacyEnd
from shadow.request import Request
from shadow.upstream.message import Head

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine

    from aiohttp import web

    from comparators.answer import Answer
    from fallback.decision import Decision
    from shadow.clock import Clock
    from shadow.proxy.answer import Client
    from shadow.proxy.forward import Legacy
    from shadow.proxy.model import Outcome
    from shadow.proxy.plan import RoutePlan
    from shadow.record.recorder import Recorder
    from shadow.tasks import Tasks
    from shadow.upstream.connection import Call


MOMENT = 0.002
"""Seconds that an unexposed request's model call gives way to a legacy answer that is about to come."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every exchange of a worker shares."""

    legacy: Legacy
    record: Recorder
    tasks: Tasks
    clock: Clock
    commit_within: float | None  # seconds; None: the audit is relaxed


class ExchangeFlow:
    """One matched request on its way through the router."""

    __slots__ = (
        "_admission",
        "_around",
        "_asked",
        "_began",
        "_client",
        "_pairing",
        "_peer",
        "_plan",
        "_switch",
        "_web",
    )

    def __init__(self, around: Surroundings, plan: RoutePlan, web: web.BaseRequest, client: Client) -> None:
        self._around = around
        self._plan = plan
        self._switch = plan.switch
        self._web = web
        self._client = client
        self._asked: Call | None = None
        self._began: float | None = None

    async def run(self) -> None:
        """Answer the client, and see to it that the exchange reaches the record whatever happens."""
        try:
            body = await whole_body(self._web)
        except BaseException:
            self._lost_on_arrival()
            raise
        if body is not None:
            self._ask_at_once(body)
        try:
            pairing = self._begin(body)
        except BaseException:
            self._take_back()
            raise
        try:
            if self._admission.exposed:
                await self._exposed(body)
            else:
                await self._unexposed(body)
        except (asyncio.CancelledError, *BODY_LOST):
            pairing.legacy_ended(LegacyEnd.CLIENT_GONE, None)
            raise
        except Exception:
            pairing.legacy_ended(LegacyEnd.FAILED, None)
            raise
        finally:
            pairing.abandoned()
            if not pairing.model_started:
                pairing.model_not_called()

    def _ask_at_once(self, body: bytes) -> None:
        """Ask legacy before anything else is done, where that takes no waiting: the rest is done while it works."""
        self._began = asyncio.get_running_loop().time()
        self._asked = self._around.legacy.ask_at_once(self._web, body, self._client.inform)

    def _take_back(self) -> None:
        """Let go of a call that nobody will wait for."""
        if self._asked is not None:
            self._asked.close()

    def _lost_on_arrival(self) -> None:
        """Count a request whose body never came whole: nobody was asked."""
        pairing = self._begin(b"")
        pairing.legacy_ended(LegacyEnd.CLIENT_GONE, None)
        pairing.abandoned()
        pairing.model_not_called()

    def _begin(self, body: bytes | None) -> Pairing:
        plan, web = self._plan, self._web
        self._peer = web.remote or ""
        request = Request(
            web.method, target_of(web).decode("latin-1"), web.raw_headers, body or b"", exchange=new_id()
        )
        key = read_key(plan.key, request, self._peer)
        place = bucket(key, plan.salt) if key is not None else None
        self._admission = admit(
            self._switch,
            bucket=place,
            draw=draw(request.exchange, plan.salt) if self._switch.sample < 1 else 0.0,
            pinned=plan.pinned(request, self._peer) if plan.targets else None,
        )
        self._pairing = Pairing(
            self._around.record,
            plan,
            request,
            self._admission,
            at=self._around.clock.now(),
            bucket=place,
            cohorts=plan.cohorts_of(request, self._peer) if plan.cohorts else (),
        )
        return self._pairing

    # --- both calls

    def _start_model(self, body: bytes) -> None:
        """Start the model call, once the whole request is known."""
        plan, pairing = self._plan, self._pairing
        if not self._admission.call_model or plan.model is None:
            pairing.model_not_called()
        elif len(body) > plan.body_limit:
            pairing.model_not_called(ModelState.TOO_LARGE)
        else:
            pairing.model_started = True
            plan.model.start(pairing.request, pairing.model_ended)

    def _captured(self, capture: Capture) -> None:
        if self._pairing.model_started:
            return  # given up in the very moment its last byte came
        if capture.overflowed:
            self._pairing.model_not_called(ModelState.TOO_LARGE)
        else:
            self._start_model(self._pairing.with_body(capture.body()).body)

    def _ask_legacy(self, body: bytes | None) -> Callable[[], Awaitable[Call]]:
        """Make ready to ask legacy; a body that is not here yet reaches the model once it has passed."""
        if self._asked is not None:
            return self._asked.answered
        to_send: bytes | AsyncIterable[bytes] = (
            Streamed(self._web, self._plan.body_limit, self._captured) if body is None else body
        )
        return partial(self._around.legacy.ask, self._web, to_send, self._client.inform)

    def _extra(self, decision: Decision) -> bytes:
        if not self._plan.headers or decision.reason is Reason.OFF:
            return b""
        return shadow_headers(self._pairing.request.exchange, decision.served, decision.reason)

    # --- the two ways to an answer

    async def _unexposed(self, body: bytes | None) -> None:
        """Legacy answers as it arrives; nothing waits for the model."""
        ask = self._ask_legacy(body)
        side = self._legacy_side(self._extra(self._pairing.decision))
        if body is None:
            await side.run(ask)
        elif not self._admission.call_model:
            self._start_model(body)
            await side.run(ask)
        else:
            await self._legacy_first(side.run(ask), body)

    async def _legacy_first(self, legacy: Coroutine[Any, Any, None], body: bytes) -> None:
        """Start the model once legacy has answered, or after a moment: its work must not delay a quick answer."""
        later = asyncio.get_running_loop().call_later(MOMENT, self._start_model, body)
        try:
            await legacy
        finally:
            later.cancel()
            if not self._pairing.model_started:
                self._start_model(body)

    async def _exposed(self, body: bytes | None) -> None:
        """Hold legacy until it is known whether the model may answer."""
        side = self._legacy_side(None)
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._pairing.on_model = outcome.set_result
        legacy = self._around.tasks.start(self._held(side, body), name="legacy, held")
        lost: Exception | None = None
        try:
            assessment = await self._await_model(side, outcome)
            decision = await self._decide(side, assessment)
            if decision.served is Side.MODEL and assessment.answer is not None:
                side.discard()
                self._serve(assessment.answer, self._extra(decision))
            else:
                await side.release(self._extra(decision))
                lost = await asyncio.shield(legacy)
        except BaseException:
            legacy.cancel()  # nobody is left to take what it brings
            self._take_back()
            raise
        if lost is not None:
            raise lost

    def _serve(self, answer: Answer, extra: bytes) -> None:
        """Send the model's answer, a stream as a stream."""
        head = Head.of(answer.status, answer.headers)
        streams = (answer.header("content-type") or "").startswith("text/event-stream")
        (self._client.stream if streams else self._client.send)(head, answer.body, extra)

    async def _held(self, side: LegacySide, body: bytes | None) -> Exception | None:
        """See legacy to its end, and give what became of the client's body when that is why there is none.

        Cut short, by the worker's own end or a bug, it still ends in the record.
        """
        ask = self._ask_legacy(body)
        if body is not None:
            self._start_model(body)  # its task begins when this one first waits: once legacy has been asked
        try:
            await side.run(ask)
        except BODY_LOST as exc:
            self._pairing.legacy_ended(LegacyEnd.CLIENT_GONE, None)
            return exc
        else:
            return None
        finally:
            self._pairing.legacy_ended(LegacyEnd.FAILED, None)

    def _legacy_side(self, extra: bytes | None) -> LegacySide:
        pairing = self._pairing
        return LegacySide(
            self._client,
            Capture(self._plan.body_limit),
            pairing,
            exchange=pairing.request.exchange,
            extra=extra,
            began=self._began,
        )

    async def _await_model(self, side: LegacySide, outcome: asyncio.Future[Outcome]) -> Assessment:
        """Wait for the model: at most `patience` once the legacy answer is in, not at all once it may not be held."""
        assert side.in_or_stuck is not None
        either: set[asyncio.Future[Any]] = {side.in_or_stuck, outcome}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not outcome.done():
            if side.overflowed:
                return Assessment(ModelState.TOO_LARGE)
            if not self._pairing.model_started:  # legacy was done before it had the whole request
                return Assessment(ModelState.NOT_CALLED)
            waits_on = side.failed and self._plan.serves_when_legacy_failed
            await asyncio.wait({outcome}, timeout=None if waits_on else self._switch.patience)
        return assess(self._plan, outcome.result()) if outcome.done() else PENDING

    async def _decide(self, side: LegacySide, assessment: Assessment) -> Decision:
        pairing = self._pairing

        def judged(*, recorded: bool = True) -> Decision:
            return judge(
                self._admission,
                self._switch,
                assessment,
                legacy_failed=side.failed,
                serves_when_legacy_failed=self._plan.serves_when_legacy_failed,
                recorded=recorded,
            )

        decision = judged()
        within = self._around.commit_within
        if decision.served is not Side.MODEL or within is None:
            pairing.decided(decision, assessment.confidence)
        else:
            pairing.decided(decision, assessment.confidence, final=False)
            pairing.committed = True  # whatever comes of it, the row is completed, not written anew
            if not await self._around.record.commit(pairing.open_exchange(), within):
                decision = judged(recorded=False)
            pairing.decided(decision, assessment.confidence)
        return decision
