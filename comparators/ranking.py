"""Ranking: how far two ranked lists lie apart, the top counting most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from comparators.divergence import Divergence, NotComparable
from comparators.json_identity import Identities
from comparators.json_value import kind
from comparators.place import Place
from comparators.pointer import MISSING, parse, resolve

if TYPE_CHECKING:
    from comparators.answer import Answer


class Ranking:
    """1 minus how far two rankings agree; symmetric, 0 for equal ones, 1 when they share nothing.

    - `rbo`: rank-biased overlap, extrapolated, for lists of any lengths (Webber, Moffat and Zobel 2010, "A
      similarity measure for indefinite rankings", equation 32). `persistence` is the probability with which a
      reader goes on to the next rank: with 0.9 the first ten ranks make up 86 % of it, with 0.5 the first two
      86 %;
    - `overlap`: the share of the first `depth` that both have there, in any order.

    `key` is a pointer to what identifies an element; without it the whole element does. Of elements that occur
    twice the first counts. What is no list is not comparable; missing on one side only is 1.
    Raises ValueError for a persistence outside (0, 1) or a depth below 1.
    """

    name = "ranking"

    def __init__(
        self,
        pointer: str = "",
        measure: Literal["rbo", "overlap"] = "rbo",
        *,
        key: str = "",
        depth: int = 10,
        persistence: float = 0.9,
    ) -> None:
        if depth < 1:
            raise ValueError(f"depth must be at least 1, not {depth}")
        if not 0.0 < persistence < 1.0:
            raise ValueError(f"persistence must be in (0, 1), not {persistence!r}")
        self.pointer = pointer
        self._place = Place(pointer)
        self._measure = measure
        self._key, self._depth, self._persistence = parse(key), depth, persistence

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = self._place.values(legacy, model)
        alone = self._place.one_sided(old, new)
        if alone is not None:
            return alone
        identities = Identities()
        first, second = self._ranks(old, "legacy", identities), self._ranks(new, "model", identities)
        if first == second:
            return Divergence(0.0)
        if self._measure == "overlap":
            value = 1 - _overlap(first[: self._depth], second[: self._depth])
        else:
            value = 1 - rank_biased_overlap(first, second, self._persistence)
        same = sum(a == b for a, b in zip(first, second, strict=False))
        detail = f"{len(first)} and {len(second)} ranked, {same} at the same rank"
        return self._place.differ(min(max(value, 0.0), 1.0), old, new, detail=detail)

    def _ranks(self, value: Any, side: str, identities: Identities) -> list[int]:
        if type(value) is not list:
            raise NotComparable(f"{side}: the {kind(value)} is no ranking")
        keys = [resolve(one, self._key) for one in value]
        if MISSING in keys:
            raise NotComparable(f"{side}: an element has no key")
        return list(dict.fromkeys(identities.of(key) for key in keys))


def _overlap(first: list[int], second: list[int]) -> float:
    longer = max(len(first), len(second))
    return len(set(first) & set(second)) / longer if longer else 1.0


def rank_biased_overlap(first: list[int], second: list[int], persistence: float) -> float:
    """Give the extrapolated rank-biased overlap of two lists without ties or repeats, in [0, 1]."""
    short, long = sorted((first, second), key=len)
    if not short:
        return 0.0 if long else 1.0
    agreed = total = 0.0
    at_short = 0.0
    seen_short, seen_long = set[int](), set[int]()
    weight = 1.0
    for depth, item in enumerate(long, 1):
        weight *= persistence
        seen_long.add(item)
        agreed += item in seen_short
        if depth <= len(short):
            seen_short.add(short[depth - 1])
            agreed += short[depth - 1] in seen_long
            at_short = agreed
        else:  # what lies beyond the shorter list's end agrees as what lies before it does
            total += at_short * (depth - len(short)) / (len(short) * depth) * weight
        total += agreed / depth * weight
    rest = (agreed - at_short) / len(long) + at_short / len(short)
    return (1 - persistence) / persistence * total + rest * weight
