"""Fits a `combined` estimator and writes the fit: what a command that calibrates does with `--fit FILE`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from shadow.errors import ShadowError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shadow.config.model import Config
    from shadow.replay.figures import Loss


def write_fit(
    config: Config, route: str, output: Path, *, loss: Loss, until: int, rows: Path | None = None
) -> None:
    """Fit a route's estimator to the record before `until` (µs), or to a file of rows, and write the fit as JSON.

    Raises ShadowError, which says what is missing.
    """
    from shadow.fitting import combined_of, fit_from_record, fit_from_rows
    from shadow.record.store import open_store

    if rows is not None:
        about = {"route": route, "until": until}
        found = fit_from_rows(_read(rows), combined_of(config, route), loss=loss, about=about)
    else:
        store = open_store(config.store, readonly=True)
        try:
            found = fit_from_record(store, config, route, until=until, loss=loss)
        finally:
            store.close()
    try:
        output.write_bytes(found.dumps())
    except OSError as exc:
        raise ShadowError(f"cannot write {output}: {exc.strerror}") from exc
    click.echo(
        f"wrote {output}: version {found.version}, {found.rows:,} rows, {found.wrong:,} wrong", err=True
    )


def _read(file: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise ShadowError(f"cannot read {file}: {getattr(exc, 'strerror', None) or 'not UTF-8'}") from exc
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except ValueError as exc:
            raise ShadowError(f"{file}, line {number}: not JSON") from exc
        if (
            not isinstance(row, dict)
            or row.get("loss") not in (0, 1)
            or not isinstance(row.get("signals", {}), dict)
            or not _is_probability(row.get("probability", 1.0))
        ):
            need = "a loss of 0 or 1, signals, and a probability above 0 and at most 1, if any"
            raise ShadowError(f"{file}, line {number}: a row has {need}")
        yield row


def _is_probability(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
