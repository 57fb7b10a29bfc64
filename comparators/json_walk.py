"""Walks two documents side by side and counts what differs: no recursion, and equal parts are passed over as wholes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comparators.decimals import decimal_of
from comparators.divergence import Difference, Divergence, NotComparable, Severity
from comparators.fence import cut, measure
from comparators.json_align import Aligner, in_order
from comparators.json_scope import PLAIN, Counted, larger
from comparators.json_value import CONTAINERS, answer_of, change, kind, leaves, same, truly_same
from comparators.pattern import rule_of
from comparators.pointer import MISSING, member, unparse

if TYPE_CHECKING:
    from comparators.json_align import Row
    from comparators.json_rule import Rule
    from comparators.json_scope import Scope

    Place = tuple[Any, int, Any, Any, Scope]

# Below this depth containers are no longer compared as a whole before they are walked: doing so at every
# depth would make the cost of a deeply nested document grow with the square of its depth.
_WHOLE = 16
_LONGEST = 2_000  # characters of a pointer
_LEAST = 5e-324  # the smallest float above 0
_MAJOR = Severity.MAJOR  # looked up once: an enum's member takes a call
_ORDER = (Severity.INFO, Severity.MINOR, Severity.MAJOR)


class Walk:
    """One comparison under way: what has been counted and listed so far.

    A place is a plain tuple, for speed: how it was reached – (trail of the parent, segment), or None at the
    root, for most places need no pointer –, its depth, both values, and what holds from here on. `weighted`
    tells whether any rule has a weight or a severity, for only then leaves must be weighed one by one.
    """

    def __init__(self, limit: int, *, weighted: bool, numeric_strings: bool) -> None:
        self.limit = limit
        self.weighted = weighted
        self.numeric_strings = numeric_strings
        self.all = 0.0
        self.major = 0.0
        self.minor = 0.0
        self.count = 0
        self.differences: list[Difference] = []
        self.note = ""  # the first bound that was met
        self._aligner: Aligner | None = None

    def run(self, old: Any, new: Any, scope: Scope) -> None:
        """Walk every place of two documents, in their order."""
        stack: list[Place] = [(None, 0, old, new, scope)]
        while stack:
            below = self._visit(stack.pop())
            if below:
                below.reverse()
                stack += below

    def result(self) -> Divergence:
        """Tell what was found."""
        if not self.count:
            return Divergence(0.0)
        named = dict.fromkeys(difference.pointer or "the whole" for difference in self.differences[:3])
        places = ", ".join(named)
        told = f"{self.count} differ: {places}" if places else f"{self.count} differ"
        detail = cut(f"{self.note}; {told}" if self.note else told)
        differing = self.major + self.minor
        if not differing:
            return Divergence(0.0, detail, tuple(self.differences))
        value = min(differing / self.all, 1.0) or _LEAST
        major = min(self.major / self.all, value) if self.minor else None
        return Divergence(value, detail, tuple(self.differences), major)

    def _visit(self, place: Place) -> list[Place]:
        """Count a place that is settled; else give the places below it."""
        _, _, old, new, scope = place
        if old is new is MISSING:
            return []
        if old is not MISSING and new is not MISSING:
            rule = rule_of(scope.rules) if scope.rules else None
            if rule is not None and rule.comparator is not None and not same(old, new):
                self._ask(rule, place)
                return []
            if type(old) is type(new) and type(old) in CONTAINERS and (old or new):
                return self._open(place)
            if self._alike(old, new):
                self.all += self._weigh(old, scope).total
                return []
        if scope.only and scope.is_outside():
            return self._below(place, _apart(old, new))
        self._settle(place)
        return []

    def _alike(self, old: Any, new: Any) -> bool:
        if same(old, new):
            return True
        if not self.numeric_strings or {kind(old), kind(new)} != {"number", "string"}:
            return False
        number = decimal_of(old)
        return number is not None and number == decimal_of(new)

    def _open(self, place: Place) -> list[Place]:
        """Count the equal members of two containers, all at once; give the places of the others."""
        _, depth, _, _, scope = place
        rows = self._rows(place)
        lefts, rights, others = _sorted_out(rows) if depth < _WHOLE else ([], [], rows)
        if lefts:
            if not truly_same(lefts, rights):
                others = rows
            elif not (scope.rules and self.weighted):
                self.all += leaves(lefts) if scope is PLAIN else scope.counted(leaves(lefts)).total
            else:
                apart = set(map(id, others))
                equal = (row for row in rows if id(row) not in apart)
                self.all += sum(scope.step(str(segment)).weigh(left).total for segment, left, _ in equal)
        return self._below(place, others)

    def _rows(self, place: Place) -> list[Row]:
        """Pair the members of two objects by name, or the elements of two arrays as they are aligned."""
        trail, depth, old, new, scope = place
        if type(old) is dict:
            rows: list[Row] = [(key, left, new.get(key, MISSING)) for key, left in old.items()]
            if old.keys() != new.keys():
                rows += [(key, MISSING, right) for key, right in new.items() if key not in old]
            return rows
        alignment = rule_of(scope.arrays) if scope.arrays else None
        if alignment is None:
            return in_order(old, new)
        self._aligner = self._aligner or Aligner()
        aligned = self._aligner.align(alignment, old, new, depth=depth)
        if aligned.note and not self.note:
            self.note = f"{pointer_of(trail) or 'the whole'}: {aligned.note}"
        return aligned.rows

    def _below(self, place: Place, rows: list[Row]) -> list[Place]:
        trail, depth, old, new, scope = place
        if scope is PLAIN or (type(old) is type(new) is list and scope.is_uniform()):
            below = scope.step("")
            return [((trail, segment), depth + 1, left, right, below) for segment, left, right in rows]
        return [
            ((trail, segment), depth + 1, left, right, scope.step(str(segment)))
            for segment, left, right in rows
        ]

    def _settle(self, place: Place) -> None:
        trail, _, old, new, scope = place
        if old is MISSING or new is MISSING:
            how = "added" if old is MISSING else "missing"
        else:
            how = "changed" if kind(old) == kind(new) else "type"
        severity = self._count(old, new, scope)
        self.count += 1
        if len(self.differences) < self.limit:
            self.differences.append(
                Difference(pointer_of(trail), 1.0, change(old, new), how, severity, old, new)
            )

    def _count(self, old: Any, new: Any, scope: Scope) -> Severity:
        """Count a place at which two values differ as wholes; tell how grave that is."""
        if scope is PLAIN:
            number = max(leaves(old), leaves(new))
            self.all += number
            self.major += number
            return _MAJOR
        counted = larger(self._weigh(old, scope), self._weigh(new, scope))
        self._add(counted, counted)
        if counted.major:
            return Severity.MAJOR
        return Severity.MINOR if counted.minor else Severity.INFO

    def _weigh(self, value: Any, scope: Scope) -> Counted:
        return scope.weigh(value) if self.weighted else scope.counted(leaves(value))

    def _add(self, everything: Counted, differing: Counted) -> None:
        self.all += everything.total
        self.major += differing.major
        self.minor += differing.minor

    def _ask(self, rule: Rule, place: Place) -> None:
        trail, _, old, new, scope = place
        pointer = pointer_of(trail)
        assert rule.comparator is not None
        try:
            found = measure(rule.comparator, answer_of(old), answer_of(new))
        except NotComparable as exc:
            raise NotComparable(f"{pointer or 'the whole'}: {exc}", exc.obstacle) from exc
        counted = scope.counted(max(leaves(old), leaves(new)))
        inner = found.differences
        if found.value <= rule.tolerance:
            self._add(counted, Counted())
            inner = tuple(one for one in inner if one.severity is Severity.INFO)
        else:
            major = counted.major * (found.value if found.major is None else found.major)
            self._add(counted, Counted(major, counted.total * found.value - major))
            inner = inner or (Difference("", found.value, found.detail, old=old, new=new),)
        self._list(inner, pointer, scope.severity, (old, new))

    def _list(
        self, found: tuple[Difference, ...], pointer: str, severity: Severity, values: tuple[Any, Any]
    ) -> None:
        """List what a comparator of a place told, from the root, and no graver than the place is."""
        self.count += len(found)
        for one in found[: max(self.limit - len(self.differences), 0)]:
            detail = one.detail or change(*values)
            lesser = min(one.severity, severity, key=_ORDER.index)
            told = Difference(
                pointer + one.pointer, one.divergence, detail, one.kind, lesser, one.old, one.new
            )
            self.differences.append(told)


def _apart(old: Any, new: Any) -> list[Row]:
    """Pair the members of two values that are not of one type, or of one with nothing."""
    rows: list[Row] = []
    for value in (old, new):
        named = value if type(value) is dict else range(len(value)) if type(value) is list else ()
        rows += [(name, member(old, str(name)), member(new, str(name))) for name in named]
    return list({str(row[0]): row for row in rows}.values())


def _sorted_out(rows: list[Row]) -> tuple[list[Any], list[Any], list[Row]]:
    """Part the members that Python holds equal (old values, new values) from the others."""
    lefts, rights, others = [], [], []
    try:
        for one in rows:
            _, left, right = one
            if left == right and type(left) is type(right):
                lefts.append(left)
                rights.append(right)
            else:
                others.append(one)
    except RecursionError:  # too deep for the interpreter's own comparison: each is walked
        return [], [], rows
    return lefts, rights, others


def pointer_of(trail: Any) -> str:
    """Write how a place was reached as a pointer; beyond 2,000 characters, that of a place further up."""
    segments = []
    while trail is not None:
        trail, segment = trail
        segments.append(segment)
    pointer = unparse(reversed(segments))
    while len(pointer) > _LONGEST:
        segments = segments[(len(segments) + 1) // 2 :]
        pointer = unparse(reversed(segments))
    return pointer
