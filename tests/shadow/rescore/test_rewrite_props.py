"""The law of rescoring: it leaves the store as if everything had been scored that way in the first place."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PANELS = (
    "[{use: json}]",
    "[{use: json, ignore: [/b], tolerance: 0.3}]",
    "[{use: exact}]",
    "[{use: exact, label: json}, {use: number, pointer: /a, relative: 0.1}]",
    "[{use: text, pointer: /b, tolerance: 0.5}, {use: json, paths: [/a]}]",
)
VALUES = st.sampled_from([0, 1, 1.05, "x", "xy", "long text", None])
DOCUMENTS = st.dictionaries(st.sampled_from("abc"), VALUES)
PAIRS = st.lists(
    st.tuples(DOCUMENTS, DOCUMENTS, st.sampled_from([None, 0.1, 0.95]), st.sampled_from(["de", "en"])),
    min_size=1,
    max_size=6,
)


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PAIRS, st.sampled_from(PANELS), st.sampled_from(PANELS))
def test_rescored_is_as_if_scored_so_at_first(make, new_shelf, pairs, first, second):
    """Rows, sums and tallies; and nothing is left to change afterwards."""
    exchanges = [
        make(old, new, confidence=confidence, cohorts=(("language", language),))
        for old, new, confidence, language in pairs
    ]
    with tempfile.TemporaryDirectory() as folder:
        anew, fresh = new_shelf(Path(folder) / "anew"), new_shelf(Path(folder) / "fresh")
        anew.compare_by(first)
        anew.record(*exchanges)
        anew.compare_by(second)
        fresh.compare_by(second)
        fresh.record(*exchanges)
        anew.rescore()
        assert anew.state() == fresh.state()
        diff = anew.rescore().standing.diff
        assert (diff.unchanged, diff.before) == (len(exchanges), diff.after)
