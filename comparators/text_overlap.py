"""How much two texts share: the measure that is chosen from their lengths, at a cost near linear in them."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comparators.text_reading import Reading

    Shingles = set[str | tuple[str, ...]]

_LINE = 200  # characters: up to here the shorter text is looked at by characters, beyond by words
_PAGE = 1_000  # the same for the longer one: a page holds most of the 3-grams of its language
_LONGEST_WORD = 16  # characters a word on average; with more the script does not part its words
_CODE = 64  # characters of the longest code
_CONTAINED = 0.8  # the least that is left of a likeness for all the words around it
_ENDS = ".,;:!?\"'’“”()[]{}"


def overlap_apart(first: Reading, second: Reading) -> float:
    """Tell how far two texts lie apart, in [0, 1]; symmetric, 0 for the same words in the same order.

    - Two codes (one word each, with digits or signs inside) by edit distance.
    - Two lines, or a line and a page, by the 3-grams of characters that they share.
    - Longer texts by the words, and the pairs of neighbouring words, that they share.

    What is shared counts as a share of the shorter text's (the overlap coefficient: is the one contained in
    the other?), times √r, where r is how many the shorter has for each of the longer – which makes it the
    cosine of the two sets (Ochiai's coefficient) –, but at least times 0.8 + 0.1 √r: the words around an
    answer cost a fifth at most.
    """
    codes = _code(first.text), _code(second.text)
    if all(codes):
        return _edit(*codes)
    if first.plain == second.plain and first.plain:
        return 0.0
    if bool(first.plain) != bool(second.plain):
        return 1.0
    old, new = _shingles(first, second)
    return max(1.0 - _likeness(old, new), 1.0 / (len(first.text) + len(second.text)))


def _likeness(old: Shingles, new: Shingles) -> float:
    fewer, more = sorted((len(old), len(new)))
    if not fewer:
        return 0.0
    size = sqrt(fewer / more)
    return len(old & new) / fewer * max(size, _CONTAINED + 0.1 * size)


def _shingles(first: Reading, second: Reading) -> tuple[Shingles, Shingles]:
    if not first.plain:  # nothing but punctuation
        return _grams(first.text), _grams(second.text)
    shorter, longer = sorted((len(first.plain), len(second.plain)))
    unparted = longer > _LONGEST_WORD * max(len(first.words), len(second.words))
    if unparted or (shorter <= _LINE and longer <= _PAGE):
        return _grams(first.plain), _grams(second.plain)
    return _pairs(first.words), _pairs(second.words)


def _grams(plain: str) -> Shingles:
    padded = f" {plain} "
    return set(zip(padded, padded[1:], padded[2:], strict=False))


def _pairs(words: list[str]) -> Shingles:
    shingles: Shingles = set(words)
    shingles.update(pairwise(words))
    return shingles


def _code(text: str) -> str:
    """Give a code, without punctuation around it and casefolded; "" for what is none, such as a plain word."""
    if len(text) > 2 * _CODE:
        return ""
    text = text.strip().strip(_ENDS)
    is_code = len(text) <= _CODE and not text.isalpha() and len(text.split()) == 1
    return text.casefold() if is_code else ""


def _edit(first: str, second: str) -> float:
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_distance(first, second))
