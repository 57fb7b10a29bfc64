"""Imports libraries without what they look for and nothing here needs: half of what a process would take.

Whoever needs what was left out can import it afterwards.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Let what is imported meanwhile find none of these modules, but for those that are there already."""
    unwanted = [name for name in names if name not in sys.modules]
    for name in unwanted:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's own way to say that there is none
    try:
        yield
    finally:
        for name in unwanted:
            del sys.modules[name]
