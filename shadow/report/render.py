"""Picks the renderer of a format. Imports it only then: the page and the terminal bring heavy libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.errors import ShadowError

if TYPE_CHECKING:
    from shadow.report.model import Report

FORMATS = ("text", "html", "json", "csv", "markdown")


def render(report: Report, form: str, *, terminal: bool = False, width: int = 100) -> str:
    """Write a report in one of FORMATS.

    `terminal` and `width` (columns) shape `text` only: without a terminal it carries no control characters.
    Raises ShadowError for any other format.
    """
    match form:
        case "text":
            from shadow.report.text import to_text

            return to_text(report, terminal=terminal, width=width)
        case "html":
            from shadow.report.page import to_html

            return to_html(report)
        case "json":
            from shadow.report.json_ import to_json

            return to_json(report)
        case "csv":
            from shadow.report.csv_ import to_csv

            return to_csv(report)
        case "markdown":
            from shadow.report.markdown import to_markdown

            return to_markdown(report)
        case _:
            raise ShadowError(f"there is no report format {form!r}: take one of {', '.join(FORMATS)}")
