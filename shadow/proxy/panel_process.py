"""Has answers compared while a client waits, by a process of the worker's own: bounded, timed, begun anew if it falls.

A comparator may be slow, hang or take its interpreter with it; the worker's loop only writes and reads frames.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import structlog

from comparators.panel import Judgement
from fallback.decision import ModelState
from shadow.errors import ShadowError
from shadow.proxy.panel_wire import Question, decode_word
from shadow.record.wire import SIZE, UNSENDABLE, framed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comparators.answer import Answer
    from shadow.config.model import Panels

log = structlog.get_logger()

LEAVES_WITHIN = 2.0
"""Seconds the process has to end once it has nothing to do."""

LOADS_WITHIN = 30.0
"""Seconds for the first comparison by a panel, whose comparators have to be loaded."""


class NotJudgedError(ShadowError):
    """There is no judgement; `state` is what that makes of the model's side."""

    def __init__(self, why: str, state: ModelState = ModelState.PLUGIN_FAILED) -> None:
        super().__init__(why)
        self.state = state


class PanelProcess:
    """Asks the panel process, which is begun when it is first needed and again after its fall."""

    def __init__(self, limits: Panels) -> None:
        self.limits = limits
        self.judged = self.failed = self.shed = self.falls = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._link: _Link | None = None
        self._beginning = asyncio.Lock()
        self._waiting: dict[int, _Asked] = {}
        self._loaded: set[bytes] = set()
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None
        self._reaped: asyncio.Future[int] | None = None

    @property
    def pid(self) -> int | None:
        """The process, where one runs."""
        return None if self._process is None else self._process.pid

    def snapshot(self) -> dict[str, int]:
        """Count the comparisons made, those that failed, those shed for want of room, and the process's falls."""
        return {
            "judged": self.judged,
            "judge_failed": self.failed,
            "judge_shed": self.shed,
            "judge_falls": self.falls,
        }

    async def judge(self, panel: bytes, left: Answer, right: Sequence[Answer]) -> list[Judgement]:
        """Judge one answer against each of others, by the panel of these entries (JSON); NotJudgedError when not."""
        if len(self._waiting) >= self.limits.queue:
            self.shed += 1
            raise NotJudgedError("too many comparisons wait", ModelState.SHED)
        self._number += 1
        number = self._number
        waiter: asyncio.Future[list[Judgement]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = _Asked(panel, waiter)
        try:
            link = self._link or await self._begin()
            link.write(_encoded(Question(number, panel, left, [*right])))
            if self._timer is None:
                self._start_timer()
            return await waiter
        except NotJudgedError:
            self.failed += 1
            raise
        finally:
            if not waiter.cancelled():  # of one that nobody waits for any more the word is still to come
                self._waiting.pop(number, None)

    async def begin(self) -> None:
        """Begin the process, so that nobody has to wait for that; if it cannot be, it is tried again when needed."""
        with suppress(NotJudgedError):
            await self._begin()

    async def close(self) -> None:
        """Let the process end."""
        process, self._process = self._process, None
        self._let_go("the worker stops")
        if process is not None:
            await asyncio.to_thread(_see_off, process)
        if self._reaped is not None:
            await self._reaped

    async def _begin(self) -> _Link:
        async with self._beginning:
            if self._link is not None:
                return self._link
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    self._process = subprocess.Popen(  # noqa: ASYNC220 - once; our own module and interpreter
                        (sys.executable, "-m", "shadow.proxy.panel_clerk"),
                        stdin=theirs.fileno(),
                        stdout=subprocess.DEVNULL,
                    )
                except OSError as exc:
                    ours.close()
                    raise NotJudgedError("the panel process cannot be started") from exc
            self._loaded.clear()
            try:
                _, link = await asyncio.get_running_loop().create_connection(lambda: _Link(self), sock=ours)
            except BaseException:
                self._end("the panel process cannot be reached")
                raise
            self._link = link
            return link

    def heard(self, data: bytes) -> None:
        """Take the process's word on a question."""
        word = decode_word(data)
        asked = self._waiting.pop(word.number, None)
        if asked is None:
            return
        self._loaded.add(asked.panel)
        self._start_timer()
        waiter = asked.waiter
        if waiter.done():
            return
        if word.error:
            waiter.set_exception(NotJudgedError(f"the panel cannot be built ({word.error})"))
        else:
            self.judged += 1
            waiter.set_result([Judgement(verdict, divergence, ()) for verdict, divergence in word.judged])

    def fell(self, link: _Link) -> None:
        """Take that the process is gone: whoever waits gets no judgement, and the next question begins another."""
        if link is self._link:
            self.falls += 1
            log.warning("shadow.panel_process_fell", waiting=len(self._waiting))
            self._end("the panel process ended")

    def _late(self) -> None:
        """Give up on a comparison that takes too long, and on the process with it."""
        self.falls += 1
        log.warning("shadow.panel_process_late", seconds=self.limits.timeout, waiting=len(self._waiting))
        self._end("a comparison took too long")

    def _end(self, why: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            self._reaped = asyncio.get_running_loop().run_in_executor(None, process.wait)
        self._let_go(why)

    def _let_go(self, why: str) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
        waiting, self._waiting = self._waiting, {}
        self._start_timer()
        for asked in waiting.values():
            if not asked.waiter.done():
                asked.waiter.set_exception(NotJudgedError(why))

    def _start_timer(self) -> None:
        """Give the comparison under way its time; it begins when the one before it has ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        following = next(iter(self._waiting.values()), None)
        if following is not None:
            seconds = self.limits.timeout if following.panel in self._loaded else LOADS_WITHIN
            self._timer = asyncio.get_running_loop().call_later(seconds, self._late)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that waits for its word."""

    panel: bytes
    waiter: asyncio.Future[list[Judgement]]


class _Link(asyncio.Protocol):
    """The worker's end of the pair of sockets."""

    def __init__(self, owner: PanelProcess) -> None:
        self._owner = owner
        self._came = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._came += data
        while len(self._came) >= SIZE:
            end = SIZE + int.from_bytes(self._came[:SIZE], "big")
            if len(self._came) < end:
                return
            frame = bytes(self._came[SIZE:end])
            del self._came[:end]
            self._owner.heard(frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it fell says nothing more
        self._owner.fell(self)

    def write(self, data: bytes) -> None:
        """Send a frame; how many may wait is bounded by who asks."""
        self._transport.write(data)

    def close(self) -> None:
        self._transport.close()


def _encoded(question: Question) -> bytes:
    try:
        return framed(question)
    except UNSENDABLE as exc:
        raise NotJudgedError(f"an answer cannot be handed over ({type(exc).__name__})") from exc


def _see_off(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(LEAVES_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
