"""Writes findings as text, JSON or a page. Imports a format's library only when that format is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from shadow.calibrate.told import outlined, plots

if TYPE_CHECKING:
    from shadow.calibrate.findings import Findings

FORMATS = ("text", "json", "html")


def render(found: Findings, form: str, subject: str, *, terminal: bool = False, width: int = 100) -> str:
    """Write findings about a subject in one of FORMATS; `terminal` and `width` shape text only."""
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(found.document()), indent=2).decode() + "\n"
    if form == "html":
        from shadow.report.page import environment

        template = environment().get_template("calibrate.html")
        return template.render(outline=outlined(found, subject), plots=plots(found))
    from shadow.report.text import outline_text

    return outline_text(outlined(found, subject), terminal=terminal, width=width)
