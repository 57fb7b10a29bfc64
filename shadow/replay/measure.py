"""Measures what a model said to a recorded request: against legacy, beside the recorded answer, and by the reviews.

Both answers are judged by the same panel, today's, wherever the recorded one was kept and can still be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from comparators.answer import Answer
from comparators.divergence import NotComparable, Verdict
from comparators.panel import Judgement
from fallback.confidence.case import Case, sees_cases
from fallback.confidence.combined import Combined
from fallback.confidence.estimator import weigh
from shadow.price import cost_of
from shadow.scorer.unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from comparators.panel import Panel
    from fallback.confidence.estimator import AnyEstimator
    from shadow.config.models import Price
    from shadow.replay.recorded import Recorded
    from shadow.request import Observation

log = structlog.get_logger()

MOST_PATHS = 50
"""Places kept of where one answer differs."""

Paths = tuple[tuple[str, str], ...]
"""Comparator and JSON Pointer."""

_NOTHING = Judgement(Verdict.NOT_COMPARABLE, None, ())


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one replayed request; the names are the columns of `replayed`."""

    exchange: str
    at: int
    fingerprint: str
    cohorts: dict[str, str] = field(default_factory=dict)
    seconds: float | None = None
    failure: str | None = None
    problem: str | None = None
    confidence: float | None = None
    verdict: str | None = None
    divergence: float | None = None
    paths: Paths = ()
    signals: dict[str, float | None] | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    before_model: str | None = None
    before_version: str | None = None
    before_confidence: float | None = None
    before_verdict: str | None = None
    before_divergence: float | None = None
    before_paths: Paths = ()
    wrong: bool | None = None
    regret: bool | None = None
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Measure:
    """How a replay's answers are looked at.

    `readers` reads the answers of each configured model, by the model's hash; `read` those of the one replayed.
    """

    panel: Panel
    read: Callable[[Answer], Answer]
    estimator: AnyEstimator | None
    price: Price | None
    readers: Mapping[str, Callable[[Answer], Answer]]

    def read_answer(self, raw: Answer) -> Answer:
        """Read a raw answer; one that its reader cannot read has a problem that says so."""
        try:
            return self.read(unpacked(raw, "model"))
        except Exception as exc:  # noqa: BLE001 - the fence around an adapter's own reader
            log.warning("shadow.adapter_failed", error=type(exc).__name__)
            return Answer(
                raw.status, raw.headers, raw.body, problem=f"it cannot be read ({type(exc).__name__})"
            )

    def case(self, recorded: Recorded, answer: Answer) -> Case:
        """Give what is known of an answer before the model is asked for further ones."""
        return Case(answer, self._judged(recorded.legacy, answer))

    def further(self, case: Case) -> int:
        """Tell how many further answers the estimator wants; none of an answer that cannot be served."""
        if self.estimator is None or case.answer.problem is not None or not sees_cases(self.estimator):
            return 0
        try:
            return self.estimator.further(case)
        except Exception as exc:  # noqa: BLE001 - the fence around a user's estimator
            log.warning("shadow.estimator_failed", error=type(exc).__name__)
            return 0

    def with_samples(self, case: Case, samples: Sequence[Answer]) -> Case:
        """Judge an answer against further ones, and add that to what is known of it."""
        judged = (
            _NOTHING if each.problem is not None else self.panel.judge(case.answer, each) for each in samples
        )
        return Case(case.answer, case.judgement, tuple(judged))

    def failed(self, recorded: Recorded, failure: str, seen: Observation | None) -> Measured:
        """Give the row of a request that the model did not answer."""
        return Measured(
            failure=failure,
            seconds=None if seen is None else seen.seconds,
            **_place(recorded),
            **self._before(recorded),
        )

    def answered(self, recorded: Recorded, case: Case, seconds: float, cost: float | None) -> Measured:
        """Give the row of a request that was answered."""
        answer, judgement = case.answer, case.judgement or _NOTHING
        estimate = None if self.estimator is None else weigh(self.estimator, case)
        reply = answer.reply
        wrong, regret = self._reviewed(recorded, answer)
        return Measured(
            seconds=seconds,
            problem=answer.problem,
            confidence=None if estimate is None else estimate.confidence,
            verdict=str(judgement.verdict),
            divergence=judgement.divergence,
            paths=_paths(judgement),
            signals=self._signals(case),
            tokens_in=None if reply is None else reply.tokens_in,
            tokens_out=None if reply is None else reply.tokens_out,
            cost=cost,
            wrong=wrong,
            regret=regret,
            probability=recorded.probability,
            **_place(recorded),
            **self._before(recorded),
        )

    def cost(self, answer: Answer) -> float | None:
        """Give what an answer cost; None without a price."""
        reply = answer.reply
        tokens = (None, None) if reply is None else (reply.tokens_in, reply.tokens_out)
        return cost_of(self.price, *tokens)

    def _judged(self, legacy: Answer, answer: Answer) -> Judgement:
        if answer.problem is not None:
            return _NOTHING
        try:
            return self.panel.judge(unpacked(legacy, "legacy"), answer)
        except NotComparable:
            return _NOTHING

    def _signals(self, case: Case) -> dict[str, float | None] | None:
        if not isinstance(self.estimator, Combined) or case.answer.problem is not None:
            return None
        try:
            return self.estimator.values(case)
        except Exception:  # noqa: BLE001 - told when the confidence was estimated
            return None

    def _before(self, recorded: Recorded) -> dict[str, Any]:
        """Give what the recorded answer comes to: judged anew where that can be, else as it was judged then."""
        found: dict[str, Any] = {
            "before_model": recorded.model,
            "before_version": recorded.version,
            "before_confidence": recorded.confidence,
            "before_verdict": recorded.verdict,
            "before_divergence": recorded.divergence,
        }
        answer = self._recorded_answer(recorded)
        if answer is None:
            return found
        judgement = self._judged(recorded.legacy, answer)
        return {
            **found,
            "before_verdict": str(judgement.verdict),
            "before_divergence": judgement.divergence,
            "before_paths": _paths(judgement),
        }

    def _recorded_answer(self, recorded: Recorded) -> Answer | None:
        read = self.readers.get(recorded.model_hash)
        if read is None or recorded.raw_model is None or recorded.verdict is None:
            return None
        try:
            return read(unpacked(recorded.raw_model, "model"))
        except Exception:  # noqa: BLE001 - the fence around an adapter's own reader
            return None

    def _reviewed(self, recorded: Recorded, answer: Answer) -> tuple[bool | None, bool | None]:
        """Give whether an answer is wrong, and whether legacy is right where it is, by what a reviewer found right."""
        right = self._right_answer(recorded)
        if right is None:
            return None, None
        wrong = self._differs(right, answer)
        if wrong is not True:
            return wrong, wrong
        legacy_wrong = self._differs(right, recorded.legacy)
        return True, None if legacy_wrong is None else not legacy_wrong

    def _right_answer(self, recorded: Recorded) -> Answer | None:
        if recorded.right_answer is not None:
            return Answer.of(body=recorded.right_answer, headers={"Content-Type": "application/json"})
        if recorded.review in ("legacy_right", "both"):
            return recorded.legacy
        return self._recorded_answer(recorded) if recorded.review == "model_right" else None

    def _differs(self, right: Answer, answer: Answer) -> bool | None:
        """Whether an answer is not the right one; an answer that cannot be served is wrong."""
        if answer.problem is not None:
            return True
        verdict = self._judged(right, answer).verdict
        return None if verdict is Verdict.NOT_COMPARABLE else verdict is Verdict.DIVERGED


def _place(recorded: Recorded) -> dict[str, Any]:
    return {
        "exchange": recorded.id,
        "at": recorded.at,
        "fingerprint": recorded.fingerprint,
        "cohorts": recorded.cohorts,
    }


def _paths(judgement: Judgement) -> Paths:
    found: dict[tuple[str, str], None] = {}
    if judgement.verdict is Verdict.DIVERGED:
        for score in judgement.scores:
            if score.divergence:
                found.update(dict.fromkeys((score.label, each.pointer) for each in score.differences or ()))
                if not score.differences:
                    found[score.label, ""] = None
    return tuple(found)[:MOST_PATHS]
