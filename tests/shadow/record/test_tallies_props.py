"""Laws of the traffic's counts."""

from __future__ import annotations

import tempfile
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.record.rows import MINUTE
from shadow.record.store import open_store
from shadow.record.tallies import Deltas, add, fold_old, read_totals

keys = st.tuples(
    st.integers(0, 10_000),
    st.sampled_from(["", "a"]),
    st.just("shadow"),
    st.sampled_from(["legacy", "model"]),
    st.just("shadow"),
    st.sampled_from(["", "compared"]),
)


@given(st.lists(st.tuples(keys, st.integers(-3, 3))), st.integers(1, 20))
def test_folding_in_memory_keeps_every_sum(added: list, most: int) -> None:
    """Whatever the minutes and however few keys may stay."""
    deltas, plain = Deltas(most_keys=most), Counter()
    for key, n in added:
        deltas.add(key, n)
        plain[key[1:]] += n
    folded = Counter()
    for key, n in deltas.take().items():
        folded[key[1:]] += n
    assert folded == plain


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(keys, st.integers(-3, 3), max_size=8), max_size=4), st.integers(0, 20_000))
def test_folding_in_the_store_keeps_every_total(batches: list, now: int) -> None:
    """At any time, with any counts."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/shadow.db")
        for batch in batches:
            with store.transaction() as db:
                add(db.conn, batch)
        before = read_totals(store)
        fold_old(store, now * MINUTE)
        after = read_totals(store)
        store.close()
    assert after == before
