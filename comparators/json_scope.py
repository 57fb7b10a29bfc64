"""What holds at a place of two documents: its rules, how its arrays are aligned, and what it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from comparators.divergence import Severity
from comparators.json_value import CONTAINERS, leaves
from comparators.pattern import is_uniform, members, rule_of, step

if TYPE_CHECKING:
    from comparators.json_align import Alignment
    from comparators.json_rule import Rule
    from comparators.pattern import Branches


class Counted(NamedTuple):
    """Leaves by weight: those of major places, and those of minor ones; those of severity info do not count."""

    major: float = 0
    minor: float = 0

    @property
    def total(self) -> float:
        """All of them."""
        return self.major + self.minor


class Scope(NamedTuple):
    """What holds at a place and may hold further on; `only` are the places that count, if not all do."""

    rules: Branches[Rule] = ()
    arrays: Branches[Alignment] = ()
    only: Branches[bool] = ()
    weight: float = 1
    severity: Severity = Severity.MAJOR

    def step(self, segment: str) -> Scope:
        """Go on by one segment."""
        if self is PLAIN:
            return self
        rules, arrays, only, weight, severity = self
        if rules:
            rules = step(rules, segment)
        if arrays:
            arrays = step(arrays, segment)
        if only:
            only = () if rule_of(only) else step(only, segment)
        rule = rule_of(rules)
        if rule is not None:
            weight = weight if rule.weight is None else rule.weight
            severity = rule.severity or severity
        if not (rules or arrays or only) and weight == 1 and severity is Severity.MAJOR:
            return PLAIN
        return Scope(rules, arrays, only, weight, severity)

    def is_uniform(self) -> bool:
        """Whether the same holds for every element of an array."""
        return is_uniform(self.rules) and is_uniform(self.arrays) and is_uniform(self.only)

    def is_outside(self) -> bool:
        """Whether this place is above those that count."""
        return bool(self.only) and not rule_of(self.only)

    def counted(self, number: float) -> Counted:
        """Weigh a number of leaves at this place, whatever may hold further on."""
        if self.severity is Severity.MAJOR:
            return Counted(major=number * self.weight)
        return Counted(minor=number * self.weight) if self.severity is Severity.MINOR else Counted()

    def weigh(self, value: Any) -> Counted:
        """Weigh the leaves of a value at this place, by the rules that hold further on."""
        if not self.rules or type(value) not in CONTAINERS:
            return self.counted(leaves(value))
        major = minor = 0.0
        stack = [(self, value)]
        while stack:
            scope, one = stack.pop()
            rule = rule_of(scope.rules)
            ends = not scope.rules or (rule is not None and rule.comparator is not None)
            if ends or type(one) not in CONTAINERS or not one:
                counted = scope.counted(leaves(one))
                major, minor = major + counted.major, minor + counted.minor
            else:
                stack += [(scope.step(name), each) for name, each in members(one)]
        return Counted(major, minor)


PLAIN: Final = Scope()
"""Nothing special holds, here or further on."""


def start(rules: Branches[Rule], arrays: Branches[Alignment], only: Branches[bool]) -> Scope:
    """Give what holds for whole documents."""
    if not (rules or arrays or only):
        return PLAIN
    rule = rule_of(rules)
    if rule is None:
        return Scope(rules, arrays, only)
    weight = 1 if rule.weight is None else rule.weight
    return Scope(rules, arrays, only, weight, rule.severity or Severity.MAJOR)


def larger(old: Counted, new: Counted) -> Counted:
    """Give what two unlike values count at one place."""
    return Counted(max(old.major, new.major), max(old.minor, new.minor))
