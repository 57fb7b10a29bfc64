"""Weighs a model's answer where the answer alone does not do: against legacy's, and against further answers.

Whatever fails here makes the model's side fail, and legacy answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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
    from collections.abc import Awaitable, Callable

    from comparators.answer import Answer
    from shadow.limits.allowance import Allowance
    from shadow.proxy.further import Further, Purse
    from shadow.proxy.legacy import LegacySide
    from shadow.proxy.model import ModelCalls, Outcome
    from shadow.proxy.pairing import Pairing
    from shadow.proxy.panel_process import PanelProcess
    from shadow.proxy.plan import RoutePlan
    from shadow.request import Request

log = structlog.get_logger()

_NO_MATCH = Judgement(Verdict.NOT_COMPARABLE, None, ())
"""What a further answer comes to that could not be served itself."""


class Spends(Protocol):
    """Whoever says how many further calls may be made."""

    def spend(self, calls: int, now: float) -> bool:
        """Tell whether so many calls may be made now, and count them."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks the model again: its calls at a temperature above 0, and how many of them may be spent."""

    calls: ModelCalls
    allowance: Allowance
    purse: Purse

    async def ask(self, around: Around, count: int) -> list[Assessment] | None:
        """Ask so many times at once and give what came, as it is read; None when that is more than is allowed."""
        loop, request = asyncio.get_running_loop(), around.request
        if not (around.reserved or self.allowance).spend(count, loop.time()):
            return None
        ended: list[asyncio.Future[Assessment]] = [loop.create_future() for _ in range(count)]
        for number, future in enumerate(ended, 1):
            # A key of its own: a server that knows the key would only repeat its answer.
            again = replace(request, exchange=f"{request.exchange}-{number}")
            self.calls.start(again, around.further.begun(around.plan, future, self.purse))
        return list(await asyncio.gather(*ended))


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around an answer: its route, its request, the legacy answer once it is in, and what it takes.

    `reserved` are further calls that were set apart for it; None: they are spent from the asker's allowance.
    """

    plan: RoutePlan
    request: Request
    legacy: Callable[[], Awaitable[Answer | None]]
    further: Further
    reserved: Spends | None = None


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

        async def legacy() -> Answer | None:
            assert side.in_or_stuck is not None
            await asyncio.wait({side.in_or_stuck})
            return side.answer

        around = Around(plan, pairing.request, legacy, pairing.further)
        return await self.assess(outcome.result(), around)

    async def assess(self, outcome: Outcome, around: Around) -> Assessment:
        """Give what the model's answer amounts to, behind a fence."""
        plan = around.plan
        assessment = read_answer(plan, outcome)
        if assessment.state is not ModelState.ANSWERED or assessment.answer is None:
            return assessment
        try:
            return await self._weighed(assessment.answer, around)
        except NotJudgedError as exc:
            return Assessment(exc.state, assessment.answer)
        except Exception as exc:  # noqa: BLE001 - the fence around a user's estimator
            log.warning("shadow.weighing_failed", route=plan.name, error=type(exc).__name__)
            return Assessment(ModelState.PLUGIN_FAILED, assessment.answer)

    async def _weighed(self, answer: Answer, around: Around) -> Assessment:
        plan, estimator = around.plan, around.plan.estimator
        assert estimator is not None
        judgement = inline = None
        needs_legacy = needs_of(estimator).legacy
        if needs_legacy or self.inline is not None:
            legacy = await around.legacy()
            if needs_legacy:
                judgement = await self._judged(self.panel, legacy, answer)
            if self.inline is not None:
                same = needs_legacy and self.inline == self.panel
                inline = judgement if same else await self._judged(self.inline, legacy, answer)
        case = Case(answer, judgement)
        if sees_cases(estimator) and (wanted := estimator.further(case)) > 0:
            case = Case(answer, judgement, await self._samples(answer, around, wanted))
        estimate = weigh(estimator, case)
        if estimate.failed is not None:
            log.warning("shadow.estimator_failed", route=plan.name, error=estimate.failed)
            return Assessment(ModelState.PLUGIN_FAILED, answer)
        return Assessment(ModelState.ANSWERED, answer, estimate.confidence, distance(inline), self.at_most)

    async def _judged(self, panel: bytes, legacy: Answer | None, answer: Answer) -> Judgement | None:
        return None if legacy is None else (await self.panels.judge(panel, legacy, [answer]))[0]

    async def _samples(self, answer: Answer, around: Around, wanted: int) -> tuple[Judgement, ...] | None:
        """Judge the answer against as many further ones as came; None when they may not be asked for."""
        plan = around.plan
        read = await self.asker.ask(around, wanted) if self.asker is not None else None
        if read is None:
            return None
        came = [each.answer for each in read if each.answer is not None]
        sound = [each for each in came if each.problem is None and len(each.body) <= plan.body_limit]
        found = await self.panels.judge(self.panel, answer, sound) if sound else []
        return (*found, *[_NO_MATCH] * (len(came) - len(sound)))
