"""Scoring one exchange."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from comparators import Answer, Divergence, Json, Reply, Verdict
from fallback.words import Disposition
from shadow.scorer.compare import score, set_aside
from shadow.scorer.take import take
from shadow.scorer.unpack import LARGEST

gzipped = partial(gzip.compress, mtime=0)  # it names tests, which every process must name alike
PRICE = SimpleNamespace(input_per_million=2.0, output_per_million=4.0, per_call=0.5)


@pytest.fixture
def unscored(desk, make):
    """Give a function that records an exchange and reads it back as the scorer does."""

    def read(*answers, **changes):
        desk.record(make(*answers, **changes))
        return take(desk.store.db.conn, 1000)[-1]

    return read


def note(scored):
    """Give what the scores say of a verdict of not_comparable."""
    assert (scored.disposition, scored.judgement.verdict) == ("not_comparable", Verdict.NOT_COMPARABLE)
    return scored.judgement.scores[0].detail


def test_two_answers_are_compared(unscored, lens):
    """The panel's judgement, and the disposition that follows from it."""
    scored = score(unscored(), lens())
    assert (scored.disposition, scored.judgement.verdict) == ("compared", Verdict.DIVERGED)
    assert [(each.label, each.divergence) for each in scored.judgement.scores] == [
        ("json", 0.5),
        ("text/street", 0.0),
    ]


@pytest.mark.parametrize("word", list(Disposition))
def test_a_final_disposition_stays(unscored, lens, word):
    """There is nothing to compare, and nothing is."""
    scored = score(unscored(disposition=word, confidence=0.5), lens())
    assert (scored.disposition, scored.judgement, scored.confidence) == (word, None, 0.5)


def test_an_unknown_route_is_not_comparable(unscored):
    """Its comparators are gone with it."""
    assert note(score(unscored(), None)) == "the route is no longer configured"


@pytest.mark.parametrize("side", ["legacy", "raw_model"])
def test_a_missing_answer_is_not_comparable(unscored, lens, side):
    """Whichever it is."""
    assert note(score(replace(unscored(), **{side: None}), lens())) == "an answer was not kept"


def test_what_cannot_be_read_is_not_comparable(unscored, lens):
    """And says so."""
    assert note(score(replace(unscored(), unreadable="it is rubbish"), lens())) == "it is rubbish"


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzipped), ("deflate", zlib.compress), ("x-gzip", gzipped)]
)
def test_compressed_answers_are_unpacked(unscored, lens, coding, pack):
    """A legacy answer may come compressed; the model's reader sees plain bytes too."""
    packed = Answer.of(body=pack(b'{"a": 1}'), headers={"Content-Encoding": coding})
    scored = score(unscored(packed, packed), lens(Json()))
    assert scored.judgement.verdict is Verdict.MATCH


@pytest.mark.parametrize(
    ("body", "coding", "why"),
    [
        (gzipped(bytes(LARGEST + 1)), "gzip", f"the body, decoded, is larger than {LARGEST} bytes"),
        (b"\x1f\x8bjunk", "gzip", "the body is not what its Content-Encoding says"),
        (gzipped(b"{}")[:-4], "gzip", "the body ends before its Content-Encoding does"),
        (b"{}", "br", "the body's Content-Encoding is not supported: only gzip and deflate are"),
        (b"{}", "gzip, gzip, gzip", "a body in 3 codings is not supported"),
    ],
)
def test_a_bomb_or_an_unknown_coding_is_not_comparable(unscored, lens, body, coding, why):
    """On either side; the note says which, and why."""
    packed = Answer.of(body=body, headers={"Content-Encoding": coding})
    assert note(score(unscored(packed), lens())) == f"legacy: {why}"
    assert note(score(unscored(None, packed), lens())) == f"model: {why}"


def test_a_raising_comparator_leaves_the_others_their_say(unscored, lens, raising):
    """Its own number is missing, and its note names the error."""
    scored = score(unscored(), lens(raising(KeyError("price")), Json()))
    assert [each.divergence for each in scored.judgement.scores] == [None, 0.5]
    assert scored.disposition == "compared"


def test_a_comparator_alone_that_raises_is_not_comparable(unscored, lens, raising):
    """Never a match, never a difference."""
    assert note(score(unscored(), lens(raising(KeyError("price"))))) == "KeyError: 'price'"


@pytest.mark.parametrize("error", [ValueError("secret"), RecursionError(), MemoryError(), SystemExit(3)])
def test_a_raising_reader_is_not_comparable(unscored, lens, raising, error):
    """Its class is noted and logged; its words, which may quote the answer, are not."""
    one = unscored()
    with capture_logs() as logs:
        assert note(score(one, lens(read=raising(error)))) == type(error).__name__
    assert logs == [
        {
            "event": "shadow.exchange_set_aside",
            "log_level": "warning",
            "exchange": one.id,
            "route": "address",
            "error": type(error).__name__,
        }
    ]


def test_a_comparator_that_ends_the_process_does_not(unscored, lens, raising):
    """Else each scorer that is started again would end at the same exchange."""
    assert note(score(unscored(), lens(raising(SystemExit(1))))) == "SystemExit"


def test_a_reader_that_gives_no_answer_is_not_comparable(unscored, lens):
    """A plugin may return anything."""
    assert note(score(unscored(), lens(read=lambda _raw: None))) == "AttributeError"


def test_an_answer_with_a_problem_is_not_compared(unscored, lens):
    """The problem is the note; it has no confidence either."""
    scored = score(
        unscored(),
        lens(read=lambda raw: structs.replace(raw, problem="refused: it declined"), estimator=lambda _: 0.9),
    )
    assert (note(scored), scored.confidence) == ("refused: it declined", None)


def test_a_recorded_confidence_is_the_one_that_was_decided_by(unscored, lens):
    """It is not estimated a second time."""
    assert score(unscored(confidence=0.3), lens(estimator=lambda _: 0.9)).confidence == 0.3


def test_an_unexposed_answer_is_estimated_here(unscored, lens):
    """The worker spared itself the work."""
    assert score(unscored(), lens(estimator=lambda _: 0.9)).confidence == 0.9


@pytest.mark.parametrize("estimate", [None, 1.5, float("nan"), "high"])
def test_what_is_no_confidence_is_none(unscored, lens, estimate):
    """Whatever the estimator gives."""
    assert score(unscored(), lens(estimator=lambda _: estimate)).confidence is None


def test_a_raising_estimator_costs_the_confidence_alone(unscored, lens, raising):
    """The answers are compared all the same."""
    scored = score(unscored(), lens(estimator=raising(RuntimeError("boom"))))
    assert (scored.disposition, scored.confidence) == ("compared", None)


def test_tokens_and_cost_come_from_the_reply(unscored, lens):
    """By the model's price."""
    reply = Reply("{}", tokens_in=1_000_000, tokens_out=500_000)
    scored = score(unscored(None, Answer.of(json={}, reply=reply)), lens(price=PRICE))
    assert (scored.tokens_in, scored.tokens_out, scored.cost) == (1_000_000, 500_000, 4.5)


@pytest.mark.parametrize("told", [-1, 10**30])
def test_an_impossible_token_count_is_unknown(unscored, lens, told):
    """A model's server may say anything; no column holds this."""
    one = unscored(None, Answer.of(json={}))
    scored = score(
        one, lens(read=lambda raw: structs.replace(raw, reply=Reply("", tokens_in=told, tokens_out=told)))
    )
    assert (scored.tokens_in, scored.tokens_out) == (None, None)


def test_setting_aside_keeps_what_is_final(unscored):
    """Only what waited for a verdict becomes not comparable."""
    late = unscored(disposition=Disposition.MODEL_LATE)
    assert (set_aside(late, "why").disposition, set_aside(late, "why").judgement) == ("model_late", None)
    assert note(set_aside(unscored(), "why")) == "why"


def test_a_divergence_of_a_plugin_is_taken_as_it_is(unscored, lens):
    """The panel's mean and the scores are the same number for one comparator."""
    scored = score(unscored(), lens(lambda _old, _new: Divergence(0.25, "quarter")))
    assert (scored.judgement.divergence, scored.judgement.scores[0].detail) == (0.25, "quarter")


def test_further_answers_cost_by_themselves(unscored, lens):
    """Each call has its price, beside its tokens; whatever becomes of the exchange."""
    one = replace(unscored(), samples=4, samples_in=1_000_000, samples_out=0)
    assert score(one, lens(price=PRICE)).samples_cost == 4.0
    assert score(replace(one, disposition="model_late"), lens(price=PRICE)).samples_cost == 4.0
    assert score(replace(one, samples=None), lens(price=PRICE)).samples_cost is None


def test_what_was_not_weighed_has_no_confidence_although_its_answer_says_one(unscored, lens):
    """Sure answers would else be all that is known of an exchange that was left out."""
    assert score(replace(unscored(), unweighed="shed"), lens(estimator=lambda _: 0.9)).confidence is None
