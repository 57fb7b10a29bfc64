from math import sqrt

import pytest

from comparators.text_overlap import overlap_apart
from comparators.text_reading import read

STORY = "the quick brown fox jumps over the lazy dog and then goes home to sleep in its warm bed until dawn "


def apart(old, new):
    """Measure two texts."""
    return overlap_apart(read(old), read(new))


def test_two_lines_are_measured_by_the_3_grams_they_share():
    """6 of 7 against 11: a share of 6/7 times √(7/11), which is below 0.8 + 0.1 √(7/11)."""
    size = sqrt(7 / 11)
    assert apart("Main St", "Main Street") == pytest.approx(1 - 6 / 7 * (0.8 + 0.1 * size))


def test_lines_of_one_length_are_measured_by_the_cosine():
    """4 of 6 3-grams: ' ab', 'abc', 'bcd', 'cd ' against one more letter changed."""
    assert apart("abcd", "abce") == pytest.approx(1 - 2 / 4)


@pytest.mark.parametrize("times", [1, 4, 12])
def test_the_words_around_an_answer_cost_a_fifth_at_most(times):
    """However many there are: it is told in full."""
    assert 0.0 < apart("zebra crossing", STORY * times + "zebra crossing") <= 0.2


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("AB-1234", "ab-1235", 1 / 7),
        ("v2.10.3", "v2.1.03.", 2 / 7),
        ("a@b.example", "a@c.example", 1 / 11),
        ("-5", "5", 0.5),
    ],
)
def test_codes_are_measured_by_edit_distance(old, new, value):
    """One word each, with digits or signs inside; their ends' punctuation is no part of them."""
    assert apart(old, new) == pytest.approx(value)


def test_long_texts_are_measured_by_words():
    """Two unrelated pages share most of their language's 3-grams, but few words."""
    other = "please send the signed contract back to our office before friday so that we can start with your order "
    assert (apart(STORY * 4, other * 4) > 0.9, apart(STORY * 4, STORY * 4 + "well")) == (
        True,
        pytest.approx(1 - sqrt(36 / 38), abs=0.02),
    )


def test_the_order_of_words_counts_a_little():
    """By the pairs that they make."""
    words = (STORY * 3).split()
    assert 0.0 < apart(" ".join(words), " ".join(reversed(words))) < 0.7


def test_scripts_that_do_not_part_words_are_measured_by_3_grams():
    """Their sentences would else be one word each."""
    text = "東京都は日本の首都である" * 30
    assert apart(text, text + "。そうです") < 0.2


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("", "a b", 1.0),
        ("...", "a b", 1.0),
        ("A, b", "a b!", 0.0),
        ("!!! ???", "!!! ???", 1 / 14),
        ("", "...", 1.0),
    ],
)
def test_texts_without_words(old, new, value):
    """Nothing in common with any word; punctuation alone is compared as it is, and never as equal."""
    assert apart(old, new) == pytest.approx(value)


def test_texts_of_the_same_3_grams_in_another_order_are_not_equal():
    """A divergence of 0 is for equal words alone."""
    assert 0.0 < apart("aaaa", "aaaaa") < 0.2
