import pytest
from msgspec.structs import replace

from comparators.answer import Answer
from shadow.demo import data, folder, ledger, replay
from shadow.demo.ledger import Pair, Progress
from shadow.demo.options import DemoOptions, Ports
from shadow.record.rows import SCORED, UNSCORED
from shadow.record.store import open_store


@pytest.fixture
def store(tmp_path):
    """Give the file of a store with two exchanges: one scored with both bodies, one waiting with none."""
    path = tmp_path / "shadow.db"
    opened = open_store(f"sqlite:///{path}")
    words = {"at": 1, "worker": "w", "route": "intent", "phase": "shadow", "method": "POST", "path": "/"}
    words |= {"served": "legacy", "reason": "shadow", "config_hash": "h", "sampling": 1.0}
    with opened.transaction() as db:
        db["exchanges"].insert_all(
            [
                {"id": "a", "state": SCORED, "confidence": 0.9, **words},
                {"id": "b", "state": UNSCORED, "confidence": None, **words},
            ]
        )
        db["bodies"].insert_all(
            [
                {"exchange": "a", "side": side, "headers": "[]", "body": body}
                for side, body in (("request", b"?"), ("legacy", b'{"intent": "x"}'), ("model", b"no json"))
            ],
            pk=("exchange", "side"),
        )
    opened.close()
    return path


def test_progress_counts_what_is_recorded_and_what_waits(store):
    """The scorer's backlog and the record's size are read without touching the store."""
    assert ledger.progress(store) == Progress(recorded=2, waiting=1)


def test_progress_tells_what_was_counted_and_has_no_row(store):
    """By disposition; such a row never comes."""
    opened = open_store(f"sqlite:///{store}")
    tally = {"minute": 0, "route": "intent", "phase": "shadow", "served": "legacy", "reason": "shadow"}
    with opened.transaction() as db:
        db["tallies"].insert_all(
            [{**tally, "disposition": "shed", "n": 3}, {**tally, "disposition": "", "n": 2}]
        )
    opened.close()
    found = ledger.progress(store)
    assert (found, found.counted) == (Progress(recorded=2, waiting=1, rowless={"shed": 3}), 5)


def test_both_sides_answers_are_read_by_exchange(store):
    """A body that is no JSON, or was not kept, is no answer."""
    read = {"intent": lambda raw: raw}

    assert ledger.pairs(store, read) == {"a": Pair({"intent": "x"}, None, 0.9), "b": Pair(None, None, None)}


def test_a_models_reply_is_read_into_the_legacys_shape(store):
    """What the route's reader makes of the raw reply is the model's answer, unless something speaks against it."""
    fine = {"intent": lambda _raw: Answer.of(json={"intent": "y"})}
    broken = {"intent": lambda raw: replace(raw, body=b"{}", problem="schema broken")}

    assert ledger.pairs(store, fine)["a"].model == {"intent": "y"}
    assert ledger.pairs(store, broken)["a"].model is None


def test_the_demos_own_replies_are_read(tmp_path):
    """The readers of the demo's configuration read what its model server says."""
    files = folder.prepare(DemoOptions(folder=tmp_path), Ports())
    row = data.addresses()[0]
    said = replay.completion(replay.address_tokens(row), model="address-replay", number=1, asked=1)

    assert ledger.readers(files.config)["address"](Answer.of(json=said)).json == row.model
