from hypothesis import given
from hypothesis import strategies as st

from shadow.demo.keywords import DecisionList

WORDS = st.text(alphabet="ab'1", min_size=1, max_size=2)
RULES = st.lists(
    st.tuples(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), st.sampled_from("xyz")), max_size=6
)


@given(RULES, st.lists(WORDS, max_size=6).map(" ".join))
def test_a_decision_list_is_its_rules_tried_one_after_another(rules, text):
    """The look-up by phrase gives what a scan of all rules gives."""
    scanned = next((intent for phrase, intent in rules if f" {phrase} " in f" {text} "), "oos")

    assert DecisionList(rules)(text) == scanned


@given(st.text())
def test_any_text_gets_an_intent(text):
    """No text makes the classifier fail."""
    assert DecisionList([("a", "x")])(text) in {"x", "oos"}
