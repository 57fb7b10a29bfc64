"""What the demo says: its story on standard error, its results on standard output."""

from __future__ import annotations

import shlex
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_QUARTERS = 4


class Screen:
    """Tells the story as it goes."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, text: str = "") -> None:
        """Say a line."""
        self._console.print(text, markup=False)

    def title(self, text: str) -> None:
        """Open a part of the story."""
        self._console.print(f"\n{text}", markup=False, style="bold")

    def command(self, *words: str) -> None:
        """Show a command that is run, as one would type it."""
        self._console.print(f"$ {shlex.join(words)}", markup=False, style="cyan")

    def result(self, text: str) -> None:
        """Print a result."""
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[], None]]:
        """Show how far something of `total` parts is: a bar on a terminal, else a line at each quarter."""
        if self._console.is_terminal:
            with self._bar() as bar:
                task = bar.add_task(what, total=total)
                yield lambda: bar.advance(task)
        else:
            yield _quarters(self, what, total)

    def _bar(self) -> Progress:
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        return Progress(*columns, console=self._console)


def _quarters(screen: Screen, what: str, total: int) -> Callable[[], None]:
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done * _QUARTERS // total > (done - 1) * _QUARTERS // total:
            screen.say(f"  {what}: {done} of {total}")

    return advance
