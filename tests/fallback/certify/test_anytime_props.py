"""Laws of an epoch, over any labels."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fallback.certify.anytime import begin, certificate_of, learn, log_evidence
from fallback.certify.labels import Labels
from fallback.certify.terms import Terms

TENTHS = st.integers(0, 10).map(lambda tenth: tenth / 10)
ROWS = st.lists(st.tuples(TENTHS, st.sampled_from([0, 0, 0, 1])), max_size=200)


@given(ROWS, st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_the_best_evidence_never_falls(rows, size):
    """Each label may only add to what was seen at the best moment."""
    epoch = begin(np.linspace(0, 1, 11), Terms(at_most=0.2))
    for at in range(0, len(rows), size):
        part = rows[at : at + size]
        after = learn(epoch, Labels.of([c for c, _ in part], [loss for _, loss in part]))
        assert all(new >= old for old, new in zip(epoch.peak, after.peak, strict=True))
        epoch = after
    assert epoch.labels == len(rows)
    found = certificate_of(epoch)
    assert found.threshold is None or found.k <= 0.2 * found.n


@given(st.integers(0, 3000), st.integers(0, 3000), st.sampled_from([0.01, 0.05, 0.2]))
def test_a_loss_never_adds_evidence(n, k, share):
    """With one more loss among as many labels there is less of it, or none as before."""
    k = min(n, k)
    if k < n:
        assert log_evidence(n, k + 1, share) <= log_evidence(n, k, share) + 1e-9


RISKS = st.floats(0.003, 0.6)


@given(ROWS, st.tuples(RISKS, RISKS), st.tuples(RISKS, RISKS), st.sampled_from([1.0, 0.25]))
@settings(max_examples=100, deadline=None)
def test_a_larger_risk_or_doubt_never_serves_less(rows, risks, doubts, least):
    """At every look of an epoch, counted or bet: thresholds and starts do not depend on the promise."""
    strict = begin(np.linspace(0, 1, 11), Terms(at_most=min(risks), probability=1 - min(doubts)))
    loose = begin(np.linspace(0, 1, 11), Terms(at_most=max(risks), probability=1 - max(doubts)))
    if least < 1:
        grid = np.linspace(0, 1, 11)
        strict = begin(grid, strict.terms, least_probability=least)
        loose = begin(grid, loose.terms, least_probability=least)
    for at in range(0, len(rows), 40):
        part = rows[at : at + 40]
        labels = Labels.of([c for c, _ in part], [loss for _, loss in part])
        strict, loose = learn(strict, labels), learn(loose, labels)
        one, other = certificate_of(strict).threshold, certificate_of(loose).threshold
        assert one is None or (other is not None and other <= one)


@given(st.integers(0, 5000), st.integers(0, 5000), st.tuples(RISKS, RISKS))
def test_evidence_against_a_larger_share_is_never_less(n, k, shares):
    """Of the same losses."""
    k = min(n, k)
    less, more = (float(log_evidence(n, k, share)) for share in sorted(shares))
    assert less <= more or less - more <= 1e-9 * max(1.0, abs(less))
