"""The benchmark of certificates runs, and its pools have the truth that is said of them."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.certificates import RULES, TERMS, answers, halves, refits, show_nested, show_pools, tried
from benchmarks.pools import Truth, pools

POOLS = {pool.name: pool for pool in pools(TERMS.at_most)}


def test_a_pools_truth_is_its_risk():
    """Of the flat one everywhere; nothing may be served of it."""
    truth = Truth(POOLS["flat null"])
    assert truth.at(0.5)[0] == pytest.approx(TERMS.at_most, rel=1e-3)
    assert truth.at(None) == (0.0, 0.0)
    assert truth.oracle(TERMS.at_most) == 0.0


def test_the_oracles_coverage_is_the_largest_that_is_safe():
    """A little looser, and the risk is too high."""
    pool = POOLS["calibrated"]
    truth = Truth(pool)
    oracle = truth.oracle(TERMS.at_most)
    confidence = np.sort(pool.draw(np.random.default_rng(99), 400_000))[::-1]
    last = round(oracle * confidence.size) - 1
    assert truth.at(float(confidence[last]))[0] <= TERMS.at_most
    assert truth.at(float(confidence[last + 4000]))[0] > TERMS.at_most


def test_every_rule_can_be_tried(capsys):
    """On every pool, and printed."""
    show_pools(2)
    printed = capsys.readouterr().out
    assert all(name in printed for name in (*RULES, *POOLS))


def test_certificates_seldom_break_their_promise_where_the_rule_of_thumb_does():
    """On the pool where it matters most."""
    pool = POOLS["flat null"]
    truth = Truth(pool)
    assert tried(pool, truth, RULES["rule of thumb"], 20).violations > 0.5
    assert tried(pool, truth, RULES["certificate"], 20).violations <= 0.1


def test_real_answers_and_refits_can_be_tried():
    """Once each."""
    confidence, loss = answers()["wrong"]
    covered, broken, never = halves(confidence, loss, 0.05, 3)
    assert covered > 0.6
    assert (broken, never) == (0.0, 0.0)
    pool = POOLS["calibrated"]
    assert refits(pool, Truth(pool), 1)[0] is False


def test_promises_can_be_held_against_one_another(capsys):
    """A looser one never serves less."""
    show_nested(20)
    assert "one-shot 0, anytime 0;" in capsys.readouterr().out
