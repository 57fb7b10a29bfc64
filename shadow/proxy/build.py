"""Builds a plan from a configuration: the models' calls and the routes that use them.

A model whose part of the file is unchanged keeps its calls, its breaker and its connections over a reload.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fallback.breaker import Breaker
from fallback.confidence.catalog import build as build_estimator
from shadow.adapters.catalog import build as build_adapter
from shadow.config.hashes import model_hash
from shadow.config.tls import files_of
from shadow.limits.throttle import RateLimiter
from shadow.plugins import load
from shadow.proxy.model import ModelCalls
from shadow.proxy.plan import Plan, RoutePlan
from shadow.upstream.transport import Transports

if TYPE_CHECKING:
    from fallback.confidence.estimator import AnyEstimator
    from shadow.config.model import Confidence, Config, Model
    from shadow.tasks import Tasks

    Built = tuple[Model, ModelCalls]


class Builder:
    """Makes plans, one after another, and owns the connections to the models they call."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._transports = Transports()
        self._models: dict[str, Built] = {}

    def __call__(self, config: Config, /) -> Plan:
        """Build the plan of a configuration; when that fails, what was built before stays as it is."""
        models = {name: self._model(name, model) for name, model in config.models.items()}
        routes = {
            name: RoutePlan(
                name,
                route,
                model=models[route.model][1] if route.model is not None else None,
                estimator=estimator_of(route.confidence),
                version=config.models[route.model].version if route.model is not None else "",
                config_hash=model_hash(config.models[route.model]) if route.model is not None else "",
            )
            for name, route in config.routes.items()
        }
        self._replace(models)
        return Plan(config, routes)

    def _replace(self, models: dict[str, Built]) -> None:
        """Take the models of a new plan, and let those that are in it no more finish."""
        kept = {id(calls) for _, calls in models.values()}
        for _, calls in self._models.values():
            if id(calls) not in kept:
                self._tasks.keep(calls.retire(), name="model retired")
        self._models = models

    def _model(self, name: str, model: Model) -> Built:
        known = self._models.get(name)
        if known is not None and known[0] == model:
            return known
        limit = model.rate_limit
        calls = ModelCalls(
            name,
            build_adapter(
                name,
                model,
                connect=partial(self._transports.to, files=files_of(model)),
                limit=model.reply_limit,
            ),
            timeout=model.timeout,
            max_in_flight=model.max_in_flight,
            limiter=RateLimiter(limit.calls, limit.period, limit.wait, max_waiters=model.max_in_flight)
            if limit is not None
            else None,
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

    async def close(self) -> None:
        """Close every connection to the models."""
        for _, calls in self._models.values():
            await calls.close()
        await self._transports.close()


def estimator_of(confidence: Confidence | None) -> AnyEstimator | None:
    """Build the estimator a route names; None when it names none."""
    if confidence is None:
        return None
    return build_estimator(confidence.use, confidence.options, load=load)
