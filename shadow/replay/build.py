"""Builds a replay's model and measure from the configuration, the way a worker and the scorer build theirs."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from fallback.breaker import Breaker
from shadow.adapters.catalog import build, reader
from shadow.config.hashes import model_hash
from shadow.config.model import Price
from shadow.config.tls import files_of
from shadow.limits.throttle import RateLimiter
from shadow.proxy.build import at_temperature, estimator_of
from shadow.proxy.model import ModelCalls
from shadow.replay.measure import Measure
from shadow.replay.run import A_TURN, Model, wants_samples
from shadow.scorer.lenses import panel_of
from shadow.tasks import Tasks
from shadow.upstream.transport import Transports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from shadow.config.model import Config, Route
    from shadow.config.model import Model as Keys


def measure_of(config: Config, route: Route, model: str) -> Measure:
    """Build how a model's answers on a route are looked at."""
    keys = config.models[model]
    return Measure(
        panel=panel_of(route),
        read=reader(model, keys),
        estimator=estimator_of(route.confidence),
        price=keys.price if keys.price != Price() else None,
        readers={model_hash(each): reader(name, each) for name, each in config.models.items()},
    )


@asynccontextmanager
async def model_of(name: str, keys: Keys, measure: Measure, at_once: int) -> AsyncIterator[Model]:
    """Build what asks a model, and close its connections at the end."""
    tasks, transports = Tasks(), Transports()
    limit = keys.rate_limit
    async with AsyncExitStack() as stack:
        stack.push_async_callback(transports.close)

        def calls(label: str, each: Keys, most: int) -> ModelCalls:
            connect = partial(transports.to, files=files_of(each), lookups=each.max_lookups)
            made = ModelCalls(
                label,
                build(label, each, connect=connect, limit=each.reply_limit),
                timeout=each.timeout,
                max_in_flight=most,
                limiter=None,
                breaker=Breaker(each.breaker.failures, each.breaker.within, each.breaker.cool_down),
                tasks=tasks,
            )
            stack.push_async_callback(made.close)
            return made

        warm = wants_samples(measure)
        stack.push_async_callback(tasks.drain, keys.timeout)
        yield Model(
            calls(name, keys, at_once),
            None if warm is None else calls(f"{name} at {warm:g}", at_temperature(keys, warm), 50 * at_once),
            None
            if limit is None
            else RateLimiter(limit.calls, limit.period, A_TURN, max_waiters=51 * at_once),
        )
