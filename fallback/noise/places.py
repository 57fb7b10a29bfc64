"""Names of places that hold for every answer: the elements of an array have one name together. Pure."""

from __future__ import annotations

import re

_INDEX = re.compile(r"/[0-9]+(?=/|$)")


def place_of(pointer: str) -> str:
    """Give a JSON Pointer with `*` for each index: `/items/3/id` is a place like `/items/7/id`, `/items/*/id`."""
    return _INDEX.sub("/*", pointer)


def array_of(place: str) -> str | None:
    """Give the outermost array that a place lies in, '' where that is the whole; None where it lies in none."""
    array, found, _ = f"{place}/".partition("/*/")
    return array if found else None
