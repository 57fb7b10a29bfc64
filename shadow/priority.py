"""Who has the processor first: whatever answers clients, before whatever does not. Needs no event loop."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

RECORDER = 5
SCORER = 10
_ALL = 19

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way(steps: int, *, wholly: bool = False) -> None:
    """Let the house's other processes go first, by so many steps of niceness.

    One that does so `wholly` is also ended in its slice as soon as another has work, and gets what those leave,
    where the system knows how (Linux, SCHED_IDLE). It cannot take that back.

    A system may weigh whole sessions against each other, and processes only within each. Where this session is the
    process's own, the system is told of the steps for all of it: as many as there are, for one that gives way wholly.
    """
    with suppress(OSError):
        os.nice(steps)
        if os.getsid(0) == os.getpid():
            _AUTOGROUP.write_text(str(_ALL if wholly else steps))
    if wholly and hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
