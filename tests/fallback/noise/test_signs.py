"""Evidence from signs, and alarms over many places, held against exact numbers and small simulations."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.integrate import quad

from fallback.noise.signs import LEVEL, PRIOR, alarms, log_evidence


@pytest.mark.parametrize(("ahead", "discordant"), [(0, 0), (3, 3), (2, 7), (40, 60)])
@pytest.mark.parametrize("prior", [PRIOR, (1, 1)])
def test_the_evidence_is_the_mean_likelihood_ratio_over_all_that_is_above_half(ahead, discordant, prior):
    """Held against the integral itself, weighted by the prior."""
    a, b = prior
    area, _ = quad(lambda p: p ** (ahead + a - 1) * (1 - p) ** (discordant - ahead + b - 1), 0.5, 1)
    whole, _ = quad(lambda p: p ** (a - 1) * (1 - p) ** (b - 1), 0.5, 1)
    expected = math.log(area / whole) + discordant * math.log(2)
    assert log_evidence(ahead, discordant, prior) == pytest.approx(expected, abs=1e-9)


def test_its_expectation_under_chance_is_one():
    """Exactly so where either sign is as likely: twenty triples, all their outcomes."""
    n = 20
    chances = [Fraction(math.comb(n, k), 2**n) for k in range(n + 1)]
    values = np.exp(log_evidence(range(n + 1), [n] * (n + 1)))
    assert sum(float(p) * e for p, e in zip(chances, values, strict=True)) == pytest.approx(1.0)


def test_what_cannot_be_written_is_no_evidence():
    """A hundred thousand signs the wrong way are minus infinity, never a small number that adds up."""
    assert log_evidence(0, 100_000) == -math.inf


def test_alarms_are_counted_against_all_places_watched():
    """The same evidence is enough among two places, and not among a thousand."""
    strong = math.log(60)
    assert alarms([strong, 0.0], 2).tolist() == [True, False]
    assert alarms([strong, 0.0], 1000).tolist() == [False, False]


def test_weaker_evidence_suffices_beside_other_alarms():
    """The k strongest are alarms once the weakest of them is at least tests / (level * k)."""
    assert alarms([math.log(41)] * 2, 4).tolist() == [True, True]
    assert alarms([math.log(41), 0.0], 4).tolist() == [False, False]
    assert alarms([], 0).tolist() == []


@pytest.mark.parametrize("floor", [0.01, 0.1, 0.5])
def test_without_a_regression_few_runs_ever_alarm(floor):
    """Forty places, fifty looks on the way to 5,000 triples, 300 runs: 2 % at most, 5 % were promised."""
    rng = np.random.default_rng(4)
    runs, looks, places = 300, 50, 40
    steps = rng.binomial(5_000 // looks, 2 * floor * (1 - floor), size=(looks, runs, places))
    ahead = rng.binomial(steps, 0.5).cumsum(axis=0)
    evidence = log_evidence(ahead, steps.cumsum(axis=0))
    alarmed = [any(alarms(look, places).any() for look in evidence[:, run]) for run in range(runs)]
    assert sum(alarmed) <= 0.02 * runs + 3


def test_a_regression_in_one_per_cent_is_found_in_5000_triples():
    """At a place that is otherwise quiet, and at one that strays by itself in a thousandth: in every run of 100."""
    rng = np.random.default_rng(5)
    quiet = [(rng.binomial(5_000, 0.01), 0) for _ in range(100)]
    straying = [(rng.binomial(5_000, 0.011), rng.binomial(5_000, 0.001)) for _ in range(100)]
    for found in (quiet, straying):
        evidence = log_evidence([a for a, _ in found], [a + b for a, b in found])
        assert all(alarms([one, *[0.0] * 39], 40)[0] for one in evidence)


def test_the_prior_finds_more_than_a_flat_one_and_alarms_no_oftener():
    """At a floor of 0.5 and 1 %, by 5,000 triples, where both see the same 400 runs; nothing is lost elsewhere."""
    rng = np.random.default_rng(6)
    found = {}
    for floor in (0.005, 0.01, 0.2):
        excess = 0.05 if floor == 0.2 else 0.01
        ahead = rng.binomial(5_000, (1 - floor) * (floor + excess * (1 - floor)), 400)
        behind = rng.binomial(5_000, floor * (1 - floor) * (1 - excess), 400)
        for prior in (PRIOR, (1, 1)):
            enough = log_evidence(ahead, ahead + behind, prior) >= math.log(40 / LEVEL)
            found[floor, prior] = int(enough.sum())
    assert found[0.005, PRIOR] > found[0.005, (1, 1)]
    assert found[0.01, PRIOR] > found[0.01, (1, 1)]
    assert found[0.2, PRIOR] >= found[0.2, (1, 1)]
