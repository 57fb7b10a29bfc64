"""Scores exchanges anew; made once in each process that does. Their confidence, tokens and cost stay as recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.adapters.catalog import reader
from shadow.config.load import load
from shadow.scorer.compare import Lens, score
from shadow.scorer.lenses import panel_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from comparators.answer import Answer
    from comparators.panel import Judgement
    from shadow.scorer.take import Unscored

NOT_KEPT = "bodies not kept"
NO_MODEL = "model not configured any more"


class Anew:
    """A route's panel as it is now, and the readers of all models: an answer is read as its own model's."""

    def __init__(self, path: Path, route: str, environ: Mapping[str, str]) -> None:
        config = load(path, environ=environ)
        self._panel = panel_of(config.routes[route])
        self._readers: dict[str, Callable[[Answer], Answer]] = {
            name: reader(name, model) for name, model in config.models.items()
        }

    def judge(self, exchanges: Sequence[Unscored]) -> list[Judgement | str]:
        """Judge exchanges; a text says why one cannot be."""
        return [self._judged(each) for each in exchanges]

    def _judged(self, exchange: Unscored) -> Judgement | str:
        if exchange.unreadable or exchange.legacy is None or exchange.raw_model is None:
            return NOT_KEPT
        read = self._readers.get(exchange.model or "")
        if read is None:
            return NO_MODEL
        judgement = score(exchange, Lens(self._panel, read)).judgement
        assert judgement is not None  # it has no disposition yet, so it is judged
        return judgement
