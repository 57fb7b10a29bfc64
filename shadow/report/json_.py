"""A report as JSON: the report's values under their own names, with the version of their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from shadow.report.model import Report

SCHEMA = "shadow-report/1"
"""Fields may be added under this name; renaming or removing one makes a new name."""


def to_json(report: Report) -> str:
    """Write the report as indented JSON; times are microseconds since the epoch, shares lie in [0, 1]."""
    shape = {"schema": SCHEMA, **msgspec.to_builtins(report)}
    return msgspec.json.format(msgspec.json.encode(shape), indent=2).decode() + "\n"
