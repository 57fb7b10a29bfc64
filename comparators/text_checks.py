"""What turns a text's meaning although its words stay close: other numbers, dates, names, or a "not"."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, get_args

from comparators.text_languages import (
    CONTRACTED,
    NEGATION_SIGNS,
    NEGATIONS,
    POLARITY,
    PORTUGUESE,
    WEEKDAYS,
)
from comparators.text_numbers import dates_of, has_digit, lacking_date, lacking_number
from comparators.text_reading import parted

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from comparators.text_reading import Reading

Check = Literal["numbers", "dates", "negation", "names"]
CHECKS: Final[tuple[Check, ...]] = get_args(Check)

_NEAR = 3  # words before what is said in which a "not" belongs to it
_ALIKE = 0.9  # how much alike two spellings of a name are, at least (Jaro–Winkler)
_STARTS = 3  # words: in a text of no more the first one's capital is a name's

_MOST_NAMES, _LONGEST_RUN, _LONGEST_NAME = (
    50,
    10,
    40,
)  # names, words of one, characters of a word: bounds of cost

Found = tuple[Check, str] | None


def failed(checks: AbstractSet[Check], first: Reading, second: Reading) -> Found:
    """Give the first check that fails and what it found, or None; symmetric.

    The shorter text is the one whose numbers, dates and names the other must tell, too; the longer may tell
    more. Of two of one length each must tell the other's.
    """
    if len(first.plain) == len(second.plain):
        first, second = sorted((first, second), key=lambda reading: reading.text)
        return _one_way(checks, first, second) or _one_way(checks, second, first)
    return _one_way(checks, *sorted((first, second), key=lambda reading: len(reading.plain)))


def _one_way(checks: AbstractSet[Check], shorter: Reading, longer: Reading) -> Found:
    found: Found = None
    if has_digit(shorter.text) and not checks.isdisjoint(("numbers", "dates")):
        found = _wrong_numbers(checks, shorter, longer)
    if found is None and "dates" in checks and (day := _other_weekday(shorter, longer)):
        found = ("dates", day)
    if found is None and "negation" in checks and (said := _negation(shorter, longer)):
        found = ("negation", said)
    if found is None and "names" in checks and (name := _unknown_name(shorter, longer)):
        found = ("names", name)
    return found


def _wrong_numbers(checks: AbstractSet[Check], shorter: Reading, longer: Reading) -> Found:
    dates = dates_of(shorter.text, shorter.words)
    others = dates_of(longer.text, longer.words) if dates else []
    told = dates if others else []  # a date beside none is but numbers
    if "numbers" in checks and (number := lacking_number(shorter.text, longer, dates=told)):
        return "numbers", number
    if "dates" in checks and (date := lacking_date(shorter.text, dates, others)):
        return "dates", date
    return None


def _other_weekday(shorter: Reading, longer: Reading) -> str:
    """Give the first day of the week that the longer text, which names one, does not."""
    if WEEKDAYS.keys().isdisjoint(shorter.words):
        return ""
    others = {WEEKDAYS[word] for word in WEEKDAYS.keys() & longer.words}
    days = (word for word in shorter.words if others and WEEKDAYS.get(word, -1) not in {-1, *others})
    return next(days, "")


def _negation(shorter: Reading, longer: Reading) -> str:
    if not shorter.words or not longer.words:
        return ""
    poles = POLARITY.get(shorter.words[0]), POLARITY.get(longer.words[0])
    if None not in poles and poles[0] is not poles[1]:
        return f"{shorter.words[0]} / {longer.words[0]}"
    if 2 * len(shorter.words) < len(longer.words):
        return _denied(shorter, longer)
    return "not" if _is_negated(shorter, longer) != _is_negated(longer, shorter) else ""


def _denied(shorter: Reading, longer: Reading) -> str:
    """Tell whether what the shorter text says stands in the longer one only behind a "not"."""
    if f" {shorter.plain} " not in f" {longer.plain} " or _is_negated(shorter, longer):
        return ""
    before = f" {longer.plain} ".split(f" {shorter.plain} ")[:-1]
    return "not" if all(not NEGATIONS.isdisjoint(part.split(" ")[-_NEAR:]) for part in before) else ""


def _is_negated(reading: Reading, other: Reading) -> bool:
    found = NEGATIONS.intersection(reading.words)
    if found and (found != {"no"} or _says_no(reading.words, other.words)):
        return True
    if "t" in reading.words and any(b == "t" and a in CONTRACTED for a, b in pairwise(reading.words)):
        return True
    return not reading.plain.isascii() and any(sign in reading.plain for sign in NEGATION_SIGNS)


def _says_no(words: list[str], others: list[str]) -> bool:
    """Tell "no" from the number of "No. 5", and from "in the" where either text is Portuguese."""
    followed = zip(words, [*words[1:], ""], strict=True)
    said = any(word == "no" and not following[:1].isdigit() for word, following in followed)
    return said and PORTUGUESE.isdisjoint(words) and PORTUGUESE.isdisjoint(others)


def _unknown_name(shorter: Reading, longer: Reading) -> str:
    """Give the first name of the shorter text of which the longer one has no word, or ""."""
    others = {word for word in longer.words if len(word) <= _LONGEST_NAME}
    names = _names(parted(shorter.text))[:_MOST_NAMES]
    return next((" ".join(name) for name in names if not _is_told(name, others)), "")


def _names(words: list[str]) -> list[list[str]]:
    """Give the runs of words that begin with a capital; the first word of a sentence is none."""
    runs: list[list[str]] = []
    inside = False
    for at, word in enumerate(words):
        capital = word[0].isupper() and (at > 0 or len(words) <= _STARTS)
        if capital and inside:
            runs[-1].append(word)
        elif capital:
            runs.append([word])
        inside = capital
    return runs


def _is_told(name: list[str], others: set[str]) -> bool:
    from rapidfuzz import process
    from rapidfuzz.distance import JaroWinkler

    folded = [word.casefold()[:_LONGEST_NAME] for word in name[:_LONGEST_RUN]]
    return not others.isdisjoint(folded) or any(
        process.extractOne(word, others, scorer=JaroWinkler.similarity, score_cutoff=_ALIKE) is not None
        for word in folded
    )
