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
    """Let the house's other processes go first, by so many steps of niceness, and end none of them in its slice.

    One that does so `wholly` is itself ended in its slice as soon as another has work, and gets what those leave. It
    cannot take that back. Both where the system knows how (Linux, SCHED_BATCH and SCHED_IDLE).

    A system may weigh whole sessions against each other, and processes only within each. Where this session is the
    process's own, the system is told of the steps for all of it: as many as there are, for one that gives way wholly.
    """
    with suppress(OSError):
        os.nice(steps)
        if os.getsid(0) == os.getpid():
            _AUTOGROUP.write_text(str(_ALL if wholly else steps))
    policy = getattr(os, "SCHED_IDLE" if wholly else "SCHED_BATCH", None)
    if policy is not None:
        with suppress(OSError):
            os.sched_setscheduler(0, policy, os.sched_param(0))
