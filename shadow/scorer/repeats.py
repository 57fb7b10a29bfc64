"""Compares each side with its own repeat, by the route's panel, place by place. Pure but for plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comparators.json_tree import Json
from comparators.json_value import CONTAINERS
from fallback.noise.places import place_of
from fallback.noise.state import PATHS, Seen
from shadow.scorer.gaps import gap_at

if TYPE_CHECKING:
    from comparators.answer import Answer
    from comparators.panel import Entry, Judgement, Panel, Score
    from fallback.noise.jitter import Gap


def seen_in(
    panel: Panel,
    first: Judgement,
    *,
    legacy: tuple[Answer, Answer | None],
    model: tuple[Answer, Answer | None],
) -> dict[str, Seen]:
    """Tell, by comparator, where legacy and its repeat, and the model and its repeat, differ.

    `first` is the panel's judgement of legacy and model; the second of a pair is None when it was not asked again.
    """
    floor = panel.judge(legacy[0], legacy[1]).scores if legacy[1] is not None else None
    own = panel.judge(model[0], model[1]).scores if model[1] is not None else None
    found = {}
    for i, entry in enumerate(panel.entries):
        diverged, repeated = (
            _differing(entry, first.scores[i]),
            _differing(entry, floor[i] if floor else None),
        )
        together = diverged is not None and repeated is not None
        found[entry.label] = Seen(
            diverged=diverged if together else None,
            legacy=repeated if together else None,
            model=_differing(entry, own[i] if own else None),
            gaps=_gaps(entry, floor[i], legacy) if floor and together else {},
            fields=_fields(legacy[0]) if together and isinstance(entry.comparator, Json) else 1,
            use=str(getattr(entry.comparator, "name", "")),
        )
    return found


def _differing(entry: Entry, score: Score | None) -> frozenset[str] | None:
    """Give the places that differ; None when they are unknown: not compared, or more than are listed."""
    if score is None or score.divergence is None:
        return None
    comparator = entry.comparator
    if isinstance(comparator, Json) and len(score.differences) >= max(comparator.limit, 1):
        return None
    if not score.differences:
        return frozenset([""]) if score.divergence else frozenset()
    return frozenset(place_of(each.pointer) for each in score.differences)


def _gaps(entry: Entry, score: Score, legacy: tuple[Answer, Answer | None]) -> dict[str, Gap]:
    """Tell what the differences of legacy from itself are like, where its answers are JSON: of a place the widest."""
    first, second = legacy
    if not isinstance(entry.comparator, Json) or second is None:
        return {}
    gaps: dict[str, Gap] = {}
    for each in score.differences:
        gap = gap_at(each.pointer, first.json, second.json)
        known = gaps.get(place := place_of(each.pointer))
        if known is None or gap.width > known.width:
            gaps[place] = gap
    return gaps


def _fields(answer: Answer) -> int:
    """Count the places of an answer: its leaves, those of an array's elements once. No more than are kept."""
    places: set[str] = set()
    stack: list[tuple[str, Any]] = [("", answer.json)]
    while stack and len(places) < PATHS:
        place, value = stack.pop()
        if type(value) not in CONTAINERS or not value:
            places.add(place)
        elif type(value) is list:
            stack += [(f"{place}/*", each) for each in value[:PATHS]]
        else:
            stack += [(f"{place}/{key}", each) for key, each in value.items()]
    return len(places)
