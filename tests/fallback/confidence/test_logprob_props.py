"""The laws of confidence from token probabilities."""

from __future__ import annotations

from math import log

from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer, Reply, Token
from fallback.confidence.logprob import LogProb

LABELS = ["card", "card_declined", "cash", "no"]
ALL = [
    *(LogProb(reduce) for reduce in ("seq", "norm", "min", "field")),
    *(LogProb(reduce, over) for reduce in ("seq", "min", "field") for over in ("", "/a")),
    LogProb("label", labels=LABELS),
    LogProb("label", "/a", LABELS, margin=True),
]
texts = st.sampled_from([*LABELS, "ca", "rd", "sh", '{"a":"', '"}', '"', "{", "}", " ", "é", "_declined", ""])
logprobs = st.floats() | st.floats(-20, 0)
tops = st.lists(st.tuples(texts, logprobs), max_size=4).map(tuple)
tokens = st.lists(st.builds(Token, texts, logprobs, st.none() | st.binary(max_size=3), tops), max_size=8)
sure = st.lists(st.floats(-20, 0), min_size=1, max_size=8)


@given(tokens, st.none() | st.text(max_size=5))
def test_any_reply_has_a_confidence_in_range_or_none(tokens, text):
    """No reply makes an estimator raise, or leave [0, 1]."""
    said = "".join(token.text for token in tokens) if text is None else text
    for estimator in ALL:
        found = estimator(Answer(reply=Reply(said, tuple(tokens), "stop")))
        assert found is None or 0 <= found <= 1


@given(sure)
def test_the_reductions_keep_their_order(numbers):
    """The whole is never likelier than its least likely token, nor that than the mean."""
    answer = Answer(reply=Reply("x" * len(numbers), tuple(Token("x", number) for number in numbers), "stop"))
    seq, least, mean = (LogProb(reduce)(answer) for reduce in ("seq", "min", "norm"))
    assert seq <= least * (1 + 1e-9)
    assert least <= mean * (1 + 1e-9)


@given(sure, st.integers(0, 7), st.floats(0, 5))
def test_a_less_likely_token_never_raises_the_confidence(numbers, where, drop):
    """Monotone in every token."""
    where %= len(numbers)
    lower = [number - drop * (index == where) for index, number in enumerate(numbers)]
    for reduce in ("seq", "min", "norm"):
        before, after = (
            LogProb(reduce)(Answer(reply=Reply("x" * len(each), tuple(Token("x", n) for n in each))))
            for each in (numbers, lower)
        )
        assert after <= before * (1 + 1e-9)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=4))
def test_the_shares_of_all_labels_sum_to_one(masses):
    """Each label's share, were it the one said."""
    labels = ["ash", "birch", "cedar", "date"][: len(masses)]
    top = tuple((label, log(mass)) for label, mass in zip(labels, masses, strict=True))
    shares = [
        LogProb("label", labels=labels)(Answer(reply=Reply(label, (Token(label, number, None, top),))))
        for label, number in top
    ]
    assert abs(sum(shares) - 1) < 1e-9
