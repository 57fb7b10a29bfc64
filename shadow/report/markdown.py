"""A report as GitHub-flavoured Markdown tables. Strangers' text is escaped, so that it stays text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shadow.report.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.report.layout import Section, Table
    from shadow.report.model import Report

_SPECIAL = re.compile(r"([\\`*_\[\]<#|~$&@])")
_LINKS = re.compile(r"(?i)(www|https?|ftp|mailto|xmpp)(?=[.:])")


def to_markdown(report: Report) -> str:
    """Write the report as Markdown."""
    found = outline(report)
    lines = [f"# {found.title}", ""]
    lines += [f"- {name}: {escape(value)}" for name, value in found.facts]
    lines.append("")
    for section in (found.summary, *found.routes):
        lines += _section(section)
    lines += ["## How to read this", "", *(f"- {sentence}" for sentence in found.about)]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Escape what Markdown or HTML in it would read as markup, and what would become a link by itself."""
    return _LINKS.sub(lambda found: f"{found[0]}\u2060", _SPECIAL.sub(r"\\\1", text))


def _section(section: Section) -> Iterator[str]:
    yield f"## {escape(section.title)}"
    yield ""
    for sentence in section.sentences:
        yield from (escape(sentence), "")
    for table in section.tables:
        yield from _table(table)
    for listing in section.listings:
        yield from (f"### {escape(listing.title)}", "", "```yaml", *listing.text.splitlines(), "```", "")


def _table(table: Table) -> Iterator[str]:
    yield f"### {escape(table.title)}"
    yield ""
    yield _row(table.columns)
    yield _row(tuple("---" if i < table.words else "---:" for i in range(len(table.columns))), raw=True)
    yield from (_row(row) for row in table.rows)
    yield ""
    if table.note:
        yield from (escape(table.note), "")


def _row(cells: tuple[str, ...], *, raw: bool = False) -> str:
    return f"| {' | '.join(cells if raw else map(escape, cells))} |"
