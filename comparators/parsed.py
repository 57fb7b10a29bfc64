"""Compares what two texts parse to, as sequences of parts; the parsing is the caller's. Knows no language."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from comparators.divergence import Divergence, NotComparable, Obstacle
from comparators.json_value import change
from comparators.passage import passages, text_of
from comparators.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from comparators.answer import Answer

    Parse = Callable[[str], list[str]]

_PRODUCT = 25_000_000  # of the numbers of parts, for the exact distance: tens of milliseconds
_SHOWN = 8  # parts from the first that differs


class Parsed:
    """The share of parts to be inserted, deleted or replaced to make one text's parts the other's.

    `parts` gives the parts of a text and raises ValueError when it is none of its language, which makes the
    answers not comparable. Beyond 25 million pairs of parts their order no longer counts, for the cost grows
    with the product.
    """

    def __init__(self, pointer: str, limit: int, parts: Parse) -> None:
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        self._place = Place(pointer)
        self._limit = limit
        self._parse = parts

    def compare(self, legacy: Answer, model: Answer) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = passages(legacy, model, self._place.path)
        if (alone := self._place.one_sided(old, new)) is not None:
            return alone
        first, second = self._parts(text_of(old), "legacy"), self._parts(text_of(new), "model")
        if first == second:
            return Divergence(0.0)
        value = parts_apart(first, second)
        return self._place.differ(value, old, new, detail=_first_change(first, second))

    def _parts(self, text: str, side: str) -> list[str]:
        if len(text) > self._limit:
            raise NotComparable(
                f"{side}: {len(text)} characters are beyond the limit {self._limit}", Obstacle.TOO_LARGE
            )
        try:
            return self._parse(text)
        except NotComparable:
            raise
        except (ValueError, RecursionError) as exc:
            raise NotComparable(f"{side}: {exc}") from exc


def parts_apart(old: list[str], new: list[str]) -> float:
    """Measure two unequal sequences: Levenshtein over the longer one's length, or beyond a bound by their bags."""
    from rapidfuzz.distance import Levenshtein

    if len(old) * len(new) <= _PRODUCT:
        return float(Levenshtein.normalized_distance(old, new))
    both = (Counter(old) & Counter(new)).total()
    longer = max(len(old), len(new))
    return max(1.0 - both / longer, 1.0 / longer)


def _first_change(old: list[str], new: list[str]) -> str:
    """Show the parts from the first one on that differs."""
    pairs = zip(old, new, strict=False)
    at = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))
    return change(*(" ".join(parts[at : at + _SHOWN]) for parts in (old, new)))
