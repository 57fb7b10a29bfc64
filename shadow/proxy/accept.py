"""Where a client's request arrives: finds its route, follows it through, and lets no bug reach the next one."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, cast

import structlog
from aiohttp.web_protocol import RequestPayloadError

from fallback.words import Disposition, Phase, Reason, Side
from shadow.ids import new_id
from shadow.proxy.answer import Client
from shadow.proxy.capture import Capture
from shadow.proxy.causes import Cause
from shadow.proxy.decide import shadow_headers
from shadow.proxy.errors import CLOSED, OwnErrors
from shadow.proxy.exchange import ExchangeFlow, Surroundings
from shadow.proxy.forward import Counted
from shadow.proxy.framing import NO_TUNNEL, Flaw, flaw_of
from shadow.proxy.intake import EndlessError, StalledError, arriving, whole_body
from shadow.proxy.legacy import LegacySide
from shadow.proxy.tunnel import tunnel, wants_upgrade
from shadow.proxy.written import HangUp, Written

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from shadow.proxy.connections import ClientConnection
    from shadow.proxy.live import Live
    from shadow.proxy.plan import RoutePlan
    from shadow.proxy.written import Hanging

log = structlog.get_logger()


_KEEP = cast("web.StreamResponse", Written(keep_alive=True))
_CLOSE = cast("web.StreamResponse", Written(keep_alive=False))


_STALLED = Flaw(408, "body_timeout", "the rest of the request's body did not come in time")
_BROKEN = Flaw(400, "body_malformed", "the request's body is malformed", Cause.BAD_CHUNK)
_ENDLESS = Flaw(400, "body_malformed", "the request's body has too much framing", Cause.ENDLESS_FRAMING)
_BUG = Flaw(500, "bug", "the router failed to handle this request")


class _RefusedError(Exception):
    """A request that is not passed on."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.detail)
        self.flaw = flaw


class Front:
    """Handles every request of a worker."""

    def __init__(
        self, live: Live, around: Surroundings, count: Callable[..., None], *, max_headers: int = 128
    ) -> None:
        self._live = live
        self._around = around
        self._count = count
        self._max_headers = max_headers
        self.active = 0
        self.errors = OwnErrors()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request. Whatever goes wrong inside is this request's own matter."""
        flaw = flaw_of(request, self._max_headers)
        if flaw is not None:
            return self._turn_away(request, flaw)
        client = Client(request)
        self.active += 1
        try:
            await self._follow(request, client)
            await client.taken()  # who takes no answers may not ask for more
        except asyncio.CancelledError:
            raise
        except _RefusedError as exc:
            return self._refuse(request, client, exc.flaw)
        except StalledError:
            return self._refuse(request, client, _STALLED)
        except RequestPayloadError as exc:
            return self._refuse(request, client, _ENDLESS if isinstance(exc, EndlessError) else _BROKEN)
        except Exception as exc:
            client.exchange = client.exchange or new_id()
            log.exception("shadow.request_failed", error=type(exc).__name__, exchange=client.exchange)
            return self._refuse(request, client, _BUG)
        finally:
            self.active -= 1
            if client.error is not None:
                self.errors.add(*client.error)
        return _KEEP if client.keep_alive else _CLOSE

    async def _follow(self, request: web.BaseRequest, client: Client) -> None:
        if request.method == "CONNECT":
            self._uncounted(None).count_once()
            raise _RefusedError(NO_TUNNEL)
        if wants_upgrade(request):
            await tunnel(request, client, self._around.legacy, self._uncounted(None))
            return
        plan = self._live.find(request.method, request.raw_path)
        if plan is None or (plan.switch.phase is Phase.OFF and not plan.targets):
            await self._forward(request, client, self._uncounted(plan))
        elif plan.shadowed is not None and not self._around.spare.allows():
            await self._shed(request, client, plan, plan.shadowed)
        else:
            await ExchangeFlow(self._around, plan, request, client).run()

    def _uncounted(self, plan: RoutePlan | None) -> Counted:
        name, reason = (plan.name, Reason.OFF) if plan is not None else ("", Reason.UNMATCHED)
        return Counted(
            partial(
                self._count, name, Phase.OFF, served=Side.LEGACY, reason=reason, disposition=Disposition.OFF
            )
        )

    async def _shed(self, request: web.BaseRequest, client: Client, plan: RoutePlan, reason: Reason) -> None:
        """Give a shadow up: a worker without time to call the model has none to write rows either."""
        client.exchange = new_id()
        count = partial(
            self._count,
            plan.name,
            Phase.SHADOW,
            served=Side.LEGACY,
            reason=reason,
            disposition=Disposition.SHED,
        )
        extra = shadow_headers(client.exchange, Side.LEGACY, reason) if plan.headers else b""
        await self._forward(request, client, Counted(count), extra)

    async def _forward(
        self, request: web.BaseRequest, client: Client, counted: Counted, extra: bytes = b""
    ) -> None:
        """Let legacy answer, and nothing else."""
        try:
            body = await whole_body(request)
            side = LegacySide(client, Capture(0), counted, extra=extra)
            to_send = body if body is not None else arriving(request)
            await side.run(partial(self._around.legacy.ask, request, to_send, client.inform))
        except asyncio.CancelledError:
            if cast("ClientConnection", request.protocol).gone and not client.started:
                self.errors.add(CLOSED, "client_left")
            raise
        finally:
            counted.count_once()

    def _turn_away(self, request: web.BaseRequest, flaw: Flaw) -> web.StreamResponse:
        """Answer a request that no route may see."""
        client = Client(request)
        self.errors.refuse(flaw.status, flaw.kind)
        return self._refuse(request, client, flaw)

    def _refuse(self, request: web.BaseRequest, client: Client, flaw: Flaw) -> web.StreamResponse:
        """Say what is wrong, if nothing else was said yet, and end the connection: where it stands is unknown."""
        if flaw.cause is not None:
            self.errors.causes[flaw.cause] += 1
        client.keep_alive = False
        if client.started:
            client.cut(flaw.kind)
        else:
            client.problem(flaw.status, flaw.detail, kind=flaw.kind)
        return cast("web.StreamResponse", HangUp(cast("Hanging", request.protocol)))
