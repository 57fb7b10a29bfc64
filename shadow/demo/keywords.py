"""The legacy intent classifier: a decision list of keyword rules. Knows nothing of HTTP or of the model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

OUT_OF_SCOPE = "oos"
"""The answer when no rule applies."""

_WORD = re.compile(r"[a-z0-9']+")


class DecisionList:
    """Keyword rules tried in order: the first whose phrase stands in the text names the intent.

    A phrase stands there as whole words. A word is a run of letters, digits and straight apostrophes, in
    lower case; everything else parts words.
    """

    def __init__(self, rules: Iterable[tuple[str, str]]) -> None:
        self._rules: dict[str, tuple[int, str]] = {}
        for rank, (phrase, intent) in enumerate(rules):
            self._rules.setdefault(phrase, (rank, intent))
        self._longest = max((len(phrase.split()) for phrase in self._rules), default=0)

    def __call__(self, text: str) -> str:
        """Give the intent of a text."""
        words = _WORD.findall(text.lower())
        hits = [self._rules[phrase] for phrase in self._phrases(words) if phrase in self._rules]
        return min(hits)[1] if hits else OUT_OF_SCOPE

    def _phrases(self, words: list[str]) -> Iterable[str]:
        for size in range(1, self._longest + 1):
            for start in range(len(words) - size + 1):
                yield " ".join(words[start : start + size])
