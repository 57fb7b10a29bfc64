"""The benchmark of noise, seeded and small: what it prints beside the other methods holds for few runs, too."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.noise import (
    LOOKS,
    TREE,
    false_alarms,
    panel_with,
    power,
    proposed,
    watched,
)
from comparators.catalog import build_panel


def test_fixed_cut_offs_and_p_values_alarm_where_nothing_regressed():
    """In every run, and in more than one of ten; the product in one of fifty at most."""
    found = false_alarms(300, seed=3)
    assert (found["fixed cut-offs"], found["BH on p-values"] > 0.1, found["e-BH (the product)"] <= 0.02) == (
        1.0,
        True,
        True,
    )


def test_what_is_wrong_in_one_per_cent_is_found_where_legacy_is_quiet():
    """At floors of 0 and 0.1 %, by 5,000 triples."""
    assert power(50, 0.01, seed=1)["e-BH (the product)"][:2] == [1.0, 1.0]


@pytest.mark.slow
def test_the_rules_that_are_proposed_bring_a_hidden_regression_to_light():
    """A price that trembles hides one answer of a hundred that is wrong, until its tolerance is in force."""
    rng = np.random.default_rng(2)
    state, flagged = watched(build_panel(TREE), rng, 20 * LOOKS)
    rules = proposed(state)
    assert flagged == set()
    assert all(place in rules for place in ("/id", "/took_ms", "/at: {use: datetime", "/items: set"))
    planted = {"wrong": "price", "share": 0.02}
    assert watched(build_panel(TREE), rng, 20 * LOOKS, **planted)[1] == set()
    assert watched(panel_with(rules), rng, 20 * LOOKS, **planted)[1] == {"/price"}
