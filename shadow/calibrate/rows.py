"""Reads labelled exchanges from a file of JSON lines. Knows no store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from fallback.certify.labels import Labels, first_of_each
from shadow.errors import ShadowError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from fallback.certify.labels import Floats


class Row(msgspec.Struct, gc=False):
    """One line: `confidence` null is an answer of which nothing can be said; `probability` is that of its review."""

    confidence: float | None
    loss: float | bool
    probability: float = 1.0
    fingerprint: str | None = None
    cohorts: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labels as they were read: the cohorts of each, and how many retries of a request were left out.

    `population` is the confidences of all traffic where it is known, `times` when each label's exchange began.
    """

    labels: Labels
    cohorts: tuple[dict[str, str], ...] = ()
    retries: int = 0
    population: Floats | None = None
    times: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()

    def slices(self, cohort: str) -> dict[str, Labels]:
        """Give the labels of each value of a cohort."""
        values = [each.get(cohort) for each in self.cohorts]
        named = sorted({value for value in values if value is not None})
        return {
            name: self.labels.take([at for at, value in enumerate(values) if value == name]) for name in named
        }


def read_rows(path: Path) -> Labelled:
    """Read a file. ShadowError names the line and what is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ShadowError(f"cannot read {path}: {exc.strerror}") from exc
    try:
        return _labelled(_decoded(path, data))
    except ValueError as exc:
        raise ShadowError(f"{path}: {exc}") from exc


def labelled_of(rows: Iterable[Mapping[str, Any]]) -> Labelled:
    """Take rows as a file would have them."""
    return _labelled(msgspec.convert([*rows], list[Row]))


def _labelled(rows: Sequence[Row]) -> Labelled:
    kept = rows
    if any(row.fingerprint is not None for row in rows):
        kept = [rows[place] for place in first_of_each(row.fingerprint for row in rows)]
    return Labelled(_columns(kept), tuple(row.cohorts for row in kept), len(rows) - len(kept))


def _decoded(path: Path, data: bytes) -> Sequence[Row]:
    decoder = msgspec.json.Decoder(Row)
    try:
        return decoder.decode_lines(data)
    except msgspec.DecodeError:
        return [
            _line(decoder, path, at, line) for at, line in enumerate(data.splitlines(), 1) if line.strip()
        ]


def _line(decoder: msgspec.json.Decoder[Row], path: Path, at: int, line: bytes) -> Row:
    try:
        return decoder.decode(line)
    except msgspec.DecodeError as exc:
        raise ShadowError(f"{path} line {at}: {_told(exc)}") from exc


def _told(exc: msgspec.DecodeError) -> str:
    text = str(exc)
    return text[:1].lower() + text[1:] + '; a row is {"confidence": 0.93, "loss": 0}'


def _columns(rows: Sequence[Row]) -> Labels:
    return Labels.of(
        [row.confidence for row in rows],
        [float(row.loss) for row in rows],
        probability=[row.probability for row in rows],
    )
