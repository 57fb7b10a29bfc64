"""Epochs begin where what certificates stand on changes."""

from __future__ import annotations

import pytest

from shadow.record import epochs
from shadow.record.migrations import _make_room_for_certificates
from shadow.record.store import open_store


@pytest.fixture
def record(tmp_path):
    """Open an empty store."""
    made = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    yield made
    made.close()


def since(record):
    """Give from when on labels count, and the epoch's place."""
    found = epochs.current(record.db, "address")
    assert found is not None
    return found.id, found.since, found.standing


def test_the_first_epoch_takes_all_there_is(record):
    """Nothing has changed before it."""
    assert epochs.current(record.db, "address") is None
    assert epochs.enter(record, "address", "b", "t", 100)
    assert since(record) == (1, 0, "b/t")
    assert not epochs.enter(record, "address", "b", "t", 200)


def test_a_change_of_what_labels_are_made_with_begins_anew(record):
    """A change of the promise alone keeps the labels."""
    epochs.enter(record, "address", "b", "t", 100)
    epochs.enter(record, "address", "b", "u", 200)
    assert since(record) == (2, 0, "b/u")
    epochs.enter(record, "address", "c", "u", 300)
    assert since(record) == (3, 300, "c/u")
    epochs.enter(record, "address", "c", "t", 400)
    assert since(record) == (4, 300, "c/t")


def test_a_request_is_labelled_once_an_epoch(record):
    """And again in the next."""
    epochs.enter(record, "address", "b", "t", 100)
    one = epochs.current(record.db, "address")
    assert one is not None
    with record.transaction() as db:
        assert epochs.enlist(db, one, ["x", "y", "x"]) == [True, True, False]
        assert epochs.enlist(db, one, ["y"]) == [False]
    assert set(epochs.enlisted(record.db, one)) == {"x", "y"}
    epochs.enter(record, "address", "c", "t", 200)
    assert epochs.enlisted(record.db, one) == {}


def test_what_an_older_version_recorded_is_of_an_unknown_epoch(record, fill):
    """Nobody knows which panel scored it, so it gives no labels."""
    fill(record, [(0.9, "match")])
    with record.transaction() as db:
        db.execute("DROP TABLE epochs")
        db.execute("DROP TABLE labels")
        db.execute("DROP INDEX certificates_by_route")
        db.execute("ALTER TABLE reviews DROP COLUMN probability")
        _make_room_for_certificates(db)
    epochs.enter(record, "address", "b", "t", 100)
    assert since(record) == (2, 100, "b/t")
