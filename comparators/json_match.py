"""The best match between the elements of two arrays: the pairing whose elements have most in common together.

Two elements have in common what their leaves have, wherever in an array these stand: the same value at the same
members counts most, a number that is close or a text that shares words counts less. That tells which belong
together; what differs between them is measured by the comparator. Time is bounded by the elements' number (250)
and by looking at the first 400 places of each.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from comparators.json_value import CONTAINERS, kind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    import numpy as np

    _Traits = dict[Hashable, float]

_PLACES = 400  # of an element that are looked at: its containers and leaves
_WORDS = 8  # of a text that are looked at
_SAME, _NEAR, _THERE = 1.0, 0.25, 0.05  # what is counted for the same leaf, a similar one, one of that name
_MANY = 500  # pairs
_STAY = 1e-6  # what counts between pairings that are as good: that elements keep their places


def best_pairs(left: list[tuple[int, Any]], right: list[tuple[int, Any]]) -> list[tuple[int, int]]:
    """Pair elements, given with their positions, and give the pairs of indices into both lists.

    Both sides are first brought into one order that depends on the elements only, so that swapped sides give
    the same pairs.
    """
    rows, columns = _sorted(left), _sorted(right)
    if [key for key, _ in rows] > [key for key, _ in columns]:
        return sorted((i, j) for j, i in _assigned(right, left, columns, rows))
    return sorted(_assigned(left, right, rows, columns))


def _sorted(elements: list[tuple[int, Any]]) -> list[tuple[bytes, int]]:
    return sorted((_text(one), k) for k, (_, one) in enumerate(elements))


def _text(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value, order="sorted")
    except RecursionError:
        return b""


def _assigned(
    left: list[tuple[int, Any]],
    right: list[tuple[int, Any]],
    rows: list[tuple[bytes, int]],
    columns: list[tuple[bytes, int]],
) -> list[tuple[int, int]]:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    paths = _Paths()
    firsts = [_traits(left[k][1], paths) for _, k in rows]
    seconds = [_traits(right[k][1], paths) for _, k in columns]
    sizes = np.add.outer([sum(one.values()) for one in firsts], [sum(one.values()) for one in seconds])
    alike = 2 * _common(firsts, seconds) / np.maximum(sizes, 1e-9)
    moved = np.abs(np.subtract.outer([left[k][0] for _, k in rows], [right[k][0] for _, k in columns]))
    best = linear_sum_assignment(alike - _STAY * moved / (1 + moved.max()), maximize=True)
    return [(rows[i][1], columns[j][1]) for i, j in zip(*(axis.tolist() for axis in best), strict=True)]


def _common(firsts: list[_Traits], seconds: list[_Traits]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Sum, for each pair of elements, what the traits count that both have."""
    import numpy as np

    of_first, of_second = _holders(firsts), _holders(seconds)
    few = [
        [0.0] * len(seconds) for _ in firsts
    ]  # by trait: a list is quicker for some pairs, an array for many
    many = np.zeros((len(firsts), len(seconds)))
    for trait, rows in of_first.items():
        columns = of_second.get(trait, [])
        worth = firsts[rows[0]][trait]
        if len(rows) * len(columns) > _MANY:
            many[np.ix_(rows, columns)] += worth
            continue
        for i in rows:
            for j in columns:
                few[i][j] += worth
    found: np.ndarray[Any, np.dtype[np.float64]] = many + np.array(few)
    return found


def _holders(elements: list[_Traits]) -> dict[Hashable, list[int]]:
    """Give which elements have each trait."""
    found: dict[Hashable, list[int]] = {}
    for n, traits in enumerate(elements):
        for trait in traits:
            found.setdefault(trait, []).append(n)
    return found


def _traits(value: Any, paths: _Paths) -> _Traits:
    """Give what tells an element from others, and how much each counts; what is there twice is two traits."""
    seen: Counter[Hashable] = Counter()
    traits: _Traits = {}
    for path, leaf in _leaves(value, paths):
        for trait, worth in _of_leaf(leaf):
            placed = (path, trait)
            seen[placed] += 1
            traits[placed, seen[placed]] = worth
    return traits


def _of_leaf(leaf: Any) -> Iterator[tuple[Hashable, float]]:
    if type(leaf) in CONTAINERS:
        yield ("empty", type(leaf)), _SAME
        return
    yield ("same", kind(leaf), leaf), _SAME
    yield "there", _THERE
    if type(leaf) is str:
        for word in leaf.casefold().split(None, _WORDS)[:_WORDS]:
            yield ("word", word), _NEAR
    elif type(leaf) in {int, float} and abs(leaf) < 1e300:
        yield ("near", f"{leaf:.1e}"), _NEAR


def _leaves(value: Any, paths: _Paths) -> Iterator[tuple[int, Any]]:
    """Give an element's first leaves, each with the number of the path of members that leads to it."""
    stack = [(0, value)]
    for _ in range(_PLACES):
        if not stack:
            return
        path, top = stack.pop()
        if type(top) is dict and top:
            names = sorted(top) if len(top) < _PLACES else islice(top, _PLACES)
            stack += [(paths[path, name], top[name]) for name in reversed(list(names))]
        elif type(top) is list and top:
            stack += [(path, one) for one in reversed(top[:_PLACES])]
        else:
            yield path, top


class _Paths(dict[tuple[int, str], int]):
    """Numbers paths of members, each by its parent's number and its last name; 0 is the element itself."""

    def __missing__(self, key: tuple[int, str]) -> int:
        self[key] = number = len(self) + 1
        return number
