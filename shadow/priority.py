"""Who has the processor first: whatever answers clients, before whatever does not. Needs no event loop."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

RECORDER = 5
SCORER = 10

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way(steps: int) -> None:
    """Let the house's other processes go first, by so many steps of niceness.

    A system that weighs whole sessions against each other is told so of this one, where it is this process's own.
    """
    with suppress(OSError):
        os.nice(steps)
        if os.getsid(0) == os.getpid():
            _AUTOGROUP.write_text(str(steps))  # beside other sessions, whatever those within have
