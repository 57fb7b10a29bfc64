"""Tells how far long work is: a bar on a terminal, plain lines now and then elsewhere. Always on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from shadow.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shadow.clock import Clock

    Advance = Callable[[int], None]

EVERY = 10.0
"""Seconds between two lines; work that ends sooner says nothing."""


@contextmanager
def progress(what: str, total: int, clock: Clock | None = None) -> Iterator[Advance]:
    """Give the function that is told, each time, how many more of `total` are done."""
    if sys.stderr.isatty():
        with _bar(what, total) as advance:
            yield advance
    else:
        yield _lines(what, total, clock or SystemClock())


@contextmanager
def _bar(what: str, total: int) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda n: bar.advance(task, n)


def _lines(what: str, total: int, clock: Clock) -> Advance:
    done, told = 0, clock.monotonic()

    def advance(n: int) -> None:
        nonlocal done, told
        done += n
        if clock.monotonic() - told >= EVERY:
            told = clock.monotonic()
            click.echo(f"{what}: {done:,} of {total:,}", err=True)

    return advance
