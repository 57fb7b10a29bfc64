"""Patterns: JSON Pointers in which a segment `*` stands for any one member or element.

They pick places in documents for rules, for leaving out and for looking only there. A member that is
really named `*` cannot be told from the wildcard. Knows nothing of comparators.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from comparators.pointer import MISSING, index_of, member, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Rule = TypeVar("Rule")
Path = tuple[str, ...]

WILDCARD = "*"
_LONGEST = 100  # segments: following patterns recurses this deep at most


@dataclass(slots=True)
class Branch(Generic[Rule]):
    """One step of a tree of patterns: where each next segment leads, and the rule of those that end here."""

    named: dict[str, Branch[Rule]] = field(default_factory=dict)
    any: Branch[Rule] | None = None
    rule: Rule | None = None


Branches = tuple[Branch[Rule], ...]
"""Every branch that the path walked so far leads to; those named
exactly come before wildcards, the first segment counting most."""


def grow(rules: Mapping[str, Rule]) -> Branches[Rule]:
    """Build the tree of some patterns and the rule of each; no pattern gives no branch.

    Raises ValueError for a pattern that is no pointer or has more than 100 segments.
    """
    root: Branch[Rule] = Branch()
    for pattern, rule in rules.items():
        branch = root
        for segment in segments_of(pattern):
            branch = _next(branch, segment)
        branch.rule = rule
    return (root,) if rules else ()


def segments_of(pattern: str) -> Path:
    """Read a pattern; raises ValueError when it is no pointer or too long."""
    segments = parse(pattern)
    if len(segments) > _LONGEST:
        raise ValueError(f"the pattern {pattern[:40]!r}… has more than {_LONGEST} segments")
    return segments


def _next(branch: Branch[Rule], segment: str) -> Branch[Rule]:
    if segment != WILDCARD:
        return branch.named.setdefault(segment, Branch())
    if branch.any is None:
        branch.any = Branch()
    return branch.any


def step(branches: Branches[Rule], segment: str) -> Branches[Rule]:
    """Follow every branch by one segment of a document's path."""
    further = [(b.named.get(segment), b.any) for b in branches]
    return tuple(branch for pair in further for branch in pair if branch is not None)


def rule_of(branches: Branches[Rule]) -> Rule | None:
    """Give the rule that holds here, the most exact one first; None when there is none."""
    for branch in branches:
        if branch.rule is not None:
            return branch.rule
    return None


def prune(value: Any, branches: Branches[bool]) -> Any:
    """Copy a document without the places that carry a rule; only what lies along the patterns is copied.

    An element left out of an array becomes null, and is dropped at the array's end, so that the others
    keep their places.
    """
    if type(value) is dict:
        return _prune_object(value, branches)
    return _prune_array(value, branches) if type(value) is list else value


def _prune_object(value: dict[str, Any], branches: Branches[bool]) -> dict[str, Any]:
    members = dict(value)
    for key, below in _below(branches, value):
        if key not in members:
            continue
        if rule_of(below):
            del members[key]
        else:
            members[key] = prune(members[key], below)
    return members


def _prune_array(value: list[Any], branches: Branches[bool]) -> list[Any]:
    elements, left_out = list(value), set()
    for segment, below in _below(branches, value):
        index = index_of(segment)
        if index is None or index >= len(elements):
            continue
        if rule_of(below):
            elements[index] = None
            left_out.add(index)
        else:
            elements[index] = prune(elements[index], below)
    while elements and len(elements) - 1 in left_out:
        elements.pop()
    return elements


def _below(branches: Branches[Rule], value: Any) -> list[tuple[str, Branches[Rule]]]:
    """Give every segment that the patterns lead on by; some may not be there."""
    if len(branches) == 1 and branches[0].any is None:  # the commonest case
        return [(segment, (branch,)) for segment, branch in branches[0].named.items()]
    if any(branch.any is not None for branch in branches):
        segments: Iterable[str] = names(value)
    else:
        segments = dict.fromkeys(segment for branch in branches for segment in branch.named)
    return [(segment, step(branches, segment)) for segment in segments]


def names(value: Any) -> list[str]:
    """Give the segments that lead from a value to its members or elements; a scalar has none."""
    if type(value) is dict:
        return list(value)
    return [str(index) for index in range(len(value))] if type(value) is list else []


def places(patterns: Iterable[Sequence[str]], old: Any, new: Any) -> list[tuple[Path, Any, Any]]:
    """Find where the patterns lead in either of two documents: path, old and new value (or MISSING).

    A place below another one found is left out, for the upper one covers it.
    """
    found: dict[Path, tuple[Any, Any]] = {}
    for pattern in patterns:
        found.update(_expand(pattern, old, new))
    return [(path, *pair) for path, pair in found.items() if not _covered(path, found)]


def _expand(pattern: Sequence[str], old: Any, new: Any) -> dict[Path, tuple[Any, Any]]:
    front: dict[Path, tuple[Any, Any]] = {(): (old, new)}
    for segment in pattern:
        further = {}
        for path, (left, right) in front.items():
            for name in dict.fromkeys(names(left) + names(right)) if segment == WILDCARD else (segment,):
                pair = member(left, name), member(right, name)
                if pair != (MISSING, MISSING):
                    further[*path, name] = pair
        front = further
    return front


def _covered(path: Path, found: Mapping[Path, object]) -> bool:
    return any(path[:length] in found for length in range(len(path)))
