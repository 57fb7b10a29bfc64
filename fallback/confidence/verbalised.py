"""What the model itself says of how sure it is: a number, a percentage or a word, in its JSON or in its text."""

from __future__ import annotations

import re
from collections import deque
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from comparators.extract import find_json
from comparators.pointer import parse, resolve
from fallback.confidence.estimator import as_confidence

if TYPE_CHECKING:
    from comparators.answer import Answer

_NUMBER = re.compile(r"([0-9]{0,9}\.?[0-9]{1,9}) ?(%?)")

SEARCHED = 4096
"""Characters at a text's end that a pattern is looked for in, so that no reply makes a search long."""


class Verbalised:
    """A confidence that the model was asked to state.

    It stands at a JSON `pointer` of the model's reply (or `of` the answer that is made of it), or in the one group
    of a regular expression `pattern`, whose last match in the text counts. A number is divided by `scale`, one with
    % by 100; a word is looked up in `words`. None when there is nothing of that, or it is out of range.
    """

    def __init__(
        self,
        *,
        pointer: str | None = None,
        pattern: str | None = None,
        scale: float = 1.0,
        words: dict[str, float] | None = None,
        of: Literal["reply", "answer"] = "reply",
    ) -> None:
        if (pointer is None) == (pattern is None):
            raise ValueError("give a pointer or a pattern: one of the two, to say where the model states it")
        if not 0 < scale < inf:
            raise ValueError(f"scale must be above 0, not {scale!r}")
        wrong = [word for word, value in (words or {}).items() if as_confidence(value) is None]
        if wrong:
            raise ValueError(f"words: {', '.join(wrong)} must stand for a number from 0 to 1")
        self._segments = None if pointer is None else parse(pointer)
        self._pattern = None if pattern is None else _compiled(pattern)
        self._scale = scale
        self._words = {word.casefold(): value for word, value in (words or {}).items()}
        self._of = of

    def __call__(self, answer: Answer) -> float | None:
        """Give what the model says as a confidence."""
        text = self._text(answer)
        return None if text is None else self._read(self._said(text))

    def _text(self, answer: Answer) -> str | None:
        if self._of == "answer":
            return answer.text
        return None if answer.reply is None else answer.reply.text

    def _said(self, text: str) -> Any:
        if self._pattern is not None:
            found = deque(self._pattern.finditer(text[-SEARCHED:]), maxlen=1)
            return found[0][1] if found else None
        document = find_json(text)
        return None if document is None else resolve(document.document, self._segments or ())

    def _read(self, said: Any) -> float | None:
        scale = self._scale
        if isinstance(said, str):
            word = self._words.get(said.strip().casefold())
            if word is not None:
                return float(word)
            number = _NUMBER.fullmatch(said.strip())
            if number is None:
                return None
            said, scale = float(number[1]), 100.0 if number[2] else scale
        if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= scale:
            return None
        return as_confidence(said / scale)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        found = re.compile(pattern)
    except re.error as exc:
        raise ValueError(f"pattern is no regular expression: {exc.msg}") from exc
    if found.groups != 1:
        raise ValueError(f"pattern must have one group, around what the model states; it has {found.groups}")
    return found
