"""Each side compared with its own repeat, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comparators import Answer, Exact, Json, Text
from comparators.divergence import Divergence
from comparators.panel import Entry, Panel
from fallback.noise.jitter import Gap, Sort
from shadow.scorer.repeats import seen_in

if TYPE_CHECKING:
    from fallback.noise.state import Seen

LEGACY = {"id": "a1", "price": 10.0, "items": [{"n": 1}, {"n": 2}]}


def found(legacy=LEGACY, model=LEGACY, *, again=None, own=None, entries=()) -> dict[str, Seen]:
    """Compare documents; a repeat that is None was not asked for."""

    def answer(document):
        if document is None or isinstance(document, Answer):
            return document
        return Answer.of(json=document)

    panel = Panel([Entry("", each) for each in entries or (Json(),)])
    first, other = answer(legacy), answer(model)
    judged = panel.judge(first, other)
    return seen_in(panel, judged, legacy=(first, answer(again)), model=(other, answer(own)))


def test_a_place_is_told_by_who_differs_there():
    """The elements of an array are one place."""
    model = {"id": "b2", "price": 11.0, "items": [{"n": 1}, {"n": 3}]}
    seen = found(model=model, again={**LEGACY, "id": "c3"}, own={**model, "id": "d4"})["json"]
    assert seen.diverged == {"/id", "/price", "/items/*/n"}
    assert (seen.legacy, seen.model) == ({"/id"}, {"/id"})
    assert (seen.gaps, seen.fields, seen.use) == ({"/id": Gap(Sort.OTHER)}, 3, "json")


def test_only_what_was_asked_again_is_known():
    """The floor of one side says nothing of the other's."""
    seen = found(again=LEGACY)["json"]
    assert (seen.diverged, seen.legacy, seen.model) == (frozenset(), frozenset(), None)
    seen = found(own=LEGACY)["json"]
    assert (seen.diverged, seen.legacy, seen.model) == (None, None, frozenset())


def test_the_widest_gap_of_a_place_is_told():
    """Of two elements that trembled."""
    legacy, again = {"a": [1.0, 2.0]}, {"a": [1.5, 2.1]}
    assert found(legacy, legacy, again=again)["json"].gaps == {"/a/*": Gap(Sort.NUMBER, 0.5, 1 / 3)}


def test_more_differences_than_are_listed_are_unknown_places():
    """Those beyond the list would look like agreement."""
    legacy, model = {"a": [1, 2, 3]}, {"a": [4, 5, 6]}
    seen = found(legacy, model, again=legacy, entries=(Json(limit=3), Exact()))
    assert (seen["json"].diverged, seen["json"].legacy) == (None, None)
    assert (seen["exact"].diverged, seen["exact"].legacy) == ({""}, frozenset())


def test_a_comparator_without_places_has_one():
    """The whole answer, or its own pointer."""

    def half(_legacy, _model):
        return Divergence(0.5)

    seen = found({"s": "a"}, {"s": "b"}, again={"s": "a"}, entries=(half, Text("/s")))
    assert (seen["half"].diverged, seen["half"].legacy, seen["half"].use) == ({""}, {""}, "")
    assert (seen["text/s"].diverged, seen["text/s"].legacy, seen["text/s"].fields) == ({"/s"}, frozenset(), 1)


@pytest.mark.parametrize("again", [Answer.of(text="no JSON"), None])
def test_what_cannot_be_compared_is_no_triple(again):
    """Nor does it keep the other comparators from theirs."""
    seen = found(again=again, entries=(Json(), Exact()))
    assert (seen["json"].diverged, seen["json"].legacy) == (None, None)
    assert seen["exact"].legacy == ({""} if again else None)


def test_the_places_of_an_answer_are_counted_up_to_a_bound():
    """However many members it has; elements once."""
    wide = {f"m{i}": i for i in range(5_000)}
    assert found(wide, wide, again=wide)["json"].fields == 500
    long = {"a": list(range(5_000)), "b": [], "c": {}}
    assert found(long, long, again=long)["json"].fields == 3
