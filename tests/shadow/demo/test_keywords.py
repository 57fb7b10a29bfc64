import pytest

from shadow.demo import data
from shadow.demo.keywords import DecisionList


def test_the_first_rule_that_applies_names_the_intent():
    """The order of the rules decides, not the order of the words."""
    classify = DecisionList([("coin", "flip_coin"), ("pin", "pin_change")])

    assert classify("change my pin or flip a coin") == "flip_coin"


@pytest.mark.parametrize("text", ["flip a COIN!", "coin, please", "a coin"])
def test_a_phrase_is_found_in_any_case_and_between_any_signs(text):
    """Case and punctuation do not hide a phrase."""
    assert DecisionList([("coin", "flip_coin")])(text) == "flip_coin"


@pytest.mark.parametrize("text", ["coins", "coin's", "bitcoin", ""])
def test_a_part_of_a_word_is_no_phrase(text):
    """A phrase has to stand as whole words; without one the text is out of scope."""
    assert DecisionList([("coin", "flip_coin")])(text) == "oos"


def test_a_phrase_of_two_words_needs_both_side_by_side():
    """Words of a phrase stand next to each other, whatever sign parts them."""
    classify = DecisionList([("routing number", "routing")])

    assert classify("my routing, number") == "routing"
    assert classify("my routing bank number") == "oos"


def test_no_rules_know_no_intent():
    """An empty list finds everything out of scope."""
    assert DecisionList([])("anything") == "oos"


def test_every_recorded_legacy_intent_is_reproduced():
    """The shipped rules give the recorded legacy answer to each of the 2,750 queries."""
    classify = DecisionList(data.rules())

    assert [classify(row.text) for row in data.intents()] == [row.legacy for row in data.intents()]
