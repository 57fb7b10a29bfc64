import pytest

from comparators import text_languages


@pytest.mark.parametrize("name", ["NEGATIONS", "POLARITY", "MONTHS", "WEEKDAYS", "NUMBERS", "SCALES"])
def test_every_word_is_casefolded(name):
    """So that it is found among casefolded words."""
    assert [word for word in getattr(text_languages, name) if word != word.casefold()] == []


def test_every_month_and_every_day_has_its_names():
    """And there is none too many."""
    months, days = text_languages.MONTHS.values(), text_languages.WEEKDAYS.values()
    assert (sorted(set(months)), sorted(set(days))) == (list(range(1, 13)), list(range(7)))


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("zero", 0),
        ("twenty", 20),
        ("zwölf", 12),
        ("douze", 12),
        ("doce", 12),
        ("dodici", 12),
        ("doze", 12),
        ("twaalf", 12),
        ("ninety", 90),
        ("tenth", 10),
        ("una", 1),
    ],
)
def test_numbers_are_counted_right(word, number):
    """At the end of each language's line."""
    assert text_languages.NUMBERS[word] == number
