"""Distribution: how far two sets of class probabilities lie apart."""

from __future__ import annotations

from math import fsum, isfinite, log2
from typing import TYPE_CHECKING, Any, Literal

from comparators.divergence import Divergence, NotComparable
from comparators.json_value import kind
from comparators.place import Place
from comparators.pointer import parse, resolve

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from comparators.answer import Answer

    Shares = dict[Hashable, float]

_OFF = 0.01  # how far from 1 probabilities may sum up, for they are rounded


class Distribution:
    """How far two distributions over classes lie apart, in [0, 1]; symmetric, 0 for equal ones.

    Given as an object (class → probability), as a list of numbers (by position), or, with `label` and
    `probability`, as a list of objects in which these pointers lead to both. A class that one side lacks has
    probability 0 there.

    - `total_variation`: half the sum of the differences: the probability that must be moved;
    - `jensen_shannon`: the Jensen-Shannon divergence in bits (Lin 1991, "Divergence measures based on the Shannon
      entropy"), which weighs a class that one side holds impossible more.

    Probabilities that do not sum to 1 within 0.01 are not comparable, unless `scale` is set: then any weights do.
    """

    name = "distribution"

    def __init__(
        self,
        pointer: str = "",
        measure: Literal["total_variation", "jensen_shannon"] = "total_variation",
        *,
        label: str = "",
        probability: str = "",
        scale: bool = False,
    ) -> None:
        if bool(label) != bool(probability):
            raise ValueError("label and probability are given together: both are in each object of the list")
        self.pointer = pointer
        self._place = Place(pointer)
        self._apart = {"total_variation": _total_variation, "jensen_shannon": _jensen_shannon}[measure]
        self._label, self._probability = parse(label), parse(probability)
        self._scale = scale

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = self._place.values(legacy, model)
        alone = self._place.one_sided(old, new)
        if alone is not None:
            return alone
        first, second = self._shares(old, "legacy"), self._shares(new, "model")
        pairs = {one: (first.get(one, 0.0), second.get(one, 0.0)) for one in {**first, **second}}
        most = max(pairs, key=lambda one: (abs(pairs[one][0] - pairs[one][1]), str(one)))
        value = min(max(self._apart(pairs.values()), 0.0), 1.0)
        told = f"most at {most}: {pairs[most][0]:.3g} -> {pairs[most][1]:.3g}"
        return self._place.differ(value, old, new, detail=told)

    def _shares(self, value: Any, side: str) -> Shares:
        weights: Shares = {}
        for name, weight in self._weights(value, side):
            if kind(weight) != "number":
                raise NotComparable(f"{side}: a probability must be a number: {kind(weight)}")
            weights[name] = weights.get(name, 0.0) + float(weight)
        total = fsum(weights.values())
        if any(weight < 0 for weight in weights.values()) or not total or not isfinite(total):
            raise NotComparable(f"{side}: these are no probabilities")
        if not self._scale and abs(total - 1) > _OFF:
            raise NotComparable(f"{side}: the probabilities sum to {total:.4g}, not to 1")
        return {name: weight / total for name, weight in weights.items()}

    def _weights(self, value: Any, side: str) -> Iterable[tuple[Hashable, Any]]:
        if type(value) is dict:
            return value.items()
        if type(value) is not list:
            raise NotComparable(f"{side}: the {kind(value)} is no distribution")
        if not self._label:
            return enumerate(value)
        return [(_name(resolve(one, self._label), side), resolve(one, self._probability)) for one in value]


def _name(value: Any, side: str) -> str:
    if type(value) is not str:
        raise NotComparable(f"{side}: an element of the list has no label")
    return value


def _total_variation(pairs: Iterable[tuple[float, float]]) -> float:
    return fsum(abs(p - q) for p, q in pairs) / 2


def _jensen_shannon(pairs: Iterable[tuple[float, float]]) -> float:
    return fsum(_part(p, p + q) + _part(q, p + q) for p, q in pairs) / 2


def _part(share: float, both: float) -> float:
    return share * log2(2 * (share / both)) if share else 0.0
