"""Shows how far long work has come: a bar on a terminal, plain lines elsewhere. Both on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINES = 10
"""Plain lines told of the whole work, about."""


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[bool], None]]:
    """Give a function to call once for each piece of work, with whether it went well."""
    with _bar(what, total) if sys.stderr.isatty() else _lines(what, total) as step:
        yield step


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[bool], None]]:
    from rich.console import Console  # late: only a terminal needs it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as shown:
        task, failed = shown.add_task(what, total=total), 0

        def step(good: bool) -> None:
            nonlocal failed
            failed += not good
            shown.update(task, advance=1, description=f"{what}, {failed:,} failed" if failed else what)

        yield step


@contextmanager
def _lines(what: str, total: int) -> Iterator[Callable[[bool], None]]:
    done = failed = 0
    every = max(total // LINES, 1)

    def step(good: bool) -> None:
        nonlocal done, failed
        done += 1
        failed += not good
        if done % every == 0 or done == total:
            click.echo(f"{what}: {done:,} of {total:,}, {failed:,} failed", err=True)

    yield step
