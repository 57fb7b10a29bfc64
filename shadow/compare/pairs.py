"""Judges pairs of rows by a route's panel; made once in each process that does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from shadow.compare.rows import answer_of, row_of
from shadow.config.load import load
from shadow.errors import ShadowError
from shadow.scorer.compare import nothing
from shadow.scorer.lenses import panel_of, reader_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from comparators.answer import Answer
    from comparators.panel import Judgement
    from shadow.compare.index import Pair, Place


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


class Comparing:
    """The panel of a task, and where its rows are."""

    def __init__(self, task: Task, environ: Mapping[str, str]) -> None:
        config = load(task.config, environ=environ)
        self._task = task
        self._panel = panel_of(config.routes[task.route])
        self._read = reader_of(config, task.route) if task.raw else None

    def judge(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """Judge pairs; ShadowError names the file and line of a row that holds no answer."""
        with self._task.legacy.open("rb") as legacy, self._task.model.open("rb") as model:
            return [
                self._judged(self._answer(legacy, pair.legacy), self._answer(model, pair.model))
                for pair in pairs
            ]

    def _judged(self, legacy: Answer, model: Answer) -> Judgement:
        if self._read is not None:
            model = self._read(model)
        return nothing(model.problem) if model.problem is not None else self._panel.judge(legacy, model)

    def _answer(self, file: BinaryIO, place: Place) -> Answer:
        file.seek(place.start)
        try:
            return answer_of(row_of(file.read(place.size)), self._task.key)
        except ValueError as exc:
            raise ShadowError(f"{file.name}, line {place.line}: {exc}") from None
