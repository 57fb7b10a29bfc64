from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import pytest

from comparators.options import OptionsError, build_from, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Context


class Callee(Protocol):
    """What a plugin may want of another."""

    def answer(self) -> int:
        """Answer."""
        ...


class Plugin:
    """Stands for any plugin: every kind of annotation it might have."""

    def __init__(
        self,
        field: str,
        *,
        share: float = 0.0,
        count: int | None = None,
        mode: Literal["min", "max"] = "min",
        names: Sequence[str] = (),
        table: Mapping[str, float] | None = None,
        context: Context | None = None,
        anything=None,
    ):
        """Keep everything."""
        self.got = (field, share, count, mode, names, table, context, anything)


@dataclass(frozen=True)
class Point:
    """A plugin may be a dataclass."""

    x: float
    y: float = 0.0


def factory(field: str, **more: int) -> tuple[str, dict[str, int]]:
    """Stand for a plugin that is a function and takes any option."""
    return field, more


def by_position(field: str, /) -> str:
    """Stand for a factory that no option can reach."""
    return field


def problems_of(cls, options):
    """Build in vain."""
    with pytest.raises(OptionsError) as caught:
        build_from(cls, options)
    return list(caught.value.problems)


def test_good_options_build_the_plugin():
    """Values are converted where the annotation asks for it."""
    options = {
        "field": "a",
        "share": 1,
        "count": 2,
        "mode": "max",
        "names": ["x"],
        "table": {"y": 1},
        "anything": len,
    }
    assert build_from(Plugin, options).got == ("a", 1.0, 2, "max", ["x"], {"y": 1.0}, None, len)


def test_an_annotation_that_cannot_be_resolved_is_passed_on():
    """A type imported for the type checker only does no harm to the others."""
    assert build_from(Plugin, {"field": "a", "context": 5}).got[6] == 5


def test_a_type_that_cannot_be_checked_is_passed_on():
    """A Protocol says nothing of what a config file may hold."""

    def wrapped(*, inner: Callee) -> object:
        return inner

    assert build_from(wrapped, {"inner": -5}) == -5


def test_all_problems_come_at_once():
    """Unknown, missing and wrong, each in one sentence that names the option."""
    assert problems_of(Plugin, {"shere": 1, "share": "abc", "count": True, "mode": "mix", "names": "x"}) == [
        (
            "Plugin: unknown option 'shere' (did you mean 'share'?); "
            "known: anything, context, count, field, mode, names, share, table"
        ),
        "Plugin: option 'field' is required",
        "Plugin: 'share': Expected `float`, got `str`",
        "Plugin: 'count': Expected `int | null`, got `bool`",
        "Plugin: 'mode': 'mix' is none of its values (did you mean 'min'?); known: max, min",
        "Plugin: 'names': Expected `array`, got `str`",
    ]


def test_the_message_holds_every_problem():
    """It is one ValueError, for whoever knows no more."""
    with pytest.raises(
        ValueError, match=r"^here: option 'x' is required; here: 'y': Expected `float`, got `str`$"
    ):
        build_from(Point, {"y": "low"}, name="here")


def test_dataclasses_and_factories_are_built_alike():
    """A plugin need not be a class with a constructor of its own."""
    found = (build_from(Point, {"x": 1}), build_from(factory, {"field": "a", "k": 1}))
    assert found == (Point(1.0, 0.0), ("a", {"k": 1}))


def test_a_partial_factory_is_checked_too():
    """What it has already is no longer required."""
    assert build_from(functools.partial(factory, "a"), {}) == ("a", {})


def test_what_takes_arguments_by_position_cannot_be_built():
    """And says why."""
    assert problems_of(by_position, {}) == [
        "by_position: takes 'field' by position, so no option can give it"
    ]


def test_what_has_no_signature_cannot_be_built():
    """Its options cannot be checked."""
    assert problems_of(dict, {}) == ["dict: cannot be called with options"]


def test_what_the_constructor_refuses_is_told():
    """Its own ValueError in its own words, anything else with the exception's name."""

    def picky(*, n: int = 0) -> int:
        if n < 0:
            raise ValueError("n must not be negative")
        return 1 // n

    assert [problems_of(picky, {"n": n}) for n in (-1, 0)] == [
        ["picky: n must not be negative"],
        ["picky: ZeroDivisionError: integer division or modulo by zero"],
    ]


def test_option_names_that_are_no_words_are_unknown():
    """YAML may give a number as a key."""
    assert problems_of(Point, {"x": 1, 5: 1}) == ["Point: unknown option 5; known: x, y"]


def test_a_suggestion_lists_what_is_known():
    """And the nearest of them, if one is near."""
    assert [suggest("numbr", ["number", "text"]), suggest("zzz", ["text"]), suggest("x", [])] == [
        " (did you mean 'number'?); known: number, text",
        "; known: text",
        "; known: none",
    ]
