"""The laws of what is in force."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fallback.switch import Override, Switch, in_force, parse_settings
from fallback.words import Phase

FILE = Switch(Phase.LIVE, exposure=0.1, threshold=0.8)
keys = st.sampled_from(["phase", "sample", "exposure", "threshold", "patience", "killed"]) | st.text(
    max_size=5
)
values = st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(Phase)
overrides = st.lists(st.builds(Override, keys, values, st.none() | st.integers(0, 20)), max_size=5)


@given(overrides, st.integers(0, 20))
def test_whatever_is_stored_gives_a_switch_in_range(stored, now):
    """It never raises, and every share is one."""
    found = in_force(FILE, stored, now)
    assert isinstance(found.phase, Phase)
    assert 0 <= found.sample <= 1
    assert 0 <= found.exposure <= 1
    assert found.threshold is None or 0 <= found.threshold <= 1
    assert 0 <= found.patience < float("inf")


@given(overrides)
def test_lapsed_overrides_leave_the_file(stored):
    """When all have ended, nothing is above the file."""
    assert in_force(FILE, [Override(each.key, each.value, 1) for each in stored], 1) == FILE


@given(st.lists(st.text(max_size=12), max_size=4))
def test_settings_are_read_or_refused(pairs):
    """Nothing but a ValueError comes of what a person types."""
    try:
        found = parse_settings(pairs)
    except ValueError:
        return
    assert len(found) == len(pairs)
