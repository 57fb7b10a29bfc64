"""The audit log and its chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shadow.record.audit import Entry, append, verify

if TYPE_CHECKING:
    from shadow.record.store import Store


def fill(store: Store, count: int = 4) -> None:
    """Write some entries."""
    for number in range(count):
        with store.transaction() as db:
            append(
                db, Entry(number, "ops", "switch_set", "address", "try it", None, {"exposure": number / 10})
            )


def test_an_entry_keeps_its_words(store: Store) -> None:
    """What changed stands as JSON, nothing as NULL."""
    fill(store, 1)
    (row,) = store.db.query("SELECT * FROM audit")
    assert row.pop("hash")
    assert row == {
        "seq": 1, "at": 0, "who": "ops", "what": "switch_set", "route": "address", "why": "try it",
        "before": None, "after": '{"exposure":0.0}',
    }  # fmt: skip


def test_an_untouched_log_is_sound(store: Store) -> None:
    """An empty one too."""
    assert verify(store) is None
    fill(store)
    assert verify(store) is None


@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        ("UPDATE audit SET why = 'because' WHERE seq = 2", 2),
        ("UPDATE audit SET before = '{}' WHERE seq = 3", 3),
        ("UPDATE audit SET hash = upper(hash) WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 4", 4),
        ("DELETE FROM audit", 1),
        (
            "INSERT INTO audit SELECT 5, at, who, what, route, why, before, after, hash FROM audit WHERE seq = 4",
            5,
        ),
    ],
)
def test_whatever_is_done_by_hand_shows(store: Store, tamper: str, broken: int) -> None:
    """At the first row that is not as it was written."""
    fill(store)
    store.db.execute(tamper)
    assert verify(store) == broken


def test_rows_cut_off_the_end_still_show_after_more_were_written(store: Store) -> None:
    """Their numbers are not given again."""
    fill(store)
    store.db.execute("DELETE FROM audit WHERE seq = 4")
    fill(store, 1)
    assert verify(store) == 4


def test_an_entry_outside_a_transaction_is_a_mistake(store: Store) -> None:
    """It would stand without its change."""
    with pytest.raises(RuntimeError, match="belongs in the transaction of its change"):
        append(store.db, Entry(1, "ops", "killed", "*", "now"))


def test_a_change_that_fails_leaves_no_entry_and_no_gap(store: Store) -> None:
    """The number goes to the next."""
    with pytest.raises(ZeroDivisionError), store.transaction() as db:
        append(db, Entry(1, "ops", "killed", "*", "now")) // 0
    fill(store, 1)
    assert verify(store) is None
    assert store.db.execute("SELECT seq FROM audit").fetchall() == [(1,)]
