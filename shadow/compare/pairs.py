"""Judges pairs of rows by a route's panel; made once in each process that does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from shadow.compare.rows import answer_of, request_of, row_of
from shadow.config.load import load
from shadow.errors import ShadowError
from shadow.scorer.compare import judged, nothing
from shadow.scorer.lenses import files_lens_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from comparators.answer import Answer
    from comparators.panel import Judgement
    from shadow.asking.said import Words
    from shadow.compare.index import Pair, Place

    Asked = tuple[Pair, Words]
    """A pair, and what was said of it by those who were asked."""


@dataclass(frozen=True, slots=True)
class Task:
    """What two files are compared by, in words that another process understands.

    `raw` tells that the model's rows are its own replies, to be read as the route's model reads them.
    """

    config: Path
    route: str
    legacy: Path
    model: Path
    key: tuple[str, ...] = ("id",)
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Both answers, and the request where a row holds it."""

    legacy: Answer
    model: Answer
    request: str = ""


class Comparing:
    """The panel of a task, and where its rows are."""

    def __init__(self, task: Task, environ: Mapping[str, str]) -> None:
        config = load(task.config, environ=environ)
        self._task = task
        self._lens = files_lens_of(config, task.route, raw=task.raw)

    def judge(self, pairs: Sequence[Asked]) -> list[Judgement]:
        """Judge pairs; ShadowError names the file and line of a row that holds no answer."""
        return [
            nothing(row.model.problem)
            if row.model.problem is not None
            else judged(row.legacy, row.model, self._lens, words)
            for (_, words), row in zip(pairs, self.rows(pair for pair, _ in pairs), strict=True)
        ]

    def rows(self, pairs: Iterable[Pair]) -> Iterator[Row]:
        """Read pairs, the model's answers as its route reads them."""
        with self._task.legacy.open("rb") as legacy, self._task.model.open("rb") as model:
            for pair in pairs:
                old, request = self._answer(legacy, pair.legacy)
                new, other = self._answer(model, pair.model)
                yield Row(old, self._lens.read(new), request or other)

    def _answer(self, file: BinaryIO, place: Place) -> tuple[Answer, str]:
        file.seek(place.start)
        try:
            row = row_of(file.read(place.size))
            return answer_of(row, self._task.key), request_of(row)
        except ValueError as exc:
            raise ShadowError(f"{file.name}, line {place.line}: {exc}") from None
