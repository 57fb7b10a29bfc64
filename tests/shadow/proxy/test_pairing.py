"""Two sides become one row, once, whichever ends last."""

from __future__ import annotations

from concurrent.futures import Future
from itertools import permutations

import pytest

from comparators.answer import Answer
from fallback.admission import Admission
from fallback.decision import Decision, ModelState
from fallback.words import Disposition, Failure, Phase, Reason, Side
from shadow.proxy.further import Purse
from shadow.proxy.model import Outcome
from shadow.proxy.pairing import Pairing
from shadow.proxy.settle import LegacyEnd
from shadow.record.exchange import Samples
from shadow.request import Observation, Request

LEGACY = Observation(0.1, Answer.of(text="legacy"))
SHADOW = Admission(call_model=True, exposed=False, reason=Reason.SHADOW)
EXPOSED = Admission(call_model=True, exposed=True, reason=Reason.LOW_CONFIDENCE)
SERVED = Decision(Side.MODEL, Reason.CONFIDENT)


@pytest.fixture
def record(fakes):
    """Keep what is written."""
    return fakes.FakeRecord()


@pytest.fixture
def begin(record, fakes):
    """Begin an exchange."""

    def begin(admission=SHADOW, **rollout) -> Pairing:
        plan = fakes.plan_of(rollout=rollout or {"phase": "live"})
        request = Request("POST", "/a%20b?c", ((b"X-Key", b"k"),), b"body", exchange="0199")
        cohorts = (("tier", "gold"),)
        return Pairing(
            record, plan, request, admission, switch=plan.switch, at=7, bucket=0.25, cohorts=cohorts
        )

    return begin


def test_the_row_holds_all_that_is_known(begin, record, fakes):
    """Who was served and why, both observations, and under which settings."""
    pairing = begin(EXPOSED, phase="canary", sample=0.5, exposure=0.3)
    model = fakes.answered()
    pairing.model_ended(model)
    pairing.decided(SERVED, 0.9)
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    (row,) = record.rows
    told = (row.id, row.at, row.route, row.method, row.path, row.bucket, row.cohorts, row.request)
    assert told == ("0199", 7, "x", "POST", "/a b", 0.25, (("tier", "gold"),), pairing.request)
    assert (row.served, row.reason, row.disposition) == (Side.MODEL, Reason.CONFIDENT, None)
    assert (row.legacy, row.model, row.confidence) == (LEGACY, model.observation, 0.9)
    assert (row.phase, row.sampling, row.threshold) == (Phase.CANARY, 0.5, 0.5)
    assert (row.model_name, row.version, row.config_hash) == ("m", "v1", "hash")


@pytest.mark.parametrize("order", list(permutations(("legacy", "model", "decision"))))
def test_it_is_written_once_in_whatever_order_things_end(begin, record, fakes, order):
    """Nothing before the last of them, and nothing after it."""
    pairing = begin(EXPOSED)
    steps = {
        "legacy": lambda: pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY),
        "model": lambda: pairing.model_ended(fakes.answered()),
        "decision": lambda: pairing.decided(SERVED, 0.9),
    }
    written = []
    for step in order:
        steps[step]()
        written.append(len(record.rows))
    pairing.abandoned()
    pairing.legacy_ended(LegacyEnd.CLIENT_GONE, None)
    assert (written, len(record.rows), record.rows[0].disposition) == ([0, 0, 1], 1, None)


def test_an_unexposed_exchange_needs_no_decision(begin, record, fakes):
    """Its reason is known from the start."""
    pairing = begin()
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    pairing.model_ended(fakes.answered())
    assert [(row.served, row.reason) for row in record.rows] == [(Side.LEGACY, Reason.SHADOW)]


def test_the_first_word_on_legacy_counts(begin, record):
    """A client that goes after the answer is no client that had none."""
    pairing = begin()
    pairing.legacy_ended(LegacyEnd.CLIENT_GONE, None)
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    pairing.model_not_called()
    assert [row.disposition for row in record.rows] == [Disposition.CLIENT_GONE]


def test_what_was_never_decided_falls_back_to_legacy(begin, record):
    """Nobody waits for an answer any more."""
    pairing = begin(EXPOSED)
    pairing.model_ended(Outcome(ModelState.FAILED, Observation(0.1, None, Failure.CONNECT)))
    pairing.legacy_ended(LegacyEnd.CLIENT_GONE, None)
    assert record.rows == []
    pairing.abandoned()
    assert [(row.served, row.reason) for row in record.rows] == [(Side.LEGACY, Reason.MODEL_LATE)]


def test_a_provisional_decision_writes_nothing_and_can_be_taken_back(begin, record, fakes):
    """What was committed while open is completed, not written anew."""
    pairing = begin(EXPOSED)
    pairing.model_ended(fakes.answered())
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    pairing.decided(SERVED, 0.9, final=False)
    opened = pairing.open_exchange()
    assert (opened.served, opened.disposition, record.rows) == (Side.MODEL, None, [])
    pairing.committed = True
    pairing.decided(Decision(Side.LEGACY, Reason.UNRECORDED), 0.9)
    assert ([row.reason for row in record.finished], record.rows) == ([Reason.UNRECORDED], [])


def test_the_settings_are_those_the_request_met(begin, record, fakes):
    """A switch set while it is under way is for the requests after it."""
    pairing = begin(phase="shadow")
    pairing._plan.switch = fakes.plan_of(rollout={"phase": "live"}).switch
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    pairing.model_ended(fakes.answered())
    assert [row.phase for row in record.rows] == [Phase.SHADOW]


def test_a_body_that_arrives_later_is_the_requests(begin, record, fakes):
    """What the model is asked is what is recorded."""
    pairing = begin()
    assert pairing.with_body(b"later") is pairing.request
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    pairing.model_ended(fakes.answered())
    assert [row.request.body for row in record.rows] == [b"later"]


@pytest.mark.parametrize(
    ("state", "disposition"),
    [(ModelState.NOT_CALLED, Disposition.NOT_COMPARABLE), (ModelState.TOO_LARGE, Disposition.TOO_LARGE)],
)
def test_a_model_that_is_not_called_ends_the_exchange_too(begin, record, state, disposition):
    """With what kept it from being called."""
    pairing = begin()
    pairing.model_not_called(state)
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    assert [(row.disposition, row.model) for row in record.rows] == [(disposition, None)]
    assert pairing.model_started


@pytest.mark.parametrize(("limit", "disposition"), [("6B", None), ("5B", Disposition.TOO_LARGE)])
def test_a_model_answer_beyond_the_routes_limit_is_given_up(record, fakes, limit, disposition):
    """As a body of legacy's is: its status is kept, its bytes are neither served nor recorded."""
    plan = fakes.plan_of(capture={"body_limit": limit})
    pairing = Pairing(record, plan, Request("GET", "/"), SHADOW, switch=plan.switch, at=7, bucket=None)
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    pairing.model_ended(Outcome(ModelState.ANSWERED, Observation(0.1, Answer(200, (), b"sixlet"))))
    (row,) = record.rows
    kept, failure = (b"sixlet", None) if disposition is None else (b"", Failure.TOO_LARGE)
    assert (row.disposition, row.model) == (disposition, Observation(0.1, Answer(200, (), kept), failure))


class FakeRepeat:
    """Keeps what it holds until the test lets it go."""

    def __init__(self):
        self.told = []
        self.held = []

    def hold(self, exchange, write) -> None:
        self.held.append((exchange, write))

    def answered(self) -> None:
        self.told.append("answered")


def test_an_exchange_that_is_to_be_compared_waits_for_its_repeats(begin, record, fakes):
    """It is written by whoever asks again, and learns when its client has been answered."""
    pairing = begin()
    pairing.repeat = repeat = FakeRepeat()
    pairing.model_ended(fakes.answered())
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    pairing.abandoned()
    assert (record.rows, repeat.told) == ([], ["answered"])
    ((exchange, write),) = repeat.held
    write(exchange)
    assert record.rows == [exchange]


def test_an_exchange_without_two_answers_waits_for_nothing(begin, record):
    """There is no noise to be known of it."""
    pairing = begin()
    pairing.repeat = repeat = FakeRepeat()
    pairing.model_not_called(ModelState.SHED)
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    assert (len(record.rows), repeat.held) == (1, [])


def test_further_answers_that_are_asked_for_too_late_write_no_second_row(begin, record, fakes):
    """Weighing may go on for a moment after it was decided without it; what they use is only counted."""
    pairing = begin(EXPOSED)
    further, plan = pairing.further, fakes.plan_of(model=fakes.FakeModel())
    pairing.model_ended(fakes.answered())
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    pairing.decided(Decision(Side.LEGACY, Reason.MODEL_LATE), None)
    purse = Purse(None)
    further.begun(plan, Future(), purse)(fakes.answered())
    assert [row.samples for row in record.rows] == [None]
    assert purse.used.answers == 1


def test_a_row_waits_for_the_further_answers_that_are_under_way(begin, record, fakes):
    """And holds what they used."""
    pairing = begin(EXPOSED)
    ended = pairing.further.begun(fakes.plan_of(model=fakes.FakeModel()), Future(), Purse(None))
    pairing.model_ended(fakes.answered())
    pairing.legacy_ended(LegacyEnd.ANSWERED, LEGACY)
    pairing.decided(Decision(Side.LEGACY, Reason.MODEL_LATE), None)
    assert record.rows == []
    ended(fakes.answered())
    assert [row.samples for row in record.rows] == [Samples(1)]
