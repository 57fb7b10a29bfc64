"""At most one certificate of a route is in force, and every change of it is in the audit log."""

from __future__ import annotations

import msgspec
import pytest

from fallback.switch import Grant
from shadow.record import certificates, switches
from shadow.record.audit import verify
from shadow.record.certificates import Body, Move, history, in_force, put, void
from shadow.record.store import open_store

MOVE = Move("address", 5, "ops", "shown to the board")
BODY = Body("basis/terms", None, {"": 0.8}, {"": msgspec.Raw(b'{"n":1}')})


@pytest.fixture
def record(tmp_path):
    """Open an empty store."""
    made = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    yield made
    made.close()


def test_a_certificate_takes_the_place_of_the_one_before(record):
    """With who, when and why; the switches' revision shows it."""
    with record.transaction() as db:
        put(db, "c1", BODY, MOVE)
    before = switches.revision(record)
    with record.transaction() as db:
        assert put(db, "c2", msgspec.structs.replace(BODY, thresholds={"": 0.7}), MOVE) == before + 1
    assert in_force(record) == {"address": Grant("c2", "basis/terms", None, {"": 0.7})}
    told = record.db.execute(
        "SELECT who, what, route, why, before, after FROM audit ORDER BY seq DESC"
    ).fetchone()
    assert told == (
        "ops",
        "certificate_set",
        "address",
        "shown to the board",
        '{"certificate":"c1","threshold":0.8}',
        '{"certificate":"c2","threshold":0.7}',
    )
    assert verify(record) is None
    assert [(each["id"], each["void_at"], each["proofs"]) for each in history(record, "address")] == [
        ("c2", None, {"": {"n": 1}}),
        ("c1", 5, {"": {"n": 1}}),
    ]


def test_a_void_certificate_grants_nothing(record):
    """And is void once."""
    with record.transaction() as db:
        put(db, "c1", BODY, MOVE)
        assert void(db, MOVE)
        assert not void(db, MOVE)
    assert in_force(record) == {}
    assert record.db.execute("SELECT what FROM audit ORDER BY seq").fetchall() == [
        ("certificate_set",),
        ("certificate_void",),
    ]


def test_one_that_cannot_be_read_grants_nothing_and_hides_no_other(record):
    """A kill must be seen whatever is in this table."""
    for ident, route, body in (("c1", "a", "{"), ("c2", "b", msgspec.json.encode(BODY).decode())):
        record.db.table("certificates").insert(
            {"id": ident, "route": route, "at": 1, "void_at": None, "body": body}
        )
    assert list(certificates.in_force(record)) == ["b"]
