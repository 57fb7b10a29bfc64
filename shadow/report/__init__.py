"""Tells what was recorded: gathers a report from the store and renders it in several formats."""

from __future__ import annotations

from shadow.report.render import FORMATS, render

__all__ = ["FORMATS", "render"]
