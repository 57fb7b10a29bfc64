"""The admin API's handlers: health, readiness, metrics, status. Everything is read from the store."""

from __future__ import annotations

import asyncio
import sqlite3
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from shadow.admin.asking import asked_families
from shadow.admin.metrics import families
from shadow.admin.status import house
from shadow.errors import ShadowError
from shadow.record import workers
from shadow.record.certificates import history
from shadow.record.store import open_store
from shadow.record.tallies import read_totals

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from prometheus_client.core import Metric

    from shadow.clock import Clock
    from shadow.config.model import Config
    from shadow.config.watch import Watcher

log = structlog.get_logger()


class Api:
    """Answers the admin API's requests."""

    def __init__(self, config: Config, clock: Clock, watcher: Watcher) -> None:
        self._config = config
        self._clock = clock
        self._watcher = watcher

    async def healthz(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's face
        """Say that this process answers."""
        return _json({"status": "ok"})

    async def readyz(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's face
        """Say whether the house is whole, and what is wrong when it is not. 200 ready, 503 not."""
        status = await asyncio.to_thread(self._status)
        return _json(
            {
                "ready": status["ready"],
                "problems": status["problems"],
                "config_refused": status["config_refused"],
            },
            200 if status["ready"] else 503,
        )

    async def status(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's face
        """Give the whole picture: processes, switches, traffic."""
        return _json(await asyncio.to_thread(self._status))

    async def metrics(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler's face
        """Give the metrics in Prometheus' text format."""
        body = await asyncio.to_thread(self._metrics)
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def certificates(self, request: web.Request) -> web.Response:
        """Give a route's certificates, the newest first, each with what it was proved by."""
        route = request.match_info["route"]
        if route not in self._config.routes:
            raise web.HTTPNotFound
        return _json({"route": route, "certificates": await asyncio.to_thread(self._certificates, route)})

    def _certificates(self, route: str) -> list[dict[str, Any]]:
        store = open_store(self._config.store, readonly=True)
        try:
            return history(store, route)
        finally:
            store.close()

    def _status(self) -> dict[str, Any]:
        if (config := self._watcher.poll()) is not None:
            self._config = config
        return house(self._config, self._clock.now(), refused=self._watcher.refused)

    def _metrics(self) -> bytes:
        store = open_store(self._config.store, readonly=True)
        try:
            house, now = workers.read(store), self._clock.now()
            found = [*families(read_totals(store), house, now), *asked_families(store.db.conn, house, now)]
        finally:
            store.close()
        registry = CollectorRegistry()
        registry.register(_Families(found))
        return generate_latest(registry)


class _Families:
    """Hands families that have been made to the registry's face."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        return iter(self._found)


@web.middleware
async def _problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn every error into application/problem+json."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as exc:
        problem = _problem(exc.status, f"{exc.method} is not allowed here")
        problem.headers["Allow"] = exc.headers["Allow"]  # RFC 9110, 15.5.6, wants it
        return problem
    except web.HTTPException as exc:
        return _problem(
            exc.status, f"there is nothing at {request.path}" if exc.status == 404 else exc.reason
        )
    except (ShadowError, sqlite3.Error) as exc:
        return _problem(503, f"the store cannot be read ({type(exc).__name__})")
    except Exception as exc:  # noqa: BLE001 - the answer is for whoever asked, the log for whoever runs this
        log.error("shadow.request_failed", path=request.path, error=type(exc).__name__)  # noqa: TRY400 - as above
        return _problem(500, f"this request cannot be answered ({type(exc).__name__})")


def _problem(status: int, detail: str) -> web.Response:
    """Give a problem as RFC 9457 has it."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return _json(told, status, "application/problem+json")


def _json(document: Any, status: int = 200, content_type: str = "application/json") -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(document), content_type=content_type)


def application(config: Config, clock: Clock, watcher: Watcher) -> web.Application:
    """Build the admin application."""
    api = Api(config, clock, watcher)
    app = web.Application(middlewares=[_problems])
    app.add_routes(
        [
            web.get("/healthz", api.healthz),
            web.get("/readyz", api.readyz),
            web.get("/metrics", api.metrics),
            web.get("/api/v1/status", api.status),
            web.get("/api/v1/certificates/{route}", api.certificates),
        ]
    )
    return app
