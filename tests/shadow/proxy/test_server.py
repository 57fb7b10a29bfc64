"""The server of a worker: what it says of aiohttp's own affairs, and how it ends."""

from __future__ import annotations

import asyncio

from aiohttp import web

from shadow.proxy.errors import OwnErrors
from shadow.proxy.limits import Limits
from shadow.proxy.server import Server, ServerLog


def test_what_aiohttp_complains_of_is_named_and_not_quoted(capsys):
    """A body that broke has been answered and counted already."""
    takes = ServerLog()
    takes.debug("a secret %s", "value")
    takes.exception("a secret", exc_info=web.RequestPayloadError("a secret"))
    assert capsys.readouterr().out == ""
    takes.exception("a secret", exc_info=LookupError("a secret"))
    told = capsys.readouterr().out
    assert ("LookupError" in told, "secret" in told) == (True, False)


async def test_a_server_that_nobody_asked_anything_ends_at_once():
    """However long it might wait."""
    server = Server(None, Limits(), OwnErrors())
    async with asyncio.timeout(1):
        await server.shutdown(60)
    assert (server.open, len(server.heads)) == (0, 0)
