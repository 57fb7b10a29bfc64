"""The traffic's counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.record.rows import MINUTE
from shadow.record.tallies import HOUR, KEEP_MINUTES, Deltas, add, fold_old, move, read_totals

if TYPE_CHECKING:
    from shadow.record.rows import Key
    from shadow.record.store import Store

REST = ("address", "shadow", "legacy", "shadow", "")
DONE = ("address", "shadow", "legacy", "shadow", "compared")


def put(store: Store, counts: dict[Key, int]) -> None:
    """Add counts in a transaction of their own."""
    with store.transaction() as db:
        add(db.conn, counts)


def stored(store: Store) -> dict[Key, int]:
    """Read every count."""
    return {tuple(row[:6]): row[6] for row in store.db.execute("SELECT * FROM tallies")}


def test_deltas_sum_what_was_added_and_begin_anew() -> None:
    """Taking empties them."""
    deltas = Deltas()
    deltas.add((1, *REST))
    deltas.add((1, *REST), 2)
    assert deltas.take() == {(1, *REST): 3}
    assert deltas.take() == {}


def test_deltas_fold_minutes_into_hours_when_there_are_too_many_keys() -> None:
    """A store that fails for days costs little memory, and no count."""
    deltas = Deltas(most_keys=100)
    for minute in range(3000):
        deltas.add((minute, *REST))
    counts = deltas.take()
    assert sum(counts.values()) == 3000
    assert len(counts) <= 100


def test_adding_sums_onto_what_is_stored(store: Store) -> None:
    """Negative counts too; a delta of zero makes no row."""
    put(store, {(1, *REST): 3, (2, *REST): 0})
    put(store, {(1, *REST): -1})
    assert stored(store) == {(1, *REST): 2}


def test_a_move_takes_one_from_the_old_key_and_gives_one_to_the_new() -> None:
    """Between equal keys nothing moves."""
    assert move((1, *REST), (1, *DONE)) == {(1, *REST): -1, (1, *DONE): 1}
    assert move((1, *REST), (1, *REST)) == {}


def test_totals_sum_over_minutes_and_leave_out_zeros(store: Store) -> None:
    """From the beginning, or from a minute on."""
    put(store, {(1, *REST): 1, (2, *REST): 2, (1, *DONE): 1})
    put(store, {(1, *DONE): -1})
    assert read_totals(store) == {REST: 3}
    assert read_totals(store, since=2 * MINUTE) == {REST: 2}


def test_old_minutes_fold_into_the_first_of_their_hour(store: Store) -> None:
    """Those of the last two days stay, and a second folding changes nothing."""
    now = 100 * 24 * HOUR
    old = now - KEEP_MINUTES - HOUR
    put(store, {(old + 5, *REST): 2, (old + 7, *REST): 3, (old, *REST): 1, (now - 10, *REST): 4})
    fold_old(store, now * MINUTE)
    folded = stored(store)
    fold_old(store, now * MINUTE)
    assert stored(store) == folded == {(old, *REST): 6, (now - 10, *REST): 4}


def test_counts_of_zero_are_forgotten(store: Store) -> None:
    """Also when a late move met its count in another hour's row."""
    now = 100 * 24 * HOUR
    hour = now - KEEP_MINUTES - HOUR
    put(store, {(hour, *REST): 1, (now, *REST): 1})
    put(store, {(hour + 9, *REST): -1, (hour + 9, *DONE): 1, (now, *REST): -1})
    fold_old(store, now * MINUTE)
    assert stored(store) == {(hour, *DONE): 1}
