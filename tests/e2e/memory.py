"""How much memory a stretch of a test takes at most."""

from __future__ import annotations

import tracemalloc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """Trace what is allocated, and give what tells the most bytes held at once so far.

    Tracing ends with the block whatever happens in it: what a later test measures begins at nothing.
    """
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
