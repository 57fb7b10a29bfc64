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
from fallback.certify.walks import Walk, safe

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


@given(ROWS, st.tuples(RISKS, RISKS), st.tuples(DOUBTS, DOUBTS), st.integers(0, 10))
@settings(max_examples=60, deadline=None)
def test_a_larger_risk_or_doubt_never_proves_less(rows, risks, doubts, start):
    """From one start: whatever passes for a stricter promise passes for a looser one."""
    groups = groups_of(labels_of(rows))
    if not groups.n.size:
        return

    def reached(risk, doubt):
        p = binomial_tail(groups.k, groups.n, risk)
        return set(safe(p, [Walk(min(start, p.size - 1), doubt)]))

    assert reached(min(risks), min(doubts)) <= reached(max(risks), max(doubts))


@given(ROWS.filter(bool), RISKS)
@settings(max_examples=40, deadline=None)
def test_a_label_that_is_no_loss_never_lowers_the_evidence(rows, risk):
    """One more right answer at the top makes no p-value larger."""
    groups = groups_of(labels_of(rows))
    before = binomial_tail(groups.k, groups.n, risk)
    after = binomial_tail(groups.k, groups.n + 1, risk)
    assert bool(np.all(after <= before + 1e-12))
