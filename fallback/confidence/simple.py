"""Confidence that the answer itself carries, or that the operator sets: a field, a header, a constant."""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from comparators.extract import find_json
from comparators.pointer import parse, resolve
from fallback.confidence.estimator import as_confidence

if TYPE_CHECKING:
    from comparators.answer import Answer

_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?")  # float() would also read 0_1, as 1
_NAME = re.compile(r"[!#-'*+.0-9A-Z^-z|~-]+")


class Field:
    """A number at a JSON Pointer, divided by `scale`.

    It is read `of` the answer's body, or of the JSON in the model's reply, which may say more than is served.
    ValueError for what is no pointer, or a scale that is not above 0.
    """

    def __init__(self, pointer: str, scale: float = 1.0, of: Literal["answer", "reply"] = "answer") -> None:
        if not 0 < scale < inf:
            raise ValueError(f"scale must be above 0, not {scale!r}")
        self._segments = parse(pointer)
        self._scale = scale
        self._of = of

    def __call__(self, answer: Answer) -> float | None:
        """Give the field as a confidence; None when it is missing, no number, or out of range."""
        value = resolve(self._document(answer), self._segments)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        # compared before it is divided: a whole number may be too large for a float
        return as_confidence(value / self._scale) if 0 <= value <= self._scale else None

    def _document(self, answer: Answer) -> Any:
        if self._of == "reply":
            found = find_json(answer.reply.text) if answer.reply is not None else None
            return found.document if found is not None else None
        try:
            return answer.json
        except ValueError:
            return None


class Header:
    """A number in a header of the model's answer. ValueError for what can be no header's name."""

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"name must be a header's name, not {name!r}")
        self._name = name

    def __call__(self, answer: Answer) -> float | None:
        """Give the header as a confidence; None when it is missing, no number, or out of range."""
        text = (answer.header(self._name) or "").strip(" \t")
        return as_confidence(float(text)) if _NUMBER.fullmatch(text) else None


class Constant:
    """The same confidence for every answer: for tests, and for a model that is trusted or distrusted as a whole."""

    def __init__(self, value: float) -> None:
        if as_confidence(value) is None:
            raise ValueError(f"value must be a number from 0 to 1, not {value!r}")
        self._value = value

    def __call__(self, answer: Answer) -> float | None:  # noqa: ARG002 - an estimator's face
        """Give the value."""
        return self._value
