"""Builds a plugin from its options as a config file gives them: checked against its constructor first.

Every extension point is built here (comparators, confidence estimators, adapters); knows none of them.
"""

from __future__ import annotations

import collections.abc
import inspect
import typing
from difflib import get_close_matches
from enum import Enum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Built = TypeVar("Built")

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
# Annotations may name types that a module imports for the type checker only.
_USUAL = {
    **{name: getattr(typing, name) for name in typing.__all__},
    **{name: getattr(collections.abc, name) for name in collections.abc.__all__},
    "Any": Any,
}


class OptionsError(ValueError):
    """Options that cannot be used; `problems` holds one sentence for each, the message all of them."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def build_from(cls: Callable[..., Built], options: Mapping[str, Any], *, name: str = "") -> Built:
    """Build an instance of a class (or by a factory) from options given by name.

    Values are converted to the annotated types (1 to 1.0, a list to a tuple, a word to an enum's member);
    what is annotated with a type that cannot be checked is passed on as it is. `name` stands before each
    problem; the default is the class's own name. Raises OptionsError, a ValueError, that lists every unknown
    or missing option and every wrong type, or what the constructor itself refused.
    """
    name = name or getattr(cls, "__name__", type(cls).__name__)
    known = _parameters(cls, name)
    problems = [*_unknown(known, options), *_missing(known, options)]
    converted = {}
    for option, value in options.items():
        hint = _hint(cls, known[option]) if option in known else Any
        try:
            converted[option] = _convert(value, hint)
        except msgspec.ValidationError as exc:
            problems.append(f"{option!r}: {_wrong(value, hint) or exc}")
    if problems:
        raise OptionsError(f"{name}: {problem}" for problem in problems)
    try:
        return cls(**converted)
    except Exception as exc:
        told = str(exc) if isinstance(exc, ValueError) else f"{type(exc).__name__}: {exc}"
        raise OptionsError([f"{name}: {told}"]) from exc


def suggest(given: object, known: Iterable[str]) -> str:
    """Say what may have been meant by a word that is not known, and which words are."""
    words = sorted(known)
    close = get_close_matches(str(given), words, n=1)
    meant = f" (did you mean {close[0]!r}?)" if close else ""
    return f"{meant}; known: {', '.join(words) or 'none'}"


def _parameters(cls: Callable[..., Any], name: str) -> dict[str, inspect.Parameter]:
    try:
        parameters = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError) as exc:
        raise OptionsError([f"{name}: cannot be called with options"]) from exc
    return {parameter.name: parameter for parameter in parameters}


def _unknown(known: Mapping[str, inspect.Parameter], options: Mapping[str, Any]) -> list[str]:
    named = [parameter.name for parameter in known.values() if parameter.kind in _NAMED]
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in known.values()):
        return []
    return [f"unknown option {option!r}{suggest(option, named)}" for option in options if option not in named]


def _missing(known: Mapping[str, inspect.Parameter], options: Mapping[str, Any]) -> list[str]:
    problems = []
    for option, parameter in known.items():
        if parameter.default is not inspect.Parameter.empty or option in options:
            continue
        if parameter.kind in _NAMED:
            problems.append(f"option {option!r} is required")
        elif parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            problems.append(f"takes {option!r} by position, so no option can give it")
    return problems


def _hint(cls: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Resolve one annotation by itself, so that another one that cannot be resolved does no harm."""
    if parameter.kind not in _NAMED or parameter.annotation is inspect.Parameter.empty:
        return Any
    function = inspect.unwrap(cls.__init__ if inspect.isclass(cls) else cls)
    names = {**_USUAL, **getattr(function, "__globals__", {})}
    holder = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    try:
        return typing.get_type_hints(holder, names, names)[parameter.name]
    except Exception:  # noqa: BLE001 - evaluating a stranger's annotation may fail in any way
        return Any


def _convert(value: Any, hint: Any) -> Any:
    try:
        return msgspec.convert(value, hint)
    except (TypeError, RecursionError):  # a type that msgspec does not know
        return value


def _wrong(value: Any, hint: Any) -> str:
    """Say what a choice's values are; empty where the hint is no choice."""
    choices: Iterable[object]
    enums = [
        one for one in typing.get_args(hint) or (hint,) if inspect.isclass(one) and issubclass(one, Enum)
    ]
    if typing.get_origin(hint) is typing.Literal:
        choices = typing.get_args(hint)
    elif enums:
        choices = [member.value for member in enums[0]]
    else:
        return ""
    return f"{value!r} is none of its values{suggest(value, map(str, choices))}"
