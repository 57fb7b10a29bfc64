"""A time for each exchange: one that keeps the scorer busy for too long, or kills it, is set aside by the next scorer.

The system's own alarm ends the process, so that neither code that never returns nor code that never lets go of the
interpreter can prevent it. Knows nothing of how exchanges are compared.
"""

from __future__ import annotations

import mmap
import os
import signal
import time
from collections import Counter, deque
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from shadow.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger()

SECONDS = 10.0
"""Of the processor's time that an exchange may take until the configuration says otherwise."""

REMEMBERED = 1000
"""Exchanges that are known to be given up; each is written as such soon after, and then never taken again."""

WAITING = 6
"""How often its time an exchange may take that uses no processor: the scorer gives way to whatever answers clients."""

TRIES = 2
"""How often the process may fall over an exchange without any alarm, until that is taken for the cause."""

LOST_AT_MOST, LOST_WITHIN, REST = 3, 600.0, 60.0
"""So many exchanges of a route given up, within so many seconds, and the route rests for so many.

A process that is started anew takes more of a core than any comparing: it must not be all that the scorer does.
"""

RESTING = "comparing took too long, or ended the scorer, too often on this route"
"""Why an exchange of a route that rests is not looked at."""

_ALARMS = (signal.SIGPROF, signal.SIGALRM)
_STOPPING = (signal.SIGTERM, signal.SIGINT)
_ROOM = 4096
_AGAIN_AFTER = 0.1


class Fence:
    """Knows which exchange the scorer is at, for whoever has to go on when the scorer does not come back from it.

    Both are the same scorer to the rest of the house, so that its counts are: `scorer` is its id.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.scorer = new_id()
        self.seconds = SECONDS
        self.counts: Counter[str] = Counter(timed_out=0, fallen=0)
        self._clock = clock
        self._place = mmap.mmap(-1, _ROOM)  # of this process and all that come from it
        self._given_up: dict[str, str] = {}
        self._tries = ("", 0)
        self._lost: dict[str, deque[float]] = {}

    # The scorer's side.

    def begin(self, exchange: str, route: str) -> str:
        """Let the time of an exchange begin, and give why it is not to be looked at, if so."""
        why = self._given_up.get(exchange, "")
        if why or self._rests(route):
            return why or RESTING
        said = f"{exchange} {route} {self.seconds:g}".encode()[: _ROOM - 1]
        self._place[: len(said) + 1] = said + b"\0"
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        signal.setitimer(signal.ITIMER_REAL, self.seconds * WAITING)
        return ""

    def end(self) -> None:
        """Take that the exchange is through."""
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        self._place[0] = 0

    def _rests(self, route: str) -> bool:
        lost = self._lost.get(route)
        return (
            lost is not None
            and len(lost) == LOST_AT_MOST
            and lost[-1] - lost[0] < LOST_WITHIN
            and self._clock() - lost[-1] < REST
        )

    # The side of whoever watches.

    def fell(self, number: int) -> bool:
        """Take that a signal has ended the scorer; whether it was over an exchange, so that another may go on."""
        said, self._place[0] = self._place[:].partition(b"\0")[0].decode(errors="replace"), 0
        if not said:
            return False
        exchange, route, seconds = said.split(" ")
        if number in _ALARMS:
            self.counts["timed_out"] += 1
            self._give_up(exchange, route, f"comparing took longer than {seconds} s")
        else:
            self.counts["fallen"] += 1
            last, times = self._tries
            self._tries = (exchange, times + 1 if exchange == last else 1)
            if self._tries[1] >= TRIES:
                self._give_up(exchange, route, f"comparing ended the scorer ({signal.Signals(number).name})")
        log.warning("shadow.scorer_fell", exchange=exchange, route=route, by=signal.Signals(number).name)
        return True

    def _give_up(self, exchange: str, route: str, why: str) -> None:
        self._lost.setdefault(route, deque(maxlen=LOST_AT_MOST)).append(self._clock())
        self._given_up[exchange] = why
        while len(self._given_up) > REMEMBERED:
            del self._given_up[next(iter(self._given_up))]


def watched(run: Callable[[Fence, int], None]) -> None:
    """Run the scorer in a process of its own, and another when it was lost over an exchange.

    `run` is given the fence, and a descriptor whose end means that this process is gone. In the scorer's process
    this does what `run` does; here it ends as that one did.
    """
    fence, told = Fence(), _Told()
    while not told.stop:
        listening, held = os.pipe()
        child = told.fork()
        if not child:
            os.close(held)
            run(fence, listening)
            return
        os.close(listening)
        code = os.waitstatus_to_exitcode(told.wait())
        os.close(held)
        if code >= 0 or not fence.fell(-code):
            raise SystemExit(code if code >= 0 else 128 - code)
        if -code not in _ALARMS:
            time.sleep(_AGAIN_AFTER)


class _Told:
    """The scorer's process as its parent sees it: when this one is told to stop, that one is."""

    def __init__(self) -> None:
        self.stop = False
        self._child = 0
        for number in _STOPPING:
            signal.signal(number, self._hand_on)

    def fork(self) -> int:
        """Give the child's id, or 0 in the child, to which signals are again what they are to any process."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        self._child = os.fork()
        if not self._child:
            for number in (*_STOPPING, *_ALARMS):
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        return self._child

    def wait(self) -> int:
        """Wait for the child's end; one that was told to stop has ended well, however it did."""
        _, status = os.waitpid(self._child, 0)
        self._child = 0
        return 0 if self.stop and os.WIFSIGNALED(status) else status

    def _hand_on(self, *_: object) -> None:
        self.stop = True
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGTERM)
