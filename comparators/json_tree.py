"""Json: where and how much two JSON documents differ, with rules for single places."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from comparators.assembled import assembled
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.fence import cut, measure
from comparators.json_value import CONTAINERS, answer_of, change, document, kind, leaves, same, truly_same
from comparators.pattern import grow, places, prune, rule_of, segments_of, step
from comparators.pointer import MISSING, unparse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from comparators.answer import Answer
    from comparators.divergence import Comparator
    from comparators.pattern import Branches

    _Member = tuple[str | int, Any, Any]
    _Place = tuple[Any, int, Any, Any, Branches[Comparator]]

# Below this depth containers are no longer compared as a whole before they are walked: doing so at every
# depth would make the cost of a deeply nested document grow with the square of its depth.
_WHOLE = 16
_LONGEST = 2_000  # characters of a pointer
_LEAST = 5e-324  # the smallest float above 0


class Json:
    """The share of leaves that differ between two JSON documents.

    A leaf is a scalar or an empty container. Objects are compared member by member and arrays element by
    element, in order; where only one side has a value, or the two are of different types or unequal scalars,
    as many leaves differ as the larger side has there. The divergence is the sum of these over the sum of
    all leaves (where both have a place: the larger number). So it is symmetric, 0 only when the documents
    are equal (1 equals 1.0, true does not equal 1) and 1 when they have no leaf in common.

    Patterns are JSON Pointers in which `*` stands for any one member or element:
    - `ignore`: left out on both sides, with all below;
    - `paths`: only these places count, with all below; empty means all;
    - `at`: a comparator for the values there. It is asked where both sides have one and they are not equal,
      and its divergence counts for that many leaves. Of several patterns the most exact is taken, and of
      nested ones the upper.
    `limit` is how many differences are listed; the divergence and the detail count all. Where a pointer
    would be longer than 2,000 characters, a place further up is named.

    Raises NotComparable for a body that is not JSON, or where a comparator of `at` cannot compare.
    """

    name = "json"

    def __init__(
        self,
        *,
        ignore: Sequence[str] = (),
        at: Mapping[str, Comparator] | None = None,
        paths: Sequence[str] = (),
        limit: int = 100,
    ) -> None:
        if "" in ignore:
            raise ValueError("ignore holds '', the whole document: nothing would be left to compare")
        if limit < 0:
            raise ValueError(f"limit must be at least 0, not {limit}")
        self._ignored = grow(dict.fromkeys(ignore, True))
        self._rules = grow(at or {})
        self._paths = [segments_of(pattern) for pattern in paths]
        self.limit = limit

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        legacy, model = assembled(legacy, model)
        old, new = document(legacy, "legacy"), document(model, "model")
        if same(old, new):
            return Divergence(0.0)
        if self._ignored:
            old, new = prune(old, self._ignored), prune(new, self._ignored)
        walk = _Walk(self.limit)
        walk.run(self._starts(old, new))
        return walk.result()

    def _starts(self, old: Any, new: Any) -> list[_Place]:
        if not self._paths:
            return [(None, 0, old, new, self._rules)]
        return [self._start(*found) for found in places(self._paths, old, new)]

    def _start(self, path: tuple[str, ...], old: Any, new: Any) -> _Place:
        trail: Any = None
        rules = self._rules
        for segment in path:
            trail, rules = (trail, segment), step(rules, segment)
        return trail, 0, old, new, rules


class _Walk:
    """One comparison under way: what has been counted and listed so far.

    A place is a plain tuple, for speed: how it was reached – (trail of the parent, segment), or None at the
    root, for most places need no pointer –, its depth, both values, and the rules that may hold from here on.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.leaves = 0
        self.differing = 0.0
        self.count = 0
        self.differences: list[Difference] = []

    def run(self, starts: list[_Place]) -> None:
        """Walk every place from the starts down, in the documents' order, without recursion."""
        stack = starts[::-1]
        while stack:
            stack += reversed(self._visit(stack.pop()))

    def result(self) -> Divergence:
        """Tell what was found."""
        if not self.count:
            return Divergence(0.0)
        places = ", ".join(difference.pointer or "the whole" for difference in self.differences[:3])
        detail = cut(f"{self.count} differ: {places}" if places else f"{self.count} differ")
        value = min(self.differing / self.leaves, 1.0) or _LEAST
        return Divergence(value, detail, tuple(self.differences))

    def _visit(self, place: _Place) -> list[_Place]:
        """Count a place that is settled; else give the places below it."""
        _, _, old, new, rules = place
        rule = rule_of(rules) if rules else None
        if old is MISSING or new is MISSING:
            self._settle(place, "added" if old is MISSING else "missing")
        elif rule is not None and not same(old, new):
            self._ask(rule, place)
        elif type(old) is type(new) and type(old) in CONTAINERS and (old or new):
            return self._open(place)
        elif same(old, new):
            self.leaves += 1
        else:
            self._settle(place, "changed" if kind(old) == kind(new) else "type")
        return []

    def _open(self, place: _Place) -> list[_Place]:
        """Count the equal members of two containers, all at once; give the places of the others."""
        trail, depth, old, new, rules = place
        members = _members(old, new)
        lefts, rights, others = _sorted_out(members) if depth < _WHOLE else ([], [], members)
        if lefts and truly_same(lefts, rights):
            self.leaves += leaves(lefts)
            members = others
        return [
            ((trail, segment), depth + 1, left, right, step(rules, str(segment)) if rules else rules)
            for segment, left, right in members
        ]

    def _settle(self, place: _Place, how: str) -> None:
        trail, _, old, new, _ = place
        weight = _weight(old, new)
        self.leaves += weight
        self.differing += weight
        self.count += 1
        if len(self.differences) < self.limit:
            self.differences.append(Difference(_pointer(trail), 1.0, change(old, new), how))

    def _ask(self, comparator: Comparator, place: _Place) -> None:
        trail, _, old, new, _ = place
        pointer = _pointer(trail)
        try:
            found = measure(comparator, answer_of(old), answer_of(new))
        except NotComparable as exc:
            raise NotComparable(f"{pointer or 'the whole'}: {exc}") from exc
        weight = _weight(old, new)
        self.leaves += weight
        if not found.value:
            return
        self.differing += weight * found.value
        inner = found.differences or (Difference("", found.value, found.detail or change(old, new)),)
        self.count += len(inner)
        room = max(self.limit - len(self.differences), 0)
        self.differences += [replace(one, pointer=pointer + one.pointer) for one in inner[:room]]


def _weight(old: Any, new: Any) -> int:
    """Count the leaves of the larger side."""
    return max(leaves(value) for value in (old, new) if value is not MISSING)


def _members(old: Any, new: Any) -> list[_Member]:
    """Pair the members of two objects by name, or the elements of two arrays by position."""
    if type(old) is list:
        return [(index, *pair) for index, pair in enumerate(zip_longest(old, new, fillvalue=MISSING))]
    pairs = [(key, left, new.get(key, MISSING)) for key, left in old.items()]
    if old.keys() != new.keys():
        pairs += [(key, MISSING, right) for key, right in new.items() if key not in old]
    return pairs


def _sorted_out(members: list[_Member]) -> tuple[list[Any], list[Any], list[_Member]]:
    """Part the members that Python holds equal (left values, right values) from the others."""
    lefts, rights, others = [], [], []
    try:
        for one in members:
            _, left, right = one
            if left == right and type(left) is type(right):
                lefts.append(left)
                rights.append(right)
            else:
                others.append(one)
    except RecursionError:  # too deep for the interpreter's own comparison: each is walked
        return [], [], members
    return lefts, rights, others


def _pointer(trail: Any) -> str:
    segments = []
    while trail is not None:
        trail, segment = trail
        segments.append(segment)
    pointer = unparse(reversed(segments))
    while len(pointer) > _LONGEST:
        segments = segments[(len(segments) + 1) // 2 :]
        pointer = unparse(reversed(segments))
    return pointer
