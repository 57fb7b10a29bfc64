import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.assembled import assembled
from comparators.divergence import NotComparable
from comparators.exact import Exact
from comparators.json_tree import Json
from comparators.number import Number
from comparators.panel import Entry, Panel

END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def stream(*events, content_type="text/event-stream; charset=utf-8", status=200):
    """Make an event stream of documents, or of data as it is."""
    data = [event if isinstance(event, bytes) else json.dumps(event).encode() for event in events]
    body = b"".join(b"data: " + one + b"\n\n" for one in data)
    return Answer.of(body=body, status=status, headers={"content-type": content_type, "X-Id": "1"})


def chat(*pieces, end=(END,)):
    """Make a chat's stream of pieces of text."""
    return stream(*({"choices": [{"delta": {"content": piece}}]} for piece in pieces), *end)


def body_of(answer):
    """Give the body that a stream assembles to, and its type."""
    found, _ = assembled(answer, Answer.of(text="x"))
    return found.body, found.header("Content-Type")


@pytest.mark.parametrize(
    ("answer", "body", "kind"),
    [
        (chat("Hel", "lo"), b"Hello", "text/plain"),
        (chat('{"a"', ": 1}"), b'{"a": 1}', "application/json"),
        (chat("{broken"), b"{broken", "text/plain"),
        (stream({"a": 1}), b'{"a":1}', "application/json"),
        (stream({"a": 1}, {"b": 2}), b'[{"a":1},{"b":2}]', "application/json"),
        (stream(b"Hel", b"lo"), b"Hello", "text/plain"),
        (stream(b"1", b"x"), b"1x", "text/plain"),
        (stream(), b"[]", "application/json"),
        (chat("a", end=[b"[DONE]"]), b"a", "text/plain"),
    ],
)
def test_a_stream_becomes_what_it_assembles_to(answer, body, kind):
    """A chat its text, JSON events their documents, others their joined text."""
    assert body_of(answer) == (body, kind)


def test_all_else_of_the_answer_stays():
    """Its status, its other headers."""
    found, _ = assembled(stream({"a": 1}, status=201), Answer())
    assert (found.status, found.header("X-Id")) == (201, "1")


def test_a_whole_completion_beside_a_stream_becomes_its_text():
    """So that the two can be compared."""
    whole = Answer.of(json={"choices": [{"message": {"content": "Hello"}}]})
    assert [answer.body for answer in assembled(whole, chat("Hello"))] == [b"Hello", b"Hello"]


def test_without_a_stream_nothing_is_touched():
    """Two whole completions are compared as they are."""
    pair = Answer.of(json={"choices": [{"message": {"content": "a"}}]}), Answer.of(text="data: 1\n\n")
    assert [one is other for one, other in zip(assembled(*pair), pair, strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (chat("a", end=()), "model: the stream has no end"),
        (chat("a", end=({"error": {"message": "x"}},)), "model: the stream reports an error"),
    ],
)
def test_a_chat_that_failed_is_not_comparable(answer, why):
    """Half an answer is no answer."""
    with pytest.raises(NotComparable, match=why):
        assembled(Answer.of(text="a"), answer)


@pytest.mark.parametrize("compare", [Exact(), Json(), Panel([Entry("", Number("/a"))]).judge])
def test_comparators_see_what_is_assembled(compare):
    """And so does whatever a panel asks."""
    found = compare(chat('{"a"', ": 1.0}"), chat('{"', 'a": 1', "}"))
    assert (found.value if hasattr(found, "value") else found.divergence) == 0.0


@given(st.text(min_size=1, max_size=40), st.lists(st.integers(0, 40), max_size=5))
def test_chunks_are_no_difference(text, cuts):
    """Wherever a chat's text is cut."""
    places = [0, *sorted(cut % len(text) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(places)]
    assert body_of(chat(*pieces)) == body_of(chat(text))


@given(st.binary(max_size=60))
def test_any_stream_is_assembled_or_not_comparable(body):
    """Nothing else comes of it."""
    answer = Answer.of(body=body, headers={"Content-Type": "text/event-stream"})
    try:
        found, _ = assembled(answer, Answer())
    except NotComparable:
        return
    assert isinstance(found.body, bytes)
