"""Who has the processor first: whatever answers clients, before whatever does not. Needs no event loop."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

RECORDER = 5
SCORER = 10

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way(steps: int, *, wholly: bool = False) -> None:
    """Let the house's other processes go first, by so many steps of niceness.

    A process that gives way `wholly` is also ended in its slice when another of its session has work, and gets only
    what those leave, where the system knows how (Linux, SCHED_IDLE). It cannot take that back.
    A system that weighs whole sessions against each other is told of the steps, where this session is the process's
    own.
    """
    with suppress(OSError):
        os.nice(steps)
        if os.getsid(0) == os.getpid():
            _AUTOGROUP.write_text(str(steps))  # beside other sessions, whatever those within have
    if wholly and hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
