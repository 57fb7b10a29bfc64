"""Tells how far long work is: a bar on a terminal, plain lines now and then elsewhere. Always on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

from shadow.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.clock import Clock

EVERY = 10.0
"""Seconds between two lines; work that ends sooner says nothing."""


class Advance(Protocol):
    """Is told, each time, how many more are done, and how many of these failed."""

    def __call__(self, n: int, /, failed: int = 0) -> None:
        """Take them."""


@contextmanager
def progress(what: str, total: int, clock: Clock | None = None) -> Iterator[Advance]:
    """Give the function that is told how far the work is."""
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
        task, all_failed = bar.add_task(what, total=total), 0

        def advance(n: int, /, failed: int = 0) -> None:
            nonlocal all_failed
            all_failed += failed
            bar.update(task, advance=n, description=f"{what}{_failed(all_failed)}")

        yield advance


def _lines(what: str, total: int, clock: Clock) -> Advance:
    done, all_failed, told = 0, 0, clock.monotonic()

    def advance(n: int, /, failed: int = 0) -> None:
        nonlocal done, all_failed, told
        done += n
        all_failed += failed
        if clock.monotonic() - told >= EVERY:
            told = clock.monotonic()
            click.echo(f"{what}: {done:,} of {total:,}{_failed(all_failed)}", err=True)

    return advance


def _failed(n: int) -> str:
    return f", {n:,} failed" if n else ""
