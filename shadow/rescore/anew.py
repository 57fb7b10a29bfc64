"""Scores exchanges anew; made once in each process that does. Their confidence, tokens and cost stay as recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.asking.said import settled
from shadow.config.load import load
from shadow.scorer.compare import score
from shadow.scorer.lenses import rescoring_lenses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from comparators.panel import Judgement
    from shadow.asking.said import Words
    from shadow.scorer.take import Unscored

NOT_KEPT = "bodies not kept"
NO_MODEL = "model not configured any more"
NOT_ASKED = "what its embeddings say is not kept; --ask asks them"


class Anew:
    """A route's panel as it is now, with a reader for every model: each answer has its own."""

    def __init__(self, path: Path, route: str, environ: Mapping[str, str]) -> None:
        self._lenses = rescoring_lenses(load(path, environ=environ), route)

    def judge(self, exchange: Unscored, words: Words | str) -> Judgement | str:
        """Judge an exchange by what was said of it; a text says why it cannot be."""
        lens = self._lenses.get(exchange.model or "")
        if lens is None:
            return NO_MODEL
        if exchange.unreadable or exchange.legacy is None or exchange.raw_model is None:
            return NOT_KEPT
        if isinstance(words, str):
            return words
        judgement = score(exchange, lens, settled(words)).judgement
        assert judgement is not None  # it has no disposition yet, so it is judged
        return judgement
