"""Patterns: which places of a document are meant, by rules, for leaving out and for looking only there.

A pattern is a JSON Pointer in which a segment `*` stands for any one member or element – a member that is really
named `*` cannot be told from it –, or a JSONPath, which begins with `$`. Knows nothing of comparators.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar

from comparators.json_value import CONTAINERS
from comparators.pointer import MISSING, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from comparators.json_path import Query

Rule = TypeVar("Rule")


class Step(Enum):
    """A segment of a pattern that is no name: any one member or element, or any number of levels."""

    ANY = "*"
    DEEP = ".."


ANY: Final[Literal[Step.ANY]] = Step.ANY
DEEP: Final[Literal[Step.DEEP]] = Step.DEEP
Path = tuple[str | Step, ...]

_LONGEST = 100  # segments


@dataclass(slots=True, eq=False)
class Branch(Generic[Rule]):
    """One step of a tree of patterns: where each next segment leads, and the rule of those that end here.

    `deep` is a branch that holds here and, being `lasting`, at every level below.
    """

    named: dict[str, Branch[Rule]] = field(default_factory=dict)
    any: Branch[Rule] | None = None
    deep: Branch[Rule] | None = None
    lasting: bool = False
    rule: Rule | None = None


Branches = tuple[Branch[Rule], ...]
"""Every branch that the path walked so far leads to; those named exactly come before wildcards, and these before
those of any depth, the first segment counting most."""


class Patterns(Generic[Rule]):
    """Some patterns and the rule of each, ready to be followed through documents; `fixed` are those always the same.

    Raises ValueError for a pattern that is neither a pointer nor a JSONPath, or has more than 100 segments.
    """

    def __init__(self, rules: Mapping[str, Rule], *, further: Iterable[tuple[Path, Rule]] = ()) -> None:
        self.fixed: list[tuple[Path, Rule]] = list(further)
        self._queries: list[tuple[Query, Rule]] = []
        for pattern, rule in rules.items():
            paths, query = read(pattern)
            self.fixed += [(path, rule) for path in paths]
            if query is not None:
                self._queries.append((query, rule))
        self._grown = grow(self.fixed)

    def __bool__(self) -> bool:
        return bool(self._grown or self._queries)

    def of(self, *documents: Any) -> Branches[Rule]:
        """Give the tree that holds for some documents; no pattern gives no branch.

        Only patterns that depend on the documents' contents, such as filters, are looked up: a place found in one
        document is meant in all. Raises ValueError where that goes too deep.
        """
        if not self._queries:
            return self._grown
        found = ((query.places(one), rule) for query, rule in self._queries for one in documents)
        return grow([*self.fixed, *((path, rule) for paths, rule in found for path in paths)])


def read(pattern: str) -> tuple[tuple[Path, ...], Query | None]:
    """Read a pattern: the paths it stands for, or a query when these depend on the document."""
    query = None
    if pattern.startswith("$"):
        from comparators.json_path import read_json_path

        paths, query = read_json_path(pattern)
    else:
        paths = (tuple(ANY if segment == "*" else segment for segment in parse(pattern)),)
    if any(len(path) > _LONGEST for path in paths):
        raise ValueError(f"the pattern {pattern[:40]!r}… has more than {_LONGEST} segments")
    return paths, query


def grow(rules: Iterable[tuple[Path, Rule]]) -> Branches[Rule]:
    """Build the tree of some paths and the rule of each, and give where it begins."""
    root: Branch[Rule] = Branch()
    empty = True
    for path, rule in rules:
        branch, empty = root, False
        for segment in path:
            branch = _next(branch, segment)
        branch.rule = rule
    return () if empty else _opened([], root)


def _next(branch: Branch[Rule], segment: str | Step) -> Branch[Rule]:
    if segment is ANY:
        branch.any = branch.any or Branch()
        return branch.any
    if segment is DEEP:
        branch.deep = branch.deep or Branch(lasting=True)
        return branch.deep
    assert isinstance(segment, str)
    return branch.named.setdefault(segment, Branch())


def _opened(found: list[Branch[Rule]], *branches: Branch[Rule] | None) -> Branches[Rule]:
    """Add branches, each once, and with each the one of any depth that begins there."""
    for branch in branches:
        one = branch
        while one is not None and one not in found:
            found.append(one)
            one = one.deep
    return tuple(found)


def step(branches: Branches[Rule], segment: str) -> Branches[Rule]:
    """Follow every branch by one segment of a document's path."""
    if len(branches) == 1 and branches[0].any is None:  # the commonest case
        (only,) = branches
        named = only.named.get(segment)
        if named is None:
            return branches if only.lasting else ()
        if not only.lasting and named.deep is None:
            return (named,)
    found: list[Branch[Rule]] = []
    for b in branches:
        _opened(found, b.named.get(segment), b.any, b if b.lasting else None)
    return tuple(found)


def is_uniform(branches: Branches[Any]) -> bool:
    """Whether every member or element is reached alike, for none is named."""
    return not any(branch.named for branch in branches)


def rule_of(branches: Branches[Rule]) -> Rule | None:
    """Give the rule that holds here, the most exact one first; None when there is none."""
    for branch in branches:
        if branch.rule is not None:
            return branch.rule
    return None


def prune(value: Any, branches: Branches[bool]) -> Any:
    """Copy a document without the places that carry a rule; only what lies along the patterns is copied.

    An element left out of an array becomes MISSING, and is dropped at the array's end, so that the others keep
    their places.
    """
    if type(value) not in CONTAINERS:
        return value
    whole = value.copy()
    stack = [(whole, branches)]
    while stack:
        top, at = stack.pop()
        if type(top) is dict:
            for name, below in _members_below(at, top):
                if rule_of(below):
                    del top[name]
                elif type(one := top[name]) is dict or type(one) is list:
                    top[name] = one = one.copy()
                    stack.append((one, below))
        else:
            _prune_elements(top, at, stack)
    return whole


def _prune_elements(elements: list[Any], branches: Branches[bool], stack: list[Any]) -> None:
    """Leave elements out, and copy those to be looked into: onto the stack, unless it is done with them here."""
    if is_uniform(branches):
        below = step(branches, "")
        if rule_of(below):
            elements.clear()
        elif below:
            _prune_alike(elements, below, stack)
        return
    for index, one in enumerate(elements):
        below = step(branches, str(index))
        if rule_of(below):
            elements[index] = MISSING
        elif below and type(one) in CONTAINERS:
            elements[index] = one.copy()
            stack.append((elements[index], below))
    _shorten(elements)


def _prune_alike(elements: list[Any], below: Branches[bool], stack: list[Any]) -> None:
    """Copy elements for which the same holds; the commonest case, members of objects that go, is done at once."""
    names = _names_that_end(below)
    for index, one in enumerate(elements):
        if type(one) is dict and names:
            elements[index] = copy = one.copy()
            for name in names:
                copy.pop(name, None)
        elif type(one) in CONTAINERS:
            elements[index] = one.copy()
            stack.append((elements[index], below))


def _names_that_end(branches: Branches[Any]) -> tuple[str, ...]:
    """Give the names of members that carry a rule, where nothing else does; no name where that is not so."""
    if len(branches) != 1 or branches[0].any or branches[0].deep or branches[0].lasting:
        return ()
    named = branches[0].named
    return tuple(named) if all(one.rule is not None for one in named.values()) else ()


def _shorten(elements: list[Any]) -> None:
    while elements and elements[-1] is MISSING:
        elements.pop()


def keep(value: Any, branches: Branches[bool]) -> Any:
    """Copy what carries a rule, with all below, and nothing else; MISSING when there is no such place.

    Elements before one that is kept become MISSING, so that it keeps its place.
    """
    stack: list[tuple[Any, Branches[bool], bool]] = [(value, branches, False)]
    made: list[Any] = []  # what has been made of the values done, the latest last
    while stack:
        top, at, done = stack.pop()
        if rule_of(at):
            made.append(top)
        elif type(top) not in CONTAINERS or not at:
            made.append(MISSING)
        elif not done:
            stack.append((top, at, True))
            stack += [(one, step(at, name), False) for name, one in reversed(members(top))]
        else:
            size = len(top)
            parts = made[len(made) - size :]
            del made[len(made) - size :]
            made.append(_joined(top, parts))
    return made.pop()


def _joined(container: Any, parts: list[Any]) -> Any:
    if type(container) is dict:
        kept = {key: part for key, part in zip(container, parts, strict=True) if part is not MISSING}
        return kept or MISSING
    _shorten(parts)
    return parts or MISSING


def _members_below(branches: Branches[Rule], value: dict[str, Any]) -> list[tuple[str, Branches[Rule]]]:
    """Give the names of members that the patterns lead on by."""
    if len(branches) == 1 and branches[0].any is None and not branches[0].lasting:  # the commonest case
        named = branches[0].named.items()
        return [
            (name, (one,) if one.deep is None else _opened([], one)) for name, one in named if name in value
        ]
    if any(branch.any is not None or branch.lasting for branch in branches):
        segments: Iterable[str] = list(value)
    else:
        segments = [segment for branch in branches for segment in branch.named if segment in value]
    return [(segment, below) for segment in dict.fromkeys(segments) if (below := step(branches, segment))]


def members(value: Any) -> list[tuple[str, Any]]:
    """Give the segments that lead from a container to its members or elements, and these."""
    if type(value) is dict:
        return list(value.items())
    return [(str(index), one) for index, one in enumerate(value)]
