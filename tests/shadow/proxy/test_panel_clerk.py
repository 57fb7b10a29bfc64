"""What the panel process says of answers, asked without a process."""

from __future__ import annotations

import gzip
import socket
import threading

import msgspec
import pytest

from comparators import Answer
from comparators.divergence import Verdict
from shadow.proxy.panel_clerk import judged, serve
from shadow.proxy.panel_wire import Question, Word, decode_word
from shadow.record.wire import framed, receive

PANEL = msgspec.json.encode({"specs": [{"use": "json"}]})
ONE, OTHER = Answer.of(json={"a": 1}), Answer.of(json={"a": 2})


def test_each_answer_is_judged_against_the_one():
    """In their order."""
    word = judged(Question(7, PANEL, ONE, [ONE, OTHER]))
    assert word == Word(7, [(Verdict.MATCH, 0.0), (Verdict.DIVERGED, 1.0)])


def test_a_panel_may_have_a_tolerance_of_all_together():
    """As the scorer's has."""
    specs = [{"use": "json", "severity": "minor"}]
    verdicts = [
        judged(Question(1, msgspec.json.encode({"specs": specs, "tolerance": t}), ONE, [OTHER])).judged[0][0]
        for t in (1.0, 0.5)
    ]
    assert verdicts == [Verdict.MATCH, Verdict.DIVERGED]


def test_compressed_answers_are_unpacked():
    """As the scorer does; what is not what it says cannot be compared."""
    packed = Answer(200, ((b"Content-Encoding", b"gzip"),), gzip.compress(ONE.body))
    broken = Answer(200, ((b"Content-Encoding", b"gzip"),), b"x")
    word = judged(Question(1, PANEL, packed, [ONE, broken]))
    assert [verdict for verdict, _ in word.judged] == [Verdict.MATCH, Verdict.NOT_COMPARABLE]


@pytest.mark.parametrize(
    "panel", [b"[{", b'{"specs": [{"use": "no.module:X"}]}', b'{"specs": [{"use": "jsno"}]}', b"[]"]
)
def test_a_panel_that_cannot_be_built_is_told_by_its_kind(panel):
    """Other words may quote anything."""
    word = judged(Question(1, panel, ONE, [ONE]))
    assert (word.judged, word.error != "", "jsno" in word.error) == ([], True, False)


def test_questions_are_answered_until_the_other_side_leaves():
    """One after another."""
    ours, theirs = socket.socketpair()
    with theirs, ours:
        clerk = threading.Thread(target=serve, args=(theirs,))
        clerk.start()
        for number in (1, 2):
            ours.sendall(framed(Question(number, PANEL, ONE, [OTHER])))
        with ours.makefile("rb") as stream:
            words = [decode_word(receive(stream) or b"") for _ in range(2)]
        ours.shutdown(socket.SHUT_RDWR)
        clerk.join()
    assert words == [Word(number, [(Verdict.DIVERGED, 1.0)]) for number in (1, 2)]
