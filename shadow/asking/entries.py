"""The comparators that have to ask somebody, as entries of a panel. Alone they cannot compare anything."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, Literal

from comparators.divergence import NotComparable
from comparators.options import build_from
from comparators.panel import Entry
from comparators.pointer import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comparators.answer import Answer
    from comparators.divergence import Divergence

Kind = Literal["judge", "embedding"]
LIMIT = 20_000
"""Characters of one answer that are sent."""

_OF_ENTRY = tuple(field.name for field in fields(Entry) if field.name != "comparator")


class AskedComparator:
    """A place in a panel for what somebody outside says of two answers.

    `of` names a judge or an embedding of the configuration. `pointer` picks a JSON value of each answer, ""
    the whole. `sample` is the share of exchanges that are asked about.
    """

    def __init__(self, kind: Kind, of: str, pointer: str, sample: float, limit: int) -> None:
        if not 0 < sample <= 1:
            raise ValueError(f"sample must be above 0 and at most 1, not {sample!r}")
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        self.name: Kind = kind
        self.of = of
        self.pointer = pointer
        self.path = parse(pointer)
        self.sample = sample
        self.limit = limit

    def __call__(self, _legacy: Answer, _model: Answer, /) -> Divergence:
        """Say that nobody was asked."""
        raise NotComparable(f"{self.name} {self.of} was not asked")


def judge(judge: str, pointer: str = "", *, sample: float = 1.0, limit: int = LIMIT) -> AskedComparator:
    """Build a judge's place from its options."""
    return AskedComparator("judge", judge, pointer, sample, limit)


def embedding(embedding: str, pointer: str = "", *, limit: int = LIMIT) -> AskedComparator:
    """Build an embedding's place from its options: it counts in the verdict, so it is asked about every exchange."""
    return AskedComparator("embedding", embedding, pointer, 1.0, limit)


ASKED: Final[Mapping[str, Callable[..., AskedComparator]]] = {"judge": judge, "embedding": embedding}


def asked_entry(spec: Mapping[str, Any]) -> Entry:
    """Build a panel's entry from a route's `compare`; OptionsError lists all that is wrong with it."""
    use = str(spec["use"])
    options = {key: value for key, value in spec.items() if key not in (*_OF_ENTRY, "use")}
    comparator = build_from(ASKED[use], options, name=use)
    own = {key: spec[key] for key in _OF_ENTRY if key in spec}
    return build_from(Entry, {"label": "", "comparator": comparator, **own}, name=use)
