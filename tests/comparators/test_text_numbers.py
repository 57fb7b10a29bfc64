import pytest

from comparators.text_numbers import dates_of, lacking_date, lacking_number, plain_numbers
from comparators.text_reading import read


def lacking(text, other):
    """Give the number of a text that another one lacks."""
    return lacking_number(text, read(other))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("1,234.50", "1234.5"),
        ("1.234,50", "1,234.50"),
        ("1,234", "1234"),
        ("0,5", "0.5"),
        ("10 000 people", "10,000 people"),
        ("1'000", "1000"),
        ("2.5 million", "2,500,000"),
        ("3k", "3000"),
        ("5 Milliarden", "5 billion"),
        ("007", "7"),
        ("3 cats", "three cats"),
        ("drei und 3", "drei"),
        ("-5", "it is -5 degrees"),
        ("F-16", "the F 16"),
        ("10-12", "10 to 12"),
        ("2 items", "1. red\n2. blue, which are 2"),
        ("a\n1. b\n2. c", "no numbers"),
        ("1.2.3", "1.2.3"),
        ("no digits", "5"),
    ],
)
def test_a_number_is_told_however_it_is_written(text, other):
    """Separators, scales and words do not matter, nor do the numbers of a list's items."""
    assert lacking(text, other) == ""


@pytest.mark.parametrize(
    ("text", "other", "number"),
    [
        ("10 euros", "19 euros", "10"),
        ("-5", "5", "-5"),
        ("5", "-5", "5"),
        ("2.5 million", "2.5 billion", "2.5"),
        ("1.2.3", "1.2.4", "1.2.3"),
        ("1 and 2", "1 and 3", "2"),
        ("5", "", "5"),
        ("9" * 50, "9" * 49, "9" * 10),
    ],
)
def test_a_number_that_the_other_lacks_is_given(text, other, number):
    """The first of them, as it is written."""
    assert lacking(text, other) == number


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1,234.50 and 0,5", "1234.5 and 0.5"),
        ("1,234", "1234"),
        ("1.2.3", "1.2.3"),
        ("007, 10", "007, 10"),
        ("10.00", "10"),
        ("end 5.", "end 5."),
    ],
)
def test_numbers_are_written_in_one_way(text, plain):
    """Codes and versions stay as they are."""
    assert plain_numbers(text) == plain


def days(text):
    """Give the readings of each date in a text."""
    return [set(date.days) for date in dates_of(text, read(text).words)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-01", [{(2026, 11, 1)}]),
        ("2026/11/1 or 2026.11.02", [{(2026, 11, 1)}, {(2026, 11, 2)}]),
        ("1/2/2026", [{(2026, 2, 1), (2026, 1, 2)}]),
        ("31.12.99", [{(1999, 12, 31)}]),
        ("1 November 2026", [{(2026, 11, 1)}]),
        ("the 1st of Nov. 2026", [{(2026, 11, 1)}]),
        ("November 1, 2026", [{(2026, 11, 1)}]),
        ("May 3rd", [{(None, 5, 3)}]),
        ("in March 1999", [{(1999, 3, None)}]),
        ("3. Mai 2024", [{(2024, 5, 3)}]),
        ("el 5 de enero de 2026", [{(2026, 1, 5)}]),
        ("le 3 août", [{(None, 8, 3)}]),
        ("it may 5 times", []),
        ("2026-13-45", []),
        ("1.2.3", []),
        ("10/12", []),
        ("version 1.2.2026.5", []),
    ],
)
def test_dates_are_found_however_they_are_written(text, found):
    """With both readings where day and month cannot be told apart."""
    assert days(text) == found


def test_a_text_with_too_many_dates_gives_none():
    """Their numbers are looked at all the same."""
    assert [len(days("2026-11-01 " * count)) for count in (200, 201)] == [200, 0]


@pytest.mark.parametrize(
    ("text", "other", "date"),
    [
        ("2026-11-01", "November 1, 2026", ""),
        ("1/2/2026", "2026-02-01", ""),
        ("May 3", "2026-05-03", ""),
        ("2026-11-01", "November 11, 2026", "2026-11-01"),
        ("on 12 March 1999", "on 12 May 1999", "12 March 1999"),
        ("2026-11-01", "no date", ""),
    ],
)
def test_a_date_that_the_other_contradicts_is_given(text, other, date):
    """Where the other tells no date, nothing contradicts."""
    old, new = (dates_of(one, read(one).words) for one in (text, other))
    assert lacking_date(text, old, new) == date
