"""Weighs a model's answer where the answer alone does not do: against legacy's, and against further answers.

Only exposed requests are weighed. Whatever fails here makes the model's side fail, and legacy answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from msgspec.structs import replace

from comparators.divergence import Verdict
from comparators.panel import Judgement
from fallback.confidence.case import Case, distance, needs_of, sees_cases
from fallback.confidence.estimator import weigh
from fallback.decision import ModelState
from shadow.proxy.decide import Assessment, read_answer
from shadow.proxy.panel_process import NotJudgedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from comparators.answer import Answer
    from shadow.limits.allowance import Allowance
    from shadow.proxy.legacy import LegacySide
    from shadow.proxy.model import ModelCalls, Outcome
    from shadow.proxy.pairing import Pairing
    from shadow.proxy.panel_process import PanelProcess
    from shadow.proxy.plan import RoutePlan
    from shadow.request import Request

log = structlog.get_logger()

_NO_MATCH = Judgement(Verdict.NOT_COMPARABLE, None, ())
"""What a further answer comes to that could not be served itself."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks the model again: its calls at a temperature above 0, and how many of them may be spent."""

    calls: ModelCalls
    allowance: Allowance

    async def ask(self, request: Request, count: int) -> list[Outcome] | None:
        """Ask so many times at once and give what came of it; None when that would be more than is allowed."""
        loop = asyncio.get_running_loop()
        if not self.allowance.spend(count, loop.time()):
            return None
        ended: list[asyncio.Future[Outcome]] = [loop.create_future() for _ in range(count)]
        for number, future in enumerate(ended, 1):
            # A key of its own: a server that knows the key would only repeat its answer.
            again = replace(request, exchange=f"{request.exchange}-{number}")
            self.calls.start(again, _setter(future))
        return list(await asyncio.gather(*ended))


def _setter(future: asyncio.Future[Outcome]) -> Callable[[Outcome], None]:
    def set_result(outcome: Outcome) -> None:
        if not future.done():  # nobody may wait for it any more
            future.set_result(outcome)

    return set_result


@dataclass(frozen=True, slots=True)
class Weigher:
    """What a route needs besides the model's answer: a panel, an inline panel with its bound, and an asker."""

    panels: PanelProcess
    panel: bytes
    inline: bytes | None = None
    at_most: float | None = None
    asker: Asker | None = None

    async def weighed(
        self, plan: RoutePlan, outcome: asyncio.Future[Outcome], side: LegacySide, pairing: Pairing
    ) -> Assessment:
        """Wait for the model's answer, and for what else is needed, and give what it amounts to."""
        await asyncio.wait({outcome})
        assessment = read_answer(plan, outcome.result())
        if assessment.state is not ModelState.ANSWERED or assessment.answer is None:
            return assessment
        try:
            return await self._weighed(plan, assessment.answer, side, pairing.request)
        except NotJudgedError as exc:
            return Assessment(exc.state, assessment.answer)
        except Exception as exc:  # noqa: BLE001 - the fence around a user's estimator
            log.warning("shadow.weighing_failed", route=plan.name, error=type(exc).__name__)
            return Assessment(ModelState.PLUGIN_FAILED, assessment.answer)

    async def _weighed(
        self, plan: RoutePlan, answer: Answer, side: LegacySide, request: Request
    ) -> Assessment:
        estimator = plan.estimator
        assert estimator is not None
        judgement = inline = None
        needs_legacy = needs_of(estimator).legacy
        if needs_legacy or self.inline is not None:
            assert side.in_or_stuck is not None
            await asyncio.wait({side.in_or_stuck})
            if needs_legacy:
                judgement = await self._judged(self.panel, side.answer, answer)
            if self.inline is not None:
                same = needs_legacy and self.inline == self.panel
                inline = judgement if same else await self._judged(self.inline, side.answer, answer)
        case = Case(answer, judgement)
        if sees_cases(estimator) and (wanted := estimator.further(case)) > 0:
            case = Case(answer, judgement, await self._samples(plan, answer, request, wanted))
        estimate = weigh(estimator, case)
        if estimate.failed is not None:
            log.warning("shadow.estimator_failed", route=plan.name, error=estimate.failed)
            return Assessment(ModelState.PLUGIN_FAILED, answer)
        return Assessment(ModelState.ANSWERED, answer, estimate.confidence, distance(inline), self.at_most)

    async def _judged(self, panel: bytes, legacy: Answer | None, answer: Answer) -> Judgement | None:
        return None if legacy is None else (await self.panels.judge(panel, legacy, [answer]))[0]

    async def _samples(
        self, plan: RoutePlan, answer: Answer, request: Request, wanted: int
    ) -> tuple[Judgement, ...] | None:
        """Judge the answer against as many further ones as came; None when they may not be asked for."""
        outcomes = None if self.asker is None else await self.asker.ask(request, wanted)
        if outcomes is None:
            return None
        read = [read_answer(plan, outcome) for outcome in outcomes]
        came = [each.answer for each in read if each.answer is not None]
        sound = [each for each in came if each.problem is None and len(each.body) <= plan.body_limit]
        found = await self.panels.judge(self.panel, answer, sound) if sound else []
        return (*found, *[_NO_MATCH] * (len(came) - len(sound)))
