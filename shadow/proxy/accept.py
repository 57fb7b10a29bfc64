"""Where a client's request arrives: finds its route, follows it through, and lets no bug reach the next one."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, cast

import structlog
from aiohttp import web

from fallback.words import Disposition, Phase, Reason, Side
from shadow.proxy.answer import Client
from shadow.proxy.capture import Capture
from shadow.proxy.exchange import ExchangeFlow, Surroundings
from shadow.proxy.forward import Counted
from shadow.proxy.intake import StalledError, arriving, whole_body
from shadow.proxy.legacy import LegacySide
from shadow.proxy.tunnel import tunnel, wants_upgrade

if TYPE_CHECKING:
    from collections.abc import Callable

    from shadow.proxy.live import Live
    from shadow.proxy.plan import RoutePlan

log = structlog.get_logger()


class Written:
    """Tells aiohttp's server that the answer has been written already, and whether the connection stays open.

    It has the three things the server asks of a response when it finishes one (`prepare`, `write_eof`,
    `keep_alive`); `tests/shadow/proxy/test_accept.py` pins that this is all it asks.
    """

    __slots__ = ("keep_alive",)

    def __init__(self, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing: the head is out."""

    async def write_eof(self) -> None:
        """Do nothing: the body is out."""


_KEEP = cast("web.StreamResponse", Written(keep_alive=True))
_CLOSE = cast("web.StreamResponse", Written(keep_alive=False))


class ServerLog:
    """Takes what aiohttp's server tells of requests that it could not read, without the bytes that it quotes.

    It answered each with a 400 by itself, and none reached a route; `refused` counts them.
    """

    def __init__(self) -> None:
        self.refused = 0

    def exception(self, _message: str, *_: object, exc_info: BaseException | None = None) -> None:
        """Count it, and name the kind of error."""
        self.refused += 1
        log.warning("shadow.request_refused", error=type(exc_info).__name__)

    def debug(self, _message: str, *_: object, **_more: object) -> None:
        """Nothing: aiohttp's own affairs."""


class Front:
    """Handles every request of a worker."""

    def __init__(self, live: Live, around: Surroundings, count: Callable[..., None]) -> None:
        self._live = live
        self._around = around
        self._count = count
        self.active = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request. Whatever goes wrong inside is this request's own matter."""
        client = Client(request)
        self.active += 1
        try:
            await self._follow(request, client)
        except asyncio.CancelledError:
            raise
        except StalledError:
            self._refuse(client, 408, "the rest of the request's body did not come")
        except web.RequestPayloadError as exc:
            self._refuse(client, 400, f"the request's body is malformed ({type(exc).__name__})")
        except Exception as exc:
            log.exception("shadow.request_failed", error=type(exc).__name__)
            self._refuse(client, 500, "the router failed to handle this request")
        finally:
            self.active -= 1
        return _KEEP if client.keep_alive else _CLOSE

    async def _follow(self, request: web.BaseRequest, client: Client) -> None:
        if wants_upgrade(request):
            await tunnel(request, client, self._around.legacy, self._uncounted(None))
            return
        if request.method == "CONNECT":
            self._uncounted(None).count_once()
            self._refuse(client, 501, "this proxy opens no tunnels")
            return
        plan = self._live.find(request.method, request.raw_path)
        if plan is None or (plan.switch.phase is Phase.OFF and not plan.targets):
            await self._forward(request, client, plan)
        else:
            await ExchangeFlow(self._around, plan, request, client).run()

    def _uncounted(self, plan: RoutePlan | None) -> Counted:
        name, reason = (plan.name, Reason.OFF) if plan is not None else ("", Reason.UNMATCHED)
        return Counted(
            partial(
                self._count, name, Phase.OFF, served=Side.LEGACY, reason=reason, disposition=Disposition.OFF
            )
        )

    async def _forward(self, request: web.BaseRequest, client: Client, plan: RoutePlan | None) -> None:
        counted = self._uncounted(plan)
        try:
            body = await whole_body(request)
            side = LegacySide(client, Capture(0), counted, extra=b"")
            to_send = body if body is not None else arriving(request)
            await side.run(partial(self._around.legacy.ask, request, to_send, client.inform))
        finally:
            counted.count_once()

    @staticmethod
    def _refuse(client: Client, status: int, detail: str) -> None:
        client.keep_alive = False
        if client.started:
            client.cut()
        else:
            client.problem(status, detail)
