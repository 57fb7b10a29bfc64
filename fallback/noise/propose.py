"""Proposes rules under which what is only noise no longer counts. Pure; applies nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fallback.noise.jitter import Sort
from fallback.noise.places import array_of
from fallback.noise.verdict import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fallback.noise.verdict import PathVerdict

ALWAYS = 0.9
"""A whole number that differs in this share of the repeats is a counter or an id: its width says nothing."""

WIDEST = 0.1
"""Relative to the larger number: what trembles more is no number worth comparing."""

TINY = 1e-6
"""So near to each other, numbers are compared by their distance, whatever they are."""

ROOM = 1.5
"""A tolerance is this many times the widest gap seen: the next one may be a little wider."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule for a place: to leave it out, a tolerance in its own unit, or an array without order.

    `what` is `ignore`, `relative`, `absolute`, `seconds` or `set`; `value` the tolerance; `why` a plain phrase.
    """

    comparator: str
    pointer: str
    what: str
    why: str
    value: float = 0.0


def proposals(judged: Iterable[PathVerdict]) -> tuple[Rule, ...]:
    """Give a rule for each noisy place of a `json` comparator, the arrays once; none for what is not just noisy."""
    rules: dict[tuple[str, str, str], Rule] = {}
    for one in judged:
        if one.mark is Mark.NOISY and one.use == "json" and one.pointer:
            rule = _rule(one)
            rules.setdefault((rule.comparator, rule.pointer, rule.what), rule)
    return tuple(rules.values())


def _rule(one: PathVerdict) -> Rule:
    often = f"legacy differed from itself in {one.legacy} of {one.triples}"
    jitter = one.jitter
    match jitter.sort:
        case Sort.ORDER:
            array = array_of(one.pointer)
            if array is None:
                array = one.pointer
            return Rule(one.comparator, array, "set", f"{often}, by the order alone")
        case Sort.TIME:
            why = f"{often}, by {jitter.width:.3g} s at most"
            return Rule(one.comparator, one.pointer, "seconds", why, rounded_up(jitter.width))
        case Sort.INTEGER if one.legacy >= ALWAYS * one.triples:
            return Rule(one.comparator, one.pointer, "ignore", f"{often}: a number of each answer's own")
        case Sort.INTEGER | Sort.NUMBER if jitter.width <= TINY:
            why = f"{often}, by {jitter.width:.3g} at most"
            return Rule(one.comparator, one.pointer, "absolute", why, rounded_up(jitter.width))
        case Sort.INTEGER | Sort.NUMBER if jitter.relative <= WIDEST:
            why = f"{often}, by {100 * jitter.relative:.3g} % at most"
            return Rule(one.comparator, one.pointer, "relative", why, rounded_up(jitter.relative))
        case _:
            return Rule(one.comparator, one.pointer, "ignore", often)


def rounded_up(width: float) -> float:
    """Give a tolerance for a gap of that width: with some room, rounded up to one digit."""
    if width <= 0:
        return 0.0
    power = math.floor(math.log10(width * ROOM))
    digit = math.ceil(round(width * ROOM / 10.0**power, 9))
    return float(f"{digit}e{power}")
