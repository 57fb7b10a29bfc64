from typing import get_args

import pytest

from comparators.text_measures import Measure, chrf, metric, rouge_l_recall, token_f1, trigram_cosine


def test_token_f1_counts_words_as_often_as_both_have_them():
    """2 of 3 and 2 of 4 words in common."""
    assert token_f1("a a b", "a c a d") == pytest.approx(1 - 2 * 2 / 7)


def test_rouge_l_recall_asks_what_became_of_the_legacy_words():
    """The example of the paper's section 3.1: "police killed the gunman" against three others."""
    told = ["police kill the gunman", "the gunman kill police", "the gunman police killed"]
    assert [1 - rouge_l_recall("police killed the gunman", one) for one in told] == [0.75, 0.5, 0.5]


def test_rouge_l_recall_has_a_direction():
    """What the model adds costs nothing."""
    assert (rouge_l_recall("a b", "a b c d"), rouge_l_recall("a b c d", "a b")) == (0.0, 0.5)


def test_trigram_cosine_counts_how_often():
    """' ab', 'abc', 'bc ' against ' ab', 'abc', 'bcd', 'cd '."""
    assert trigram_cosine("abc", "abcd") == pytest.approx(1 - 2 / (3 * 4) ** 0.5)


def test_chrf_averages_orders_and_counts_recall_twice():
    """'abc' against 'abd': precision and recall 2/3, 1/2 and 0 for orders 1 to 3, so both 7/18."""
    assert chrf("abc", "ab d") == pytest.approx(1 - 7 / 18)


def test_chrf_has_a_direction():
    """With P = 1/2 and R = 1 for its one order, F2 is 5PR/(4P + R) = 5/6; swapped 5/9."""
    assert (chrf("a", "ab"), chrf("ab", "a")) == pytest.approx((1 - 5 / 6, 1 - 5 / 9))


@pytest.mark.parametrize("name", get_args(Measure))
def test_every_measure_takes_texts_without_words(name):
    """Nothing divides by nothing."""
    apart = metric(name).apart
    found = [apart(old, new) for old, new in (("", "a"), ("a", ""), ("  ", "..."), ("a", "b"))]
    assert (all(0.0 <= value <= 1.0 for value in found), found[-1]) == (True, 1.0)


def test_a_measure_says_how_its_cost_grows():
    """What is quadratic or worse needs a bound."""
    powers = {name: metric(name).power for name in get_args(Measure)}
    assert {name for name, power in powers.items() if power < 2} == {
        "auto",
        "token_f1",
        "trigram_cosine",
        "chrf",
        "equal",
    }
