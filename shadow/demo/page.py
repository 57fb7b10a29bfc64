"""Writes the demo's report as a page: the router's own report, and beside it who was right."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from shadow.clock import SystemClock
from shadow.config.load import load
from shadow.demo.options import DemoError
from shadow.demo.truth import rows
from shadow.record.store import open_store
from shadow.report import render
from shadow.report.gather import gather
from shadow.scorer.lenses import panels_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shadow.demo.folder import Folder
    from shadow.demo.truth import Judged


def write(files: Folder, judged: Sequence[Judged]) -> None:
    """Write the page; DemoError when its file cannot be written."""
    config = load(files.config, environ=os.environ)
    store = open_store(config.store, readonly=True)
    try:
        found = gather(store.db, panels=panels_told(config), now=SystemClock().now())
    finally:
        store.close()
    try:
        files.report.write_text(render(replace(found, truth=rows(judged)), "html"), encoding="utf-8")
    except OSError as exc:
        raise DemoError(f"cannot write {files.report}: {exc.strerror or exc}") from exc
