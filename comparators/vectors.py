"""Vectors: how far two vectors found in the answers, such as embeddings, point apart."""

from __future__ import annotations

from math import hypot
from operator import mul
from typing import TYPE_CHECKING, Any

from comparators.divergence import Divergence, NotComparable
from comparators.json_value import kind
from comparators.place import Place

if TYPE_CHECKING:
    from comparators.answer import Answer


class Vectors:
    """1 minus the cosine of the angle between two vectors, at most 1: 0 the same direction, 1 at right angles or more.

    Lengths do not count. Two vectors of different dimensions are not comparable, for they come from different
    models; nor is a vector without a direction, unless both have none. Missing on one side only is 1.
    """

    name = "vectors"

    def __init__(self, pointer: str = "") -> None:
        self.pointer = pointer
        self._place = Place(pointer)

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = self._place.values(legacy, model)
        alone = self._place.one_sided(old, new)
        if alone is not None:
            return alone
        first, second = _vector(old, "legacy"), _vector(new, "model")
        if len(first) != len(second):
            raise NotComparable(f"vectors of {len(first)} and {len(second)} dimensions")
        if first == second:
            return Divergence(0.0)
        if not (any(first) and any(second)):
            raise NotComparable("a vector of nothing but zeros has no direction")
        value = min(max(1 - sum(map(mul, _unit(first), _unit(second))), 0.0), 1.0)
        return self._place.differ(value, old, new, detail=f"{value:.3g} apart in {len(first)} dimensions")


def _vector(value: Any, side: str) -> list[float]:
    if type(value) is not list or not value or not all(kind(one) == "number" for one in value):
        raise NotComparable(f"{side}: the {kind(value)} is no vector")
    return [float(one) for one in value]


def _unit(vector: list[float]) -> list[float]:
    largest = max(map(abs, vector))
    scaled = [one / largest for one in vector]  # so that no square overflows or vanishes
    length = hypot(*scaled)
    return [one / length for one in scaled]
