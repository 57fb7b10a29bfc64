"""Looks up the name of one upstream, in threads of its own: a lookup that hangs is nobody else's matter.

The loop's own way shares a few threads among all names, so that the hung name of a model would keep legacy waiting.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Found = list[str]
    Looked = asyncio.Future[Found]

AT_MOST = 4
"""Lookups of one name that may be under way at once, where nothing else is set; a daemon thread each."""

ANEW_AFTER = 1.0
"""Seconds after which a lookup is taken for hung: who comes then begins another, beside it."""


class Names:
    """The addresses of one host, looked up each time; whoever asks meanwhile shares a lookup that is under way.

    At most `at_most` lookups are under way; `full` counts who would have begun another one beside those that hang.
    """

    def __init__(
        self,
        host: str,
        look_up: Callable[[str], Found] | None = None,
        *,
        anew_after: float | None = None,
        at_most: int = AT_MOST,
    ) -> None:
        self._host = host
        self._literal = _is_literal(host)
        self._look_up = look_up or _look_up
        self._anew_after = ANEW_AFTER if anew_after is None else anew_after
        self._at_most = at_most
        self._latest: Looked | None = None
        self._began = 0.0
        self.under_way = 0
        self.full = 0

    async def addresses(self) -> Found:
        """Give the host's addresses, in the order in which to try them; OSError when it has none."""
        if self._literal:
            return [self._host]
        loop = asyncio.get_running_loop()
        latest = self._latest
        if latest is None or self._hangs(loop.time()):
            latest = self._latest = self._begin(loop)
        return await asyncio.shield(latest)

    def _hangs(self, now: float) -> bool:
        """Tell whether the lookup under way is given up; it is not where no other may begin."""
        if now - self._began < self._anew_after:
            return False
        if self.under_way < self._at_most:
            return True
        self.full += 1
        return False

    def _begin(self, loop: asyncio.AbstractEventLoop) -> Looked:
        looked: Looked = loop.create_future()

        def run() -> None:
            found: Found | Exception
            try:
                found = self._look_up(self._host)
            except Exception as exc:  # noqa: BLE001 - a thread that dies would leave everybody waiting
                found = exc
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, looked, found)

        # Not of an executor: at its end a process waits for an executor's threads, however long they hang.
        try:
            Thread(target=run, name="shadow-names", daemon=True).start()
        except RuntimeError as exc:
            raise OSError("no thread can be started for the lookup") from exc
        looked.add_done_callback(self._ended)
        self._began = loop.time()
        self.under_way += 1
        return looked

    def _ended(self, looked: Looked) -> None:
        self.under_way -= 1
        if looked is self._latest:
            self._latest = None
        if not looked.cancelled():
            looked.exception()  # seen, though everybody who waited may be gone


def _tell(looked: Looked, found: Found | Exception) -> None:
    if looked.done():
        return
    if isinstance(found, Exception):
        looked.set_exception(found)
    else:
        looked.set_result(found)


def _look_up(host: str) -> Found:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
