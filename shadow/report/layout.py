"""What a report is laid out of: headings, sentences, tables and listings of text. Knows no format."""

from __future__ import annotations

from dataclasses import dataclass

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under column names.

    `bars`, one a row, are shares in [0, 1] of what `bars_of` says, that may be drawn beside it.

    `name` identifies the table within its section. The first `words` columns hold words, the rest numbers.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Rows
    bars: tuple[float, ...] = ()
    bars_of: str = ""
    words: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Text to be taken over as it stands, such as YAML."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what stands out, and its tables and listings; none is empty."""

    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    listings: tuple[Listing, ...] = ()

    def table(self, name: str) -> Table | None:
        """Give the table of that name, if there is one."""
        return next((table for table in self.tables if table.name == name), None)


@dataclass(frozen=True, slots=True)
class Outline:
    """The whole report: its facts, how to read it, and one section for all, then one for each route."""

    title: str
    facts: tuple[tuple[str, str], ...]
    about: tuple[str, ...]
    summary: Section
    routes: tuple[Section, ...]
