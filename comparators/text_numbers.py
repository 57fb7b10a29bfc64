"""The numbers and dates that a text tells, however it writes them, and which of them another text lacks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from comparators.text_languages import MONTHS, NUMBERS, SCALES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from comparators.text_reading import Reading

    Day = tuple[int | None, int, int | None]

_MOST_DATES = 200
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(
    r"\d(\d{0,2}(?: \d{3}){1,4}(?!\d)|\d{0,39}(?:[.,'’]\d{1,40}){0,9})"  # begins with one sign: searched fast
    r"(?:\s?([^\W\d_]{1,10})(?![^\W_]))?"  # perhaps a scale: 1.5 million, 3k
)
_SIGNS = "-−"
_BEFORE_A_SIGN = " \t\n([{:=,;$€£¥"  # so the hyphen of F-16 and of 10-12 is none
_NUMERAL = re.compile(r"(?<![\d.,'’])\d{1,40}(?:[.,'’]\d{1,40}){1,9}(?![\d.,'’]*\d)")
_PARTED = re.compile(r"\d[-/.]\d")
_ITEM = re.compile(r"^[ \t]*+\d{1,3}+[.)][ \t]", re.MULTILINE)  # the number of a list's item tells nothing
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<![\d.,])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\d.]\d|\d)")
# 1 November 2026, 1st of Nov. 2026, 1 de noviembre de 2026; the year may be missing
_DAY_MONTH = r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|\.|º)?[ ,-]{1,2}(?:of |de )?(MONTH)\b\.?(?:,? ?(?:de |of )?(\d{4})\b)?"
_MONTH_DAY = r"\b(MONTH)\b\.? (\d{1,2})(?:st|nd|rd|th)?\b(?!:)(?:,? (\d{4})\b)?"
_MONTH_YEAR = r"\b(MONTH)\b\.?,? (?:de |of )?(\d{4})\b"


@dataclass(frozen=True, slots=True)
class Date:
    """A date as it may be meant: 1/2/2026 has two readings; where year or day is not told it is None."""

    days: frozenset[Day]
    start: int
    end: int

    def agrees(self, other: Date) -> bool:
        """Whether both may be the same day, as far as both tell."""
        return any(
            all(a is None or b is None or a == b for a, b in zip(*pair, strict=True))
            for pair in product(self.days, other.days)
        )


def has_digit(text: str) -> bool:
    """Whether there is anything here to be read."""
    return _DIGIT.search(text) is not None


def lacking_number(text: str, other: Reading, *, dates: Iterable[Date] = ()) -> str:
    """Give the first number of a text that another one does not tell, or ""; those inside `dates` are left out.

    1,234.50 is 1234.5 and 1.234,5; 1,234 may be read both ways; 1.5 million is 1500000; the other text may
    also write a number as a word.
    """
    wanted = [(token, values) for at, token, values in _numbers(text) if not _inside(at, dates)]
    if not wanted:
        return ""
    known = {value for _, _, values in _numbers(other.text) for value in values}
    known.update(str(NUMBERS[word]) for word in NUMBERS.keys() & other.words)
    return next((token for token, values in wanted if known.isdisjoint(values)), "")


def plain_numbers(text: str) -> str:
    """Write each number of a text in one way: 1,234.50 as 1234.5, 0,5 as 0.5, 1,234 as 1234."""
    return _NUMERAL.sub(lambda found: min(_values(found[0], 1), key=len), text)


def _inside(at: int, dates: Iterable[Date]) -> bool:
    return any(date.start <= at < date.end for date in dates)


def _numbers(text: str) -> Iterator[tuple[int, str, set[str]]]:
    """Give where each number stands, how it is written, and what it may mean."""
    if "\n" in text:
        text = _ITEM.sub(lambda item: " " * len(item[0]), text)
    for found in _NUMBER.finditer(text):
        digits, unit = text[found.start() : found.end(1)], found[2]
        scale = SCALES.get(unit.casefold(), 1) if unit else 1
        minus = "-" if _is_negative(text, found.start()) else ""
        yield found.start(), f"{minus}{digits}", {minus + value for value in _values(digits, scale)}


def _is_negative(text: str, at: int) -> bool:
    return text[at - 1 : at] in _SIGNS and at > 0 and (at == 1 or text[at - 2] in _BEFORE_A_SIGN)


def _values(digits: str, scale: int) -> set[str]:
    digits = digits.replace(" ", "").replace("’", "'")
    marks = re.findall(r"[.,']", digits)
    groups = re.split(r"[.,']", digits)
    if not marks:
        return {_plain(digits, scale)}
    thousands = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    values = set()
    if len(set(marks)) == 1 and thousands:
        values.add(_plain("".join(groups), scale))
    if len(marks) == 1 or (len(set(marks)) == 2 and marks[-1] not in marks[:-1]):
        values.add(_plain(f"{''.join(groups[:-1])}.{groups[-1]}", scale))
    return values or {digits}  # a version, an address: as it is written


def _plain(digits: str, scale: int) -> str:
    if scale == 1 and "." not in digits:
        return digits.lstrip("0") or "0"
    number = Decimal(digits) * scale
    return f"{number.normalize():f}"


def dates_of(text: str, words: list[str]) -> list[Date]:
    """Find the dates of a text, in order; of those that overlap the first counts.

    A text with more than 200 gives none: to set each beside each would cost too much, and its numbers tell.
    """
    found: list[Date] = []
    if _PARTED.search(text):
        found += (Date(_days((m[1], m[3], m[4])), *m.span()) for m in _YEAR_FIRST.finditer(text))
        last = _YEAR_LAST.finditer(text)
        found += (Date(_days((m[4], m[1], m[3]), (m[4], m[3], m[1])), *m.span()) for m in last)
    if not MONTHS.keys().isdisjoint(words):
        found += _named(text)
    kept: list[Date] = []
    for date in sorted(found, key=lambda one: one.start):
        if date.days and (not kept or date.start >= kept[-1].end):
            kept.append(date)
    return kept if len(kept) <= _MOST_DATES else []


def lacking_date(text: str, dates: list[Date], others: list[Date]) -> str:
    """Give the first of a text's dates that no date of the other text can be, or ""; no dates, no conflict."""
    if not others:
        return ""
    wrong = (date for date in dates if not any(date.agrees(other) for other in others))
    return next((text[date.start : date.end] for date in wrong), "")


def _named(text: str) -> Iterator[Date]:
    day_month, month_day, month_year = _patterns()
    for m in day_month.finditer(text):
        yield Date(_days((m[3], m[2], m[1])), *m.span())
    for m in month_day.finditer(text):
        if m[1][0].isupper():  # "may 5 people enter" is no date
            yield Date(_days((m[3], m[1], m[2])), *m.span())
    for m in month_year.finditer(text):
        if m[1][0].isupper():
            yield Date(_days((m[2], m[1], None)), *m.span())


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    day_month, month_day, month_year = (
        re.compile(form.replace("MONTH", _MONTH), re.IGNORECASE)
        for form in (_DAY_MONTH, _MONTH_DAY, _MONTH_YEAR)
    )
    return day_month, month_day, month_year


def _days(*readings: tuple[str | None, str, str | None]) -> frozenset[Day]:
    """Read years, months and days; what is no day of a calendar is left out."""
    days = set()
    for year, month, day in readings:
        m = MONTHS.get(month.casefold()) or (int(month) if month.isdigit() else 0)
        d = int(day) if day else None
        y = int(year) if year else None
        if y is not None and y < 100:
            y += 1900 if y >= 70 else 2000
        if 1 <= m <= 12 and (d is None or 1 <= d <= 31):
            days.add((y, m, d))
    return frozenset(days)
