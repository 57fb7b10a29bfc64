"""Joins the two sides of one exchange and hands it to the record once, whichever side ends last.

Knows nothing of sockets: it is told how each side ended and what was decided.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from comparators.answer import Answer
from fallback.decision import Decision, ModelState
from fallback.words import Disposition, Failure, Reason, Side
from shadow.proxy.further import Further
from shadow.proxy.model import Outcome
from shadow.proxy.settle import LegacyEnd, settle
from shadow.record.exchange import Exchange
from shadow.request import Observation

if TYPE_CHECKING:
    from collections.abc import Callable

    from fallback.admission import Admission
    from fallback.switch import Switch
    from shadow.proxy.plan import RoutePlan
    from shadow.proxy.repeats import Repeat
    from shadow.request import Request


class Record(Protocol):
    """Where finished exchanges go."""

    def put(self, exchange: Exchange) -> bool:
        """Take a finished exchange; False when it was counted as lost."""
        ...

    def finish(self, exchange: Exchange) -> bool:
        """Complete an exchange that was committed while it was still open."""
        ...


class Pairing:
    """One exchange while it is under way."""

    __slots__ = (
        "_admission",
        "_at",
        "_bucket",
        "_cohorts",
        "_confidence",
        "_decided",
        "_decision",
        "_further",
        "_legacy",
        "_legacy_end",
        "_outcome",
        "_plan",
        "_record",
        "_request",
        "_switch",
        "_written",
        "committed",
        "model_started",
        "on_model",
        "repeat",
    )

    def __init__(  # noqa: PLR0913 - what is known of an exchange when it begins
        self,
        record: Record,
        plan: RoutePlan,
        request: Request,
        admission: Admission,
        *,
        switch: Switch,
        at: int,
        bucket: float | None,
        cohorts: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._record = record
        self._plan = plan
        self._switch = switch  # as it stood: one set meanwhile is for the requests after this one
        self._request = request
        self._admission = admission
        self._at = at
        self._bucket = bucket
        self._cohorts = cohorts
        self._decision = Decision(Side.LEGACY, admission.reason)
        self._decided = not admission.exposed
        self._confidence: float | None = None
        self._legacy: Observation | None = None
        self._legacy_end: LegacyEnd | None = None
        self._outcome: Outcome | None = None
        self.committed = False
        self.model_started = False
        self.on_model: Callable[[Outcome], None] | None = None
        self.repeat: Repeat | None = None
        self._further: Further | None = None
        self._written = False

    @property
    def request(self) -> Request:
        """The request, as far as it is here."""
        return self._request

    @property
    def further(self) -> Further:
        """What the model is asked further for, before it is decided who answers."""
        if self._further is None:
            self._further = Further()
            self._further.on_ended = self._emit
        return self._further

    def with_body(self, body: bytes) -> Request:
        """Give the request with the body that has meanwhile arrived."""
        self._request = replace(self._request, body=body)
        return self._request

    def decided(self, decision: Decision, confidence: float | None, *, final: bool = True) -> None:
        """Take the decision on an exposed request; one that is not final yet may be replaced."""
        self._decision = decision
        self._confidence = confidence
        if final:
            self._decided = True
            self._emit()

    def abandoned(self) -> None:
        """Take that nobody waits for an answer any more: what was not decided falls back to legacy."""
        if not self._decided:
            self.decided(Decision(Side.LEGACY, Reason.MODEL_LATE), None)
        if self.repeat is not None:
            self.repeat.answered()

    def model_ended(self, outcome: Outcome) -> None:
        """Take how the model's side ended."""
        self.model_started = True
        self._outcome = outcome = bounded(outcome, self._plan.body_limit)
        if self.on_model is not None:
            self.on_model(outcome)
        self._emit()

    def model_not_called(self, state: ModelState = ModelState.NOT_CALLED) -> None:
        """Note that the model is not called for this request, and why."""
        self.model_ended(Outcome(state))

    def legacy_ended(self, end: LegacyEnd, observation: Observation | None) -> None:
        """Take how the legacy side ended; only the first word counts."""
        if self._legacy_end is None:
            self._legacy_end = end
            self._legacy = observation
            self._emit()

    def open_exchange(self) -> Exchange:
        """Give the exchange as it stands, for the strict audit to commit before the answer leaves."""
        return self._exchange(None)

    def _emit(self) -> None:
        if self._legacy_end is None or self._outcome is None or not self._decided:
            return
        if self._written or (self._further is not None and self._further.open):
            return
        self._written = True
        disposition = settle(self._admission.reason, self._legacy_end, self._outcome.state)
        exchange, write = self._exchange(disposition), self._write
        asides = None if disposition is not None or self._admission.exposed else self._plan.asides
        if asides is not None:
            write = partial(asides.take, self._plan, write)
        if disposition is None and self.repeat is not None:
            self.repeat.hold(exchange, write)
        else:
            write(exchange)

    def _write(self, exchange: Exchange) -> None:
        if self.committed:
            self._record.finish(exchange)
        else:
            self._record.put(exchange)

    def _exchange(self, disposition: Disposition | None) -> Exchange:
        plan = self._plan
        model = self._outcome.observation if self._outcome is not None else None
        return Exchange(
            id=self._request.exchange,
            at=self._at,
            route=plan.name,
            phase=self._switch.phase,
            served=self._decision.served,
            reason=self._decision.reason,
            disposition=disposition,
            method=self._request.method,
            path=self._request.path,
            bucket=self._bucket,
            cohorts=self._cohorts,
            request=self._request,
            legacy=self._legacy,
            model=model,
            confidence=self._confidence,
            threshold=self._switch.threshold,
            certificate=self._switch.certificate,
            model_name=plan.model_name,
            version=plan.version,
            config_hash=plan.config_hash,
            sampling=self._switch.sample,
            samples=None if self._further is None else self._further.used,
        )


def bounded(outcome: Outcome, limit: int) -> Outcome:
    """Give an answer of more than `limit` bytes up, as legacy's is: it is neither served nor kept."""
    observation = outcome.observation
    if observation is None or observation.answer is None or len(observation.answer.body) <= limit:
        return outcome
    head = Answer(observation.answer.status, observation.answer.headers)
    return Outcome(ModelState.TOO_LARGE, Observation(observation.seconds, head, Failure.TOO_LARGE))
