"""One matched request, told in order: admit, ask both sides, decide, answer, hand over to the record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fallback.admission import admit
from fallback.bucket import bucket, draw
from fallback.decision import ModelState
from fallback.words import Phase, Reason, Side
from shadow.ids import new_id
from shadow.proxy.capture import Capture
from shadow.proxy.decide import PENDING, Assessment, assess, judge, shadow_headers
from shadow.proxy.intake import BODY_LOST, Streamed, target_of, whole_body
from shadow.proxy.keys import read_key
from shadow.proxy.legacy import LegacySide
from shadow.proxy.pairing import Pairing
from shadow.proxy.settle import LegacyEnd
from shadow.proxy.spare import Spare
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
    from shadow.request import Observation
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
    spare: Spare = field(default_factory=Spare)


class ExchangeFlow:
    """One matched request on its way through the router."""

    __slots__ = (
        "_admission",
        "_around",
        "_asked",
        "_at",
        "_began",
        "_body",
        "_bucket",
        "_client",
        "_ended",
        "_id",
        "_pairing",
        "_plan",
        "_request",
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
        self._body = b""
        self._bucket: float | None = None
        self._request: Request | None = None
        self._pairing: Pairing | None = None
        self._ended: tuple[LegacyEnd, Observation | None] | None = None

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
            self._admit()
        except BaseException:
            self._take_back()
            raise
        try:
            if self._admission.exposed:
                await self._exposed(body)
            else:
                await self._unexposed(body)
        except (asyncio.CancelledError, *BODY_LOST):
            self.legacy_ended(LegacyEnd.CLIENT_GONE, None)
            raise
        except Exception:
            self.legacy_ended(LegacyEnd.FAILED, None)
            raise
        finally:
            self._nobody_waits()

    def _nobody_waits(self) -> None:
        """See to it that the exchange ends, now that its client has been answered or has left."""
        pairing = self._pair()
        pairing.abandoned()
        if not pairing.model_started:
            pairing.model_not_called()

    def _ask_at_once(self, body: bytes) -> None:
        """Ask legacy before anything else is done, where that takes no waiting: the rest is done while it works."""
        self._body = body
        self._began = perf_counter()
        self._asked = self._around.legacy.ask_at_once(self._web, body, self._client.inform)

    def _take_back(self) -> None:
        """Let go of a call that nobody will wait for."""
        if self._asked is not None:
            self._asked.close()

    def _lost_on_arrival(self) -> None:
        """Count a request whose body never came whole: nobody was asked."""
        self._admit()
        self.legacy_ended(LegacyEnd.CLIENT_GONE, None)
        self._nobody_waits()

    def _admit(self) -> None:
        """Say whether the model may be called and may answer; looks at the request only where that depends on it."""
        plan, switch = self._plan, self._switch
        self._id = self._client.exchange = new_id()
        self._at = self._around.clock.now()
        pinned = None
        if switch.phase is Phase.CANARY or plan.targets:
            request = self._read()
            pinned = plan.pinned(request, self._web.remote or "") if plan.targets else None
        self._admission = admit(
            switch,
            bucket=self._bucket,
            draw=draw(self._id, plan.salt) if switch.sample < 1 else 0.0,
            pinned=pinned,
        )

    def _read(self) -> Request:
        """Take the request as a value, and find its bucket."""
        web = self._web
        request = Request(
            web.method, target_of(web).decode("latin-1"), web.raw_headers, self._body, exchange=self._id
        )
        key = read_key(self._plan.key, request, web.remote or "")
        self._bucket = bucket(key, self._plan.salt) if key is not None else None
        self._request = request
        return request

    def _pair(self) -> Pairing:
        """Give where both sides come together: of a request that the model cannot answer, after the answer is out."""
        if self._pairing is None:
            plan, request = self._plan, self._request or self._read()
            cohorts = plan.cohorts_of(request, self._web.remote or "") if plan.cohorts else ()
            if self._switch.cohort is not None:
                self._switch = self._switch.of(cohorts)
            self._pairing = Pairing(
                self._around.record,
                plan,
                request,
                self._admission,
                switch=self._switch,
                at=self._at,
                bucket=self._bucket,
                cohorts=cohorts,
            )
            if plan.repeats is not None:
                self._pairing.repeat = plan.repeats.drawn(
                    plan, request, partial(self._around.legacy.headers, self._web)
                )
            if self._ended is not None:
                self._pairing.legacy_ended(*self._ended)
        return self._pairing

    def legacy_ended(self, end: LegacyEnd, observation: Observation | None) -> None:
        """Take how the legacy side ended; only the first word counts."""
        if self._pairing is not None:
            self._pairing.legacy_ended(end, observation)
        elif self._ended is None:
            self._ended = (end, observation)

    # --- both calls

    def _start_model(self, body: bytes) -> None:
        """Start the model call, once the whole request is known."""
        plan, pairing = self._plan, self._pair()
        if not self._admission.call_model or plan.model is None:
            pairing.model_not_called()
        elif len(body) > plan.body_limit:
            pairing.model_not_called(ModelState.TOO_LARGE)
        elif not self._admission.exposed and not self._around.spare.allows():
            pairing.model_not_called(ModelState.SHED)
        else:
            pairing.model_started = True
            plan.model.start(pairing.request, pairing.model_ended)

    def _captured(self, capture: Capture) -> None:
        pairing = self._pair()
        if pairing.model_started:
            return  # given up in the very moment its last byte came
        if capture.overflowed:
            pairing.model_not_called(ModelState.TOO_LARGE)
        else:
            self._start_model(pairing.with_body(capture.body()).body)

    def _ask_legacy(self, body: bytes | None) -> Callable[[], Awaitable[Call]]:
        """Make ready to ask legacy; a body that is not here yet reaches the model once it has passed."""
        if self._asked is not None:
            return self._asked.answered
        to_send: bytes | AsyncIterable[bytes] = (
            Streamed(self._web, self._plan.body_limit, self._captured) if body is None else body
        )
        return partial(self._around.legacy.ask, self._web, to_send, self._client.inform)

    def _extra(self, served: Side, reason: Reason) -> bytes:
        if not self._plan.headers or reason is Reason.OFF:
            return b""
        return shadow_headers(self._id, served, reason)

    # --- the two ways to an answer

    async def _unexposed(self, body: bytes | None) -> None:
        """Legacy answers as it arrives; nothing waits for the model."""
        ask = self._ask_legacy(body)
        side = self._legacy_side(self._extra(Side.LEGACY, self._admission.reason))
        if body is None or not self._admission.call_model:
            await side.run(ask)
        else:
            await self._legacy_first(side.run(ask), body)

    async def _legacy_first(self, legacy: Coroutine[Any, Any, None], body: bytes) -> None:
        """Start the model once legacy has answered, or after a moment: its work must not delay a quick answer."""
        later = self._around.tasks.loop.call_later(MOMENT, self._start_model, body)
        try:
            await legacy
        finally:
            later.cancel()
            if self._pairing is None or not self._pairing.model_started:
                self._start_model(body)

    async def _exposed(self, body: bytes | None) -> None:
        """Hold legacy until it is known whether the model may answer."""
        side = self._legacy_side(None)
        outcome: asyncio.Future[Outcome] = self._around.tasks.loop.create_future()
        self._pair().on_model = outcome.set_result
        legacy = self._around.tasks.start(self._held(side, body), name="legacy, held")
        weighed = self._weighed(side, outcome)
        lost: Exception | None = None
        try:
            assessment = await self._await_model(side, weighed or outcome)
            decision = await self._decide(side, assessment)
            if decision.served is Side.MODEL and assessment.answer is not None:
                side.discard()
                self._serve(assessment.answer, self._extra(decision.served, decision.reason))
            else:
                await side.release(self._extra(decision.served, decision.reason))
                lost = await asyncio.shield(legacy)
        except BaseException:
            legacy.cancel()  # nobody is left to take what it brings
            self._take_back()
            raise
        finally:
            if weighed is not None:
                weighed.cancel()
        if lost is not None:
            raise lost

    def _weighed(self, side: LegacySide, outcome: asyncio.Future[Outcome]) -> asyncio.Task[Assessment] | None:
        """Have the model's answer weighed, where it takes more than the answer to know its confidence."""
        plan = self._plan
        if plan.weigher is None:
            return None
        weighing = plan.weigher.weighed(plan, outcome, side, self._pair())
        return self._around.tasks.start(weighing, name="weighing")

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
            self.legacy_ended(LegacyEnd.CLIENT_GONE, None)
            return exc
        else:
            return None
        finally:
            self.legacy_ended(LegacyEnd.FAILED, None)

    def _legacy_side(self, extra: bytes | None) -> LegacySide:
        return LegacySide(
            self._client,
            Capture(self._plan.body_limit),
            self,
            extra=extra,
            began=self._began,
        )

    async def _await_model(
        self, side: LegacySide, outcome: asyncio.Future[Outcome] | asyncio.Task[Assessment]
    ) -> Assessment:
        """Wait for the model: at most `patience` once legacy is in or failed, not at all once it may not be held."""
        assert side.in_or_stuck is not None
        either: set[asyncio.Future[Any]] = {side.in_or_stuck, outcome}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not outcome.done():
            if side.overflowed:
                return Assessment(ModelState.TOO_LARGE)
            if not self._pair().model_started:  # legacy was done before it had the whole request
                return Assessment(ModelState.NOT_CALLED)
            await asyncio.wait({outcome}, timeout=self._switch.patience)
        if not outcome.done():
            return PENDING
        found = outcome.result()
        return found if isinstance(found, Assessment) else assess(self._plan, found)

    async def _decide(self, side: LegacySide, assessment: Assessment) -> Decision:
        pairing = self._pair()

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
