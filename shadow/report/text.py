"""A report for a terminal: tables with bars; plain text elsewhere."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from shadow.report.outline import outline

if TYPE_CHECKING:
    from shadow.report.layout import Outline, Section, Table
    from shadow.report.model import Report

BAR = 20
"""Characters a bar of all is long."""

NARROWEST = 80
"""Columns below which numbers would be cut."""

_EIGHTHS = " ▏▎▍▌▋▊▉"


def to_text(report: Report, *, terminal: bool, width: int) -> str:
    """Write the report as text of `width` columns, at least NARROWEST; styled only for a terminal."""
    return outline_text(outline(report), terminal=terminal, width=width)


def outline_text(found: Outline, *, terminal: bool, width: int) -> str:
    """Write whatever has been laid out, in the same way."""
    paper = StringIO()
    console = Console(
        file=paper,
        width=max(width, NARROWEST),
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    console.print(Text(found.title, style="bold"))
    for name, value in found.facts:
        console.print(Text(f"{name}: {value}"))
    console.print()
    for section in (found.summary, *found.routes):
        _section(console, section)
    for sentence in found.about:
        console.print(Text(sentence, style="dim"))
    return "\n".join(line.rstrip() for line in paper.getvalue().splitlines()) + "\n"


def bar(share: float) -> str:
    """Draw a share in [0, 1] as blocks, an eighth of a character fine; a share above 0 is always seen."""
    eighths = max(round(share * BAR * 8), 1 if share > 0 else 0)
    full, rest = divmod(eighths, 8)
    return "█" * full + _EIGHTHS[rest].strip()


def _section(console: Console, section: Section) -> None:
    console.print(Text(section.title, style="bold underline"))
    for sentence in section.sentences:
        console.print(Text(sentence))
    console.print()
    for table in section.tables:
        console.print(Text(table.title, style="bold"))
        console.print(Padding(_grid(table), (0, 0, 0, 2)))
        if table.note:
            console.print(Padding(Text(table.note, style="dim"), (0, 0, 0, 2)))
        console.print()
    for listing in section.listings:
        console.print(Text(listing.title, style="bold"))
        console.print(Text(listing.text), soft_wrap=True)


def _grid(table: Table) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, pad_edge=False)
    for i, column in enumerate(table.columns):
        grid.add_column(
            Text(column),
            justify="left" if i < table.words else "right",
            overflow="fold",
            no_wrap=i >= table.words,
        )
    if table.bars:
        grid.add_column(Text(table.bars_of))
    for i, row in enumerate(table.rows):
        cells = [Text(cell) for cell in row]
        if table.bars:
            cells.append(Text(bar(table.bars[i]), style="cyan"))
        grid.add_row(*cells)
    return grid
