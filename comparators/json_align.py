"""Which elements of two arrays belong together: by position, as sets, by a key, or by what is most alike.

All but the best match take time in proportion to the arrays' size. Knows no rules and measures nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from comparators.json_identity import Identities
from comparators.pointer import MISSING, parse, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    Indexed = list[tuple[int, Any]]
    Row = tuple[str | int, Any, Any]

BEST = 250
"""Elements without an equal that a best match considers on either side; beyond, they are taken in order."""

DEEPEST = 16
"""Levels down to which arrays are matched best; below, what has no equal is taken in order."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the elements of an array are paired; a key is one or more pointers into an element."""

    how: Literal["ordered", "set", "best", "key"]
    key: tuple[tuple[str, ...], ...] = ()


def read_alignment(spec: object) -> Alignment:
    """Read `ordered`, `set`, `best` or `{key: /pointer}`; raises ValueError for anything else."""
    if spec == "ordered" or spec == "set" or spec == "best":  # noqa: PLR1714 - the type checker follows it
        return Alignment(spec)
    if isinstance(spec, dict) and list(spec) == ["key"]:
        keys = [spec["key"]] if isinstance(spec["key"], str) else spec["key"]
        if isinstance(keys, list | tuple) and keys and all(isinstance(key, str) for key in keys):
            return Alignment("key", tuple(parse(key) for key in keys))
    raise ValueError(f"an array is ordered, set, best or {{key: /pointer}}, not {spec!r}")


@dataclass(frozen=True, slots=True)
class Aligned:
    """The rows of two arrays: segment, old and new element; and a note where a bound was met.

    A segment is the position in the old array, or in the new one where only that has the element.
    """

    rows: list[Row]
    note: str = ""


class Aligner:
    """Pairs the elements of the arrays of two documents; what it learns of a value it learns once."""

    def __init__(self) -> None:
        self._identities = Identities()

    def align(self, alignment: Alignment, old: list[Any], new: list[Any], *, depth: int = 0) -> Aligned:
        """Pair the elements of two arrays; those left out by a pattern are on neither side."""
        if alignment.how == "ordered":
            return Aligned(in_order(old, new))
        left, right = _indexed(old), _indexed(new)
        if alignment.how == "key":
            rows, left, right = _paired(left, right, lambda value: self._key_of(value, alignment.key))
            return Aligned(rows + _alone(left, right))
        rows, left, right = self._equal(left, right, depth)
        if alignment.how == "set" or not (left and right):
            return Aligned(rows + _alone(left, right))
        found = _matched(left, right, depth)
        return Aligned(rows + found.rows, found.note)

    def _equal(self, left: Indexed, right: Indexed, depth: int) -> tuple[list[Row], Indexed, Indexed]:
        """Pair equal elements; give these and what is left on each side.

        First by their text, which is quick and tells nearly all apart, then by what they are: 1 equals 1.0.
        """
        rows: list[Row] = []
        if depth < DEEPEST:
            rows, left, right = _paired(left, right, _text_of)
        if left and right:
            more, left, right = _paired(left, right, self._identities.of)
            rows += more
        return rows, left, right

    def _key_of(self, value: Any, pointers: Iterable[tuple[str, ...]]) -> Hashable:
        """Give an element's key; those that lack a part of it are alike in having none."""
        found = [resolve(value, pointer) for pointer in pointers]
        return None if MISSING in found else tuple(self._identities.of(one) for one in found)


def in_order(old: list[Any], new: list[Any]) -> list[Row]:
    """Pair by position."""
    return [(index, *pair) for index, pair in enumerate(zip_longest(old, new, fillvalue=MISSING))]


def _indexed(elements: list[Any]) -> Indexed:
    return [(index, one) for index, one in enumerate(elements) if one is not MISSING]


def _alone(left: Indexed, right: Indexed) -> list[Row]:
    rows: list[Row] = [(i, one, MISSING) for i, one in left]
    rows += [(j, MISSING, one) for j, one in right]
    return rows


def _paired(
    left: Indexed, right: Indexed, key_of: Callable[[Any], Hashable]
) -> tuple[list[Row], Indexed, Indexed]:
    """Pair the first element of a key with the first of the other side, the second with the second, and so on."""
    waiting: dict[Hashable, list[tuple[int, Any]]] = defaultdict(list)
    for each in reversed(right):
        waiting[key_of(each[1])].append(each)
    rows: list[Row] = []
    rest = []
    for i, one in left:
        found = waiting.get(key_of(one))
        if found:
            rows.append((i, one, found.pop()[1]))
        else:
            rest.append((i, one))
    return rows, rest, sorted((each for some in waiting.values() for each in some), key=lambda each: each[0])


def _text_of(value: Any) -> Hashable:
    try:
        return msgspec.json.encode(value, order="sorted")
    except RecursionError:
        return object()  # equal to nothing: left for the second look


def _matched(left: Indexed, right: Indexed, depth: int) -> Aligned:
    if len(left) == len(right) == 1:
        pairs, note = [(0, 0)], ""
    elif max(len(left), len(right)) > BEST or depth >= DEEPEST:
        pairs = [(k, k) for k in range(min(len(left), len(right)))]
        where = f"below level {DEEPEST}" if depth >= DEEPEST else f"more than {BEST}"
        note = f"{len(left)} and {len(right)} elements without an equal are {where}: taken in order"
    else:
        from comparators.json_match import best_pairs

        pairs, note = best_pairs(left, right), ""
    rows: list[Row] = [(left[i][0], left[i][1], right[j][1]) for i, j in pairs]
    taken, given = {i for i, _ in pairs}, {j for _, j in pairs}
    return Aligned(
        rows
        + _alone(
            [one for k, one in enumerate(left) if k not in taken],
            [one for k, one in enumerate(right) if k not in given],
        ),
        note,
    )
