"""The legacy address parser: the regular expressions of `streetaddress`, then one spelling of each word.

Knows nothing of HTTP or of the model.
"""

from __future__ import annotations

import re

import streetaddress
from streetaddress.addressconf import Directions, Streets

_WORD = re.compile(r"[a-z0-9'/-]+")
_DIRECTIONS = {name.strip("."): code.lower() for name, code in Directions.DIRECTIONAL.items()}


def parse(text: str) -> dict[str, str]:
    """Split a US postal address into number, street, city, state and zip; a part not found is "".

    Words are in lower case; in the street, a street's kind and a point of the compass are written by their
    postal abbreviations wherever they stand (`Las Vegas Boulevard South` is `las vegas blvd s`).
    """
    found = streetaddress.parse(text) or {}
    street = " ".join(found[part] for part in ("prefix", "street", "type", "suffix") if part in found)
    return {
        "number": " ".join(_words(found.get("number", ""))),
        "street": " ".join(_abbreviated(word) for word in _words(street)),
        "city": " ".join(_words(found.get("city", ""))),
        "state": " ".join(_words(found.get("state", ""))),
        "zip": found.get("zip", ""),
    }


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace(".", ""))


def _abbreviated(word: str) -> str:
    short: str = Streets.STREET_TYPES.get(word) or _DIRECTIONS.get(word, word)
    return short
