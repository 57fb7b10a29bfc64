"""Confidence from token probabilities."""

from __future__ import annotations

from math import exp, log, nan

import pytest

from comparators.answer import Answer, Reply, Token
from fallback.confidence.logprob import LogProb


def answer(*parts, text=None, finish="stop", refused=False):
    """Give an answer whose reply was written as (text, logprob) or (text, logprob, {alternative: probability})."""
    tokens = tuple(
        Token(part[0], part[1], None, tuple((t, log(p)) for t, p in (part[2:] or ({},))[0].items()))
        for part in parts
    )
    text = "".join(token.text for token in tokens) if text is None else text
    return Answer(reply=Reply(text, tokens, finish, refused))


THREE = answer(("a", -0.1), ("b", -0.4), ("c", -0.1))
ADDRESS = answer(
    ('{"', -0.9),
    ("zip", -0.8),
    ('":"', -0.7),
    ("29", -0.1),
    ("063", -0.2),
    ('","street":"', -0.6),
    ("Marina", -0.3),
    (" Road", -0.1),
    ('"}', -0.5),
)
LABELS = ["card", "card_declined", "cash"]


@pytest.mark.parametrize(
    ("reduce", "expected"), [("seq", exp(-0.6)), ("norm", exp(-0.2)), ("min", exp(-0.4))]
)
def test_each_reduction_is_its_formula(reduce, expected):
    """Over every token of the reply."""
    assert LogProb(reduce)(THREE) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("reduce", "over", "expected"),
    [
        ("min", "/zip", exp(-0.2)),
        ("seq", "/zip", exp(-0.3)),
        ("norm", ["/zip", "/street"], exp(-0.175)),
        ("min", "", exp(-0.3)),
        ("field", "/zip", exp(-0.3)),
        ("field", "/street", exp(-0.2)),
        ("field", None, exp(-0.3)),
        ("field", "/city", None),
        ("min", ["/zip", "/city"], None),
    ],
)
def test_over_restricts_to_values(reduce, over, expected):
    """Codes by their sum, free text by its mean, the least of all; a pointer that leads nowhere is nothing."""
    found = LogProb(reduce, over)(ADDRESS)
    assert found == (expected if expected is None else pytest.approx(expected))


def test_a_token_object_that_stands_thrice_counts_thrice():
    """Tokens are told apart by their place."""
    token = Token("1", -0.5)
    one = Answer(reply=Reply("111", (token, token, token), "stop"))
    assert LogProb("seq", "")(one) == pytest.approx(exp(-1.5))


@pytest.mark.parametrize("reduce", ["seq", "norm", "min"])
@pytest.mark.parametrize("number", [nan, float("-inf"), 0.01, float("inf"), -9999.0, -1e9])
def test_a_probability_that_is_none_makes_the_confidence_none(reduce, number):
    """Missing, positive, or a server's mark for it: never a default number."""
    assert LogProb(reduce)(answer(("a", -0.1), ("b", number))) is None


@pytest.mark.parametrize(
    "bad",
    [
        answer(("a", -0.1), finish="length"),
        answer(("a", -0.1), finish="max_tokens"),
        answer(("a", -0.1), finish="content_filter"),
        answer(("a", -0.1), refused=True),
        answer((" ", -0.1)),
        answer(),
        Answer(reply=Reply("a")),
        Answer.of(json={"city": "Irmo"}),
        Answer(),
    ],
)
def test_what_is_cut_short_refused_empty_or_untold_has_no_confidence(bad):
    """Whatever the tokens say."""
    assert LogProb("min")(bad) is None


def test_real_replies_are_read(recorded):
    """Four short tokens of a street that is wrong: sure of itself all the same."""
    one, other = (Answer.of(json=recorded[name]) for name in ("addr-330", "addr-646"))
    street = [-0.9945223331451416, -0.01295942347496748, -0.00733279250562191, -0.0013092526933178306]
    assert LogProb("seq", "/street")(one) == pytest.approx(exp(sum(street)))
    assert LogProb("field", "/street")(one) == pytest.approx(exp(sum(street)))
    assert LogProb("min", "/number")(one) == pytest.approx(exp(-0.5384440422058105))
    assert LogProb("min", "/street")(other) == LogProb("min", ["/street"])(other)
    assert 0 < LogProb("seq")(other) <= LogProb("min")(other) <= LogProb("norm")(other) < 1


def test_a_labels_mass_is_its_share_of_the_labels():
    """What is no label is left out of the sum."""
    said = answer(("yes", log(0.6), {"yes": 0.6, "no": 0.2, "maybe": 0.2}))
    assert LogProb("label", labels=["yes", "no"])(said) == pytest.approx(0.75)
    assert LogProb("label", labels=["yes", "no"], margin=True)(said) == pytest.approx(0.5)


def test_a_label_is_followed_until_it_is_alone():
    """The next token tells whether a label ends or goes on."""
    said = answer(
        ('{"intent":"', 0.0),
        ("ca", log(0.9), {"ca": 0.9, "x": 0.1}),
        ("rd", log(0.8), {"rd": 0.8, "sh": 0.2}),
        ('"}', log(0.6), {'"}': 0.6, "_": 0.3, "!": 0.1}),
    )
    share = LogProb("label", "/intent", LABELS)(said)
    assert share == pytest.approx(1.0 * 0.8 * (0.6 + 0.1) / 1.0)


def test_an_alternative_that_leaves_a_rival_open_counts_for_the_rival():
    """In doubt the label said is the less likely one."""
    said = answer(("card", log(0.5), {"card": 0.5, "ca": 0.3, "x": 0.2}), (".", -0.1), text="card")
    assert LogProb("label", labels=["card", "cash"])(said) == pytest.approx(0.5 / 0.8)


def test_a_label_that_others_begin_with_needs_the_token_behind_it():
    """Without it nobody knows how likely the end was."""
    assert LogProb("label", labels=LABELS)(answer(("card", -0.1, {"card": 0.9, "cash": 0.1}))) is None


def test_a_label_that_is_not_the_likeliest_has_no_lead():
    """Not a negative one."""
    said = answer(("yes", log(0.2), {"no": 0.8, "yes": 0.2}))
    assert LogProb("label", labels=["yes", "no"], margin=True)(said) == 0.0


@pytest.mark.parametrize("top", [{}, {"yes": 0.2}])
def test_a_label_without_alternatives_has_no_confidence(top):
    """Of one alternative alone every share is 1, which says nothing."""
    assert LogProb("label", labels=["yes", "no"])(answer(("yes", log(0.2), top))) is None


@pytest.mark.parametrize("said", ["maybe", "Yes", "yes and no"])
def test_what_is_none_of_the_labels_has_no_confidence(said):
    """As it is written, so it is served."""
    assert LogProb("label", labels=["yes", "no"])(answer((said, -0.1, {said: 0.9, "no": 0.1}))) is None


def test_a_word_that_was_only_thought_does_not_count():
    """The label is where the reply's text is."""
    top = {"no": 0.3, "yes": 0.7}
    said = answer(("no, yes, ", -0.01, {"no, yes, ": 0.9, "no": 0.1}), ("no", log(0.3), top), text="no")
    assert LogProb("label", labels=["yes", "no"])(said) == pytest.approx(0.3)
