"""What aiohttp's server is told of an answer that went to the transport past it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aiohttp import web


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


class Hanging(Protocol):
    """A connection that can be hung up."""

    def hang_up(self) -> None:
        """Send and read nothing more, and close soon."""
        ...


class HangUp(Written):
    """Tells aiohttp's server that a refusal has been written, and keeps it from closing before that is read."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Hanging) -> None:
        super().__init__(keep_alive=False)
        self._connection = connection

    async def write_eof(self) -> None:
        """Hang up, and wait for the end of the connection, which cancels this."""
        self._connection.hang_up()
        await asyncio.get_running_loop().create_future()
