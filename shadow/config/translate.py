"""Tells what pydantic found in our own words: path, what is wrong, what is allowed; never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shadow.config.keys import allowed_at
from shadow.config.problems import Path, Problem, one_of, suggestion

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from shadow.config.environment import Environment

_MUST_BE = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "model_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "tuple_type": "a list",
    "list_type": "a list",
}
_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
}
_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    dict: "a mapping",
    list: "a list",
}


def problems_of(error: ValidationError, document: Any, environment: Environment) -> list[Problem]:
    """Give a problem for each thing that pydantic found in a document."""
    found = error.errors(include_url=False)
    return [_problem(details, place_of(details, document), environment) for details in found]


def place_of(details: ErrorDetails, document: Any) -> Path:
    """Give the document's path of an error: pydantic's, without the steps it adds for keys and unions."""
    loc = details["loc"]
    place: list[str | int] = []
    for step in loc:
        if not _has(document, step):
            if details["type"] == "missing":
                place.append(step)
            break
        document = document[step]
        place.append(step)
    return tuple(place)


def _has(document: Any, step: str | int) -> bool:
    if isinstance(document, dict):
        return step in document
    return isinstance(document, list) and isinstance(step, int) and step < len(document)


def _problem(details: ErrorDetails, place: Path, environment: Environment) -> Problem:
    given = details["input"]
    context = details.get("ctx", {})
    match details["type"]:
        case "missing":
            text = "is missing"
        case "extra_forbidden":
            text = _unknown_key(place)
        case "value_error":
            text = str(context["error"])
        case "literal_error" | "enum":
            text = _not_one_of(context["expected"], None if environment.touches(place) else given)
        case "string_type":
            text = f"must be text, not {_kind(given)}"
            text += "; put it in quotes" if isinstance(given, int | float) else ""
        case "finite_number":
            text = "must be a finite number"
        case "string_too_short":
            text = "must not be empty"
        case kind if kind in _LIMITS:
            words, key = _LIMITS[kind]
            text = f"must be {words} {context[key]}"
        case kind if kind in _MUST_BE:
            text = f"must be {_MUST_BE[kind]}, not {_kind(given)}"
        case _:
            text = "cannot be used here"
    return Problem(place, text)


def _unknown_key(place: Path) -> str:
    allowed = allowed_at(place[:-1])
    near = suggestion(str(place[-1]), allowed)
    return f"unknown key{near or f'; there is: {one_of(allowed)}'}"


def _not_one_of(expected: str, given: object) -> str:
    allowed = expected.replace(" or ", ", ").replace("'", "").split(", ")
    if not isinstance(given, str):
        return f"must be one of {one_of(allowed)}"
    return f'must be one of {one_of(allowed)}, not "{given[:40]}"{suggestion(given, allowed)}'


def _kind(given: object) -> str:
    return "empty" if given is None else _KINDS.get(type(given), "this")
