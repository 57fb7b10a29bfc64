"""The anytime certificate: evidence that may be looked at after every label, for ever."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fallback.certify import anytime
from fallback.certify.anytime import Epoch, begin, certificate_of, learn, log_evidence
from fallback.certify.audit import recompute
from fallback.certify.bounds import least
from fallback.certify.certificate import Scope, epoch_doubt
from fallback.certify.labels import Labels
from fallback.certify.terms import Terms, Why

TERMS = Terms(at_most=0.05)


def sample(n, risk, seed=0):
    """Draw labels whose share of losses at a confidence is risk(confidence)."""
    draws = np.random.default_rng(seed)
    confidence = draws.beta(3, 1, n)
    return Labels.of(confidence, (draws.random(n) < risk(confidence)).astype(float))


def batches(labels, size):
    """Give labels in batches, as they arrive."""
    return (labels.take(slice(at, at + size)) for at in range(0, len(labels), size))


@pytest.mark.parametrize(("share", "count"), [(0.01, 377), (0.02, 188), (0.05, 74)])
def test_so_many_labels_without_a_loss_are_evidence_enough(share, count):
    """A few more than for a single look: the price of looking for ever."""
    assert least(1, lambda n: float(log_evidence(n, 0, share)) >= math.log(20)) == count


def test_evidence_that_underflows_is_none_at_all():
    """Clipped to the smallest number instead, it certified a model that is always wrong."""
    assert log_evidence(5000, 5000, 0.05) == -math.inf
    assert log_evidence(20_000, 19_000, 0.05) == -math.inf
    labels = Labels.of(np.linspace(0, 1, 5000), np.ones(5000))
    found = certificate_of(learn(begin(labels.confidence, TERMS), labels))
    assert (found.threshold, found.reason) == (None, Why.RISK_TOO_HIGH)


def test_evidence_of_many_right_answers_is_large_and_finite():
    """A million of them."""
    assert 4e4 < float(log_evidence(1_000_000, 0, 0.05)) < 6e4
    assert float(log_evidence(0, 0, 0.05)) == pytest.approx(0.0)


def test_a_good_model_is_certified_as_labels_arrive():
    """What it comes to is what one look at all of them would nearly give."""
    labels = sample(6000, lambda c: 1 - c)
    epoch = begin(labels.confidence[:300], TERMS)
    assert certificate_of(epoch).reason is Why.TOO_FEW
    for batch in batches(labels, 200):
        epoch = learn(epoch, batch)
    found = certificate_of(epoch)
    assert found.threshold is not None
    assert found.kind == "anytime"
    assert found.k / found.n <= 0.05
    assert recompute(found) == ()
    assert found.coverage.share > 0.2


def test_batches_change_nothing_but_the_looks():
    """Counts are the same however labels are cut."""
    labels = sample(1000, lambda c: 1 - c)
    one, many = begin(labels.confidence, TERMS), begin(labels.confidence, TERMS)
    one = learn(one, labels)
    for batch in batches(labels, 7):
        many = learn(many, batch)
    assert (one.n, one.k, one.labels) == (many.n, many.k, many.labels)
    assert all(few <= often + 1e-9 for few, often in zip(one.peak, many.peak, strict=True))


def test_an_epoch_has_its_part_of_the_doubt():
    """All epochs together spend no more than the promise has: δ·6/(π²e²)."""
    assert epoch_doubt(0.05, 1) == pytest.approx(0.0304, abs=1e-4)
    assert sum(epoch_doubt(0.05, e) for e in range(1, 100_000)) == pytest.approx(0.05, rel=1e-4)
    second = certificate_of(begin(np.linspace(0, 1, 100), TERMS, Scope(epoch=2)))
    assert second.doubt == pytest.approx(epoch_doubt(0.05, 2))


def test_a_threshold_whose_losses_have_grown_is_given_up():
    """The evidence of better days stays valid, yet it is not used against one's eyes."""
    good, bad = Labels.of(np.full(500, 0.9), np.zeros(500)), Labels.of(np.full(500, 0.9), np.ones(500))
    epoch = learn(begin(np.full(10, 0.9), TERMS), good)
    assert certificate_of(epoch).threshold == 0.9
    worse = certificate_of(learn(epoch, bad))
    assert (worse.threshold, worse.reason) == (None, Why.RISK_TOO_HIGH)


def test_labels_without_confidence_or_below_every_threshold_reach_none():
    """They count as labels all the same."""
    epoch = learn(begin(np.array([0.5, 0.9]), TERMS), Labels.of([None, 0.1, 0.6, 0.9], [1, 1, 1, 0]))
    assert (epoch.thresholds, epoch.n, epoch.k) == ((0.9, 0.5), (1, 2), (0, 1))
    assert (epoch.labels, epoch.losses) == (4, 3)


def test_a_label_that_weighs_more_than_was_said_is_left_out_and_counted():
    """Nobody can bet on weights that come as a surprise; fractions need bets, too."""
    epoch = begin(np.array([0.5]), TERMS)
    epoch = learn(epoch, Labels.of([0.9, 0.9, 0.9], [0, 0.5, 0], probability=[0.5, 1, 1]))
    assert (epoch.labels, epoch.left_out) == (1, 2)
    assert certificate_of(epoch).evidence.left_out == 2


def test_labels_drawn_with_a_probability_are_bet_on():
    """Weighed by its inverse, and certified where the weighed risk is small."""
    draws = np.random.default_rng(11)
    lost = draws.random(20_000) < 0.02
    drawn = np.where(lost, 1.0, 0.25)
    seen = draws.random(20_000) < drawn
    labels = Labels.of(np.full(seen.sum(), 0.9), lost[seen], probability=drawn[seen])
    epoch = begin(np.full(10, 0.9), TERMS, least_probability=0.25)
    for batch in batches(labels, 500):
        epoch = learn(epoch, batch)
    found = certificate_of(epoch)
    assert found.threshold == 0.9
    assert found.k / found.n > 0.05  # as many as were drawn, not as there are
    assert not found.evidence.counted
    assert found.upper_bound == 0.05
    assert recompute(found) == ()
    assert Epoch.from_json(epoch.to_json()) == epoch


def test_an_epoch_goes_to_json_and_back():
    """So that a scorer that starts anew goes on where it was."""
    epoch = learn(begin(np.linspace(0, 1, 100), TERMS), sample(100, lambda c: 1 - c), (5, 9))
    assert Epoch.from_json(epoch.to_json()) == epoch
    assert learn(epoch, sample(10, lambda c: 1 - c), (7, 12)).window == (5, 12)


def test_coverage_is_measured_on_traffic_where_it_is_told():
    """By a function from a threshold to counts."""
    epoch = learn(begin(np.full(10, 0.9), TERMS), Labels.of(np.full(500, 0.9), np.zeros(500)))
    assert certificate_of(epoch, lambda threshold: (int(threshold * 100), 1000)).coverage.share == 0.09


def test_a_risk_at_the_limit_is_seldom_certified_over_many_looks():
    """The flat null, 80 looks, 50 times: where a fixed test, run again and again, fails in a fifth."""
    broken = 0
    for seed in range(50):
        draws = np.random.default_rng(seed)
        epoch = begin(draws.random(500), TERMS)
        ever = False
        for _ in range(80):
            batch = Labels.of(draws.random(50), draws.random(50) < 0.0501)
            epoch = anytime.learn(epoch, batch)
            ever = ever or certificate_of(epoch).threshold is not None
        broken += ever
    assert broken <= 0.05 * 50
