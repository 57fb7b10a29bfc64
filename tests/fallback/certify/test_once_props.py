"""Laws of the one-shot certificate, over any labels."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fallback.certify.blocks import groups_of
from fallback.certify.bounds import binomial_tail, upper_bound
from fallback.certify.labels import Labels
from fallback.certify.once import certify
from fallback.certify.terms import Terms

TENTHS = st.integers(0, 10).map(lambda tenth: tenth / 10)
ROWS = st.lists(st.tuples(TENTHS, st.sampled_from([0, 0, 0, 0, 1])), max_size=400)
RISKS = st.sampled_from([0.02, 0.05, 0.1, 0.2, 0.4])
DOUBTS = st.sampled_from([0.01, 0.05, 0.1, 0.5])


def labels_of(rows):
    """Make labels of pairs."""
    return Labels.of([confidence for confidence, _ in rows], [loss for _, loss in rows])


@given(ROWS, RISKS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_does_not_matter(rows, risk, shuffle):
    """Ties included: a certificate depends on what was seen, not on how it was filed."""
    mixed = list(rows)
    shuffle.shuffle(mixed)
    one, other = (certify(labels_of(each), Terms(at_most=risk)) for each in (rows, mixed))
    assert (one.threshold, one.n, one.k, one.steps) == (other.threshold, other.n, other.k, other.steps)


@given(ROWS, RISKS, DOUBTS)
@settings(max_examples=60, deadline=None)
def test_what_is_certified_is_proved(rows, risk, doubt):
    """The bound at the threshold is within the risk, and the threshold's counts are those of the labels."""
    labels = labels_of(rows)
    found = certify(labels, Terms(at_most=risk, probability=1 - doubt))
    if found.threshold is None:
        assert found.reason is not None
        return
    above = labels.above(found.threshold)
    assert (found.n, found.k) == (len(above), above.loss.sum())
    assert upper_bound(found.k, found.n, found.doubt) <= risk + 1e-9


PROMISES = st.tuples(st.floats(0.003, 0.6), st.floats(0.003, 0.6))
WEIGHTS = st.sampled_from([None, 0.25, 0.5])


def looser(one, other):
    """Whether a certificate serves at least what another does."""
    return other.threshold is None or (one.threshold is not None and one.threshold <= other.threshold)


@given(st.integers(0, 2**32), PROMISES, PROMISES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_larger_risk_or_doubt_never_serves_less(seed, risks, doubts, ties):
    """The whole certificate, whatever the labels: bad at the top, tied, few or many."""
    draws = np.random.default_rng(seed)
    size = int(draws.integers(1, 3000))
    confidence = draws.beta(*draws.uniform(0.5, 6, 2), size)
    confidence = np.round(confidence, int(draws.integers(1, 3))) if ties else confidence
    chance = np.where(confidence > draws.random(), draws.random() * 0.3, draws.random() * (1 - confidence))
    labels = Labels.of(confidence, (draws.random(size) < chance).astype(float))
    strict = certify(labels, Terms(at_most=min(risks), probability=1 - min(doubts)))
    for risk, doubt in ((max(risks), min(doubts)), (min(risks), max(doubts)), (max(risks), max(doubts))):
        assert looser(certify(labels, Terms(at_most=risk, probability=1 - doubt)), strict)


@given(ROWS.filter(bool), PROMISES, PROMISES, WEIGHTS)
@settings(max_examples=60, deadline=None)
def test_nor_does_it_where_losses_are_bet_against(rows, risks, doubts, drawn):
    """Fractions, and labels that weigh."""
    confidence, lost = ([each[at] for each in rows] for at in (0, 1))
    probability = None if drawn is None else np.where(np.arange(len(rows)) % 3 == 0, drawn, 1.0)
    labels = Labels.of(confidence, np.array(lost) * 0.5, probability=probability)
    strict = certify(labels, Terms(at_most=min(risks), probability=1 - min(doubts)))
    assert looser(certify(labels, Terms(at_most=max(risks), probability=1 - max(doubts))), strict)


@given(ROWS.filter(bool), RISKS)
@settings(max_examples=40, deadline=None)
def test_a_label_that_is_no_loss_never_lowers_the_evidence(rows, risk):
    """One more right answer at the top makes no p-value larger."""
    groups = groups_of(labels_of(rows))
    before = binomial_tail(groups.k, groups.n, risk)
    after = binomial_tail(groups.k, groups.n + 1, risk)
    assert bool(np.all(after <= before + 1e-12))
