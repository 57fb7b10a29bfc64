"""Builds a plan from a configuration: the models' calls and the routes that use them.

A model whose part of the file is unchanged keeps its calls, its breaker and its connections over a reload.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from fallback.breaker import Breaker
from fallback.confidence.case import NOTHING, needs_of
from fallback.confidence.catalog import build as build_estimator
from shadow.adapters.catalog import build as build_adapter
from shadow.asking.entries import ASKED
from shadow.config.hashes import model_hash, standing
from shadow.config.model import Ask
from shadow.config.tls import files_of
from shadow.limits.allowance import Allowance
from shadow.limits.throttle import RateLimiter
from shadow.plugins import load
from shadow.proxy.asides import Aside, Asides
from shadow.proxy.further import Purse
from shadow.proxy.model import ModelCalls
from shadow.proxy.panel_process import PanelProcess
from shadow.proxy.plan import Plan, RoutePlan
from shadow.proxy.repeats import Repeats
from shadow.proxy.weigh import Asker, Weigher
from shadow.upstream.transport import Transports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fallback.confidence.estimator import AnyEstimator
    from shadow.config.model import Compare, Confidence, Config, Model, Route
    from shadow.proxy.repeats import Means
    from shadow.tasks import Tasks

    Built = tuple[Model, ModelCalls]


MINUTE = 60.0
"""Seconds that an asker's allowance is for."""


class Builder:
    """Makes plans, one after another, and owns the connections to the models they call."""

    def __init__(self, tasks: Tasks, means: Means | None = None) -> None:
        self._tasks = tasks
        self._means = means
        self._repeats: dict[str, Repeats] = {}
        self._transports = Transports()
        self._models: dict[str, Built] = {}
        self._askers: dict[str, Asker] = {}
        self._asides: dict[str, Asides] = {}
        self._panels: PanelProcess | None = None
        self._aside: PanelProcess | None = None  # of its own: what nobody waits for must not fell the other

    def __call__(self, config: Config, /) -> Plan:
        """Build the plan of a configuration; when that fails, what was built before stays as it is."""
        models = {name: self._model(name, model) for name, model in config.models.items()}
        estimators = {name: estimator_of(route.confidence) for name, route in config.routes.items()}
        askers = self._asking(config, estimators, models)
        routes = {
            name: RoutePlan(
                name,
                route,
                model=models[route.model][1] if route.model is not None else None,
                estimator=estimators[name],
                weigher=self._weigher(config, route, estimators[name], askers.get(name)),
                version=config.models[route.model].version if route.model is not None else "",
                config_hash=model_hash(config.models[route.model]) if route.model is not None else "",
                standing=standing(config, name) if route.promise is not None else "",
            )
            for name, route in config.routes.items()
        }
        self._repeat(config, routes)
        self._weigh_aside(config, routes, askers)
        self._replace(models)
        self._askers = askers
        return Plan(config, routes)

    def _asking(
        self, config: Config, estimators: Mapping[str, AnyEstimator | None], models: dict[str, Built]
    ) -> dict[str, Asker]:
        """Give who asks the model again, of each route that wants it; their calls are added to the models'.

        They have limits of their own, but for the rate, which is the model's: its server gets both kinds of call.
        """
        askers = {}
        for name, route in config.routes.items():
            sampling = needs_of(estimators[name]).samples
            if sampling is None or route.model is None:
                continue
            calls = f"{route.model} at {sampling.temperature:g}"
            if calls not in models:
                warm = at_temperature(config.models[route.model], sampling.temperature)
                models[calls] = self._model(calls, warm, models[route.model][1].limiter)
            known = self._askers.get(name)
            allowance = Allowance(sampling.calls_per_minute, MINUTE)
            purse = Purse(config.models[route.model].price) if known is None else known.purse
            purse.price = config.models[route.model].price
            if known is not None and known.allowance.calls == allowance.calls:
                allowance = known.allowance
            askers[name] = Asker(models[calls][1], allowance, purse)
        return askers

    def _weigher(
        self, config: Config, route: Route, estimator: AnyEstimator | None, asker: Asker | None
    ) -> Weigher | None:
        """Give how a route's answers are weighed; None where the model's answer alone says how sure it is."""
        inline = route.confidence.inline if route.confidence is not None else None
        if inline is None and needs_of(estimator) == NOTHING:
            return None
        if self._panels is None:
            self._panels = PanelProcess(config.panels)
        self._panels.limits = config.panels
        panel = _panel(route.compare, route.panel.tolerance)
        if inline is None:
            return Weigher(self._panels, panel, asker=asker)
        own = _panel(inline.compare) if inline.compare else panel
        return Weigher(self._panels, panel, own, inline.at_most, asker)

    def _weigh_aside(
        self, config: Config, routes: Mapping[str, RoutePlan], askers: Mapping[str, Asker]
    ) -> None:
        """Have answers that nobody waits for weighed, too; counts stay, and a budget that did not change."""
        known, self._asides = self._asides, {}
        for name, asker in askers.items():
            route, plan = config.routes[name], routes[name]
            sampling = needs_of(plan.estimator).samples
            if self._means is None or route.confidence is None or sampling is None:
                continue
            if self._aside is None:
                self._aside = PanelProcess(config.panels)
            self._aside.limits = config.panels
            before, keys = known.get(name), route.confidence.unexposed
            allowance = Allowance(keys.calls_per_minute, MINUTE)
            if before is not None and before.keys.calls_per_minute == keys.calls_per_minute:
                allowance = before.means.asker.allowance
            own = Asker(asker.calls, allowance, asker.purse)
            weigher = Weigher(self._aside, _panel(route.compare, route.panel.tolerance), asker=own)
            means = Aside(weigher, own, sampling.at_once, self._means.tasks, self._means.spare)
            plan.asides = self._asides[name] = made = Asides(keys, means)
            if before is not None:
                made.go_on(before)

    async def begin(self, plan: Plan) -> None:
        """Begin what would keep the first exposed request waiting, where there may be one."""
        exposes = any(route.weigher is not None and route.may_expose for route in plan.routes.values())
        if self._panels is not None and exposes:
            await self._panels.begin()

    def _repeat(self, config: Config, routes: Mapping[str, RoutePlan]) -> None:
        """Have the sides of some routes asked again; where nothing changed there, budgets and counts stay."""
        known, self._repeats = self._repeats, {}
        for name, plan in routes.items():
            noise = config.routes[name].noise
            if self._means is None or plan.model is None or not (noise.legacy or noise.model):
                continue
            plan.repeats = self._repeats[name] = made = Repeats(noise, plan.model, self._means)
            if name in known and known[name].noise == noise:
                made.budgets = known[name].budgets

    def _replace(self, models: dict[str, Built]) -> None:
        """Take the models of a new plan, and let those that are in it no more finish."""
        kept = {id(calls) for _, calls in models.values()}
        for _, calls in self._models.values():
            if id(calls) not in kept:
                self._tasks.keep(calls.retire(), name="model retired")
        self._models = models

    def _model(self, name: str, model: Model, limiter: RateLimiter | None = None) -> Built:
        known = self._models.get(name)
        if known is not None and known[0] == model and limiter in (None, known[1].limiter):
            return known
        limit = model.rate_limit
        calls = ModelCalls(
            name,
            build_adapter(
                name,
                model,
                connect=partial(self._transports.to, files=files_of(model), lookups=model.max_lookups),
                limit=model.reply_limit,
            ),
            timeout=model.timeout,
            max_in_flight=model.max_in_flight,
            limiter=RateLimiter(limit.calls, limit.period, limit.wait, max_waiters=model.max_in_flight)
            if limit is not None and limiter is None
            else limiter,
            breaker=Breaker(
                failures=model.breaker.failures,
                within=model.breaker.within,
                cool_down=model.breaker.cool_down,
            ),
            tasks=self._tasks,
        )
        return model, calls

    def snapshot(self) -> dict[str, Any]:
        """Tell how each model's calls stand."""
        return {name: calls.snapshot() for name, (_, calls) in self._models.items()}

    def lookups(self) -> dict[str, int]:
        """Count the lookups of the models' names."""
        return self._transports.lookups()

    def weighing(self) -> dict[str, int]:
        """Count what weighing answers took: comparisons while a client waits, and further calls of models."""
        if self._panels is None:
            return {}
        spent = [asker.allowance for asker in self._askers.values()]
        spent += [each.means.asker.allowance for each in self._asides.values()]
        found = Counter(self._panels.snapshot())
        found.update({} if self._aside is None else self._aside.snapshot())
        for each in self._asides.values():
            found.update(each.snapshot())
        return {
            **found,
            "samples_asked": sum(each.spent for each in spent),
            "samples_refused": sum(each.refused for each in spent),
        }

    def samples(self) -> dict[str, Any]:
        """Tell what the further answers of each route have used."""
        return {name: asker.purse.snapshot() for name, asker in self._askers.items()}

    def repeats(self) -> dict[str, Any]:
        """Tell how the repeats of each route stand that asks for them."""
        return {name: repeats.snapshot() for name, repeats in self._repeats.items()}

    async def close(self) -> None:
        """Close every connection to the models."""
        for _, calls in self._models.values():
            await calls.close()
        await self._transports.close()
        for panels in (self._panels, self._aside):
            if panels is not None:
                await panels.close()


def estimator_of(confidence: Confidence | None) -> AnyEstimator | None:
    """Build the estimator a route names; None when it names none."""
    if confidence is None:
        return None
    return build_estimator(confidence.use, confidence.options, load=load)


def at_temperature(model: Model, temperature: float) -> Model:
    """Give a chat model's part of the file with another temperature, and no seed: for answers that vary."""
    ask = model.ask or Ask()
    kept = {name: value for name, value in ask.params.items() if name != "seed"}
    asked = ask.model_copy(update={"params": {**kept, "temperature": temperature}})
    return model.model_copy(update={"ask": asked})


def _panel(compare: Iterable[Compare], tolerance: float = 1.0) -> bytes:
    specs = [entry.spec() for entry in compare if entry.use not in ASKED]
    return msgspec.json.encode({"specs": specs, "tolerance": tolerance})
