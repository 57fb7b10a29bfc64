"""Checks a certificate from its own words: whoever doubts it needs this, and the labels only for the last step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fallback.certify.anytime import log_evidence
from fallback.certify.bounds import binomial_tail, upper_bound
from fallback.certify.certificate import allowance, chosen
from fallback.certify.nested import own_walks, proved
from fallback.certify.once import certify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fallback.certify.certificate import Certificate
    from fallback.certify.labels import Labels

_CLOSE = 1e-9
"""How far two roads to one number may differ."""


def recompute(certificate: Certificate, labels: Labels | None = None) -> tuple[str, ...]:
    """Recompute a certificate and give what does not agree, in words; nothing when all does.

    Without labels: the doubt that is spent, each threshold's p-value from its counts, where the walks start and
    where they end, the bound. With the labels, the whole of a one-shot certificate.
    """
    found = [*_spending(certificate), *_proofs(certificate), *_outcome(certificate)]
    if labels is not None:
        found += _from_labels(certificate, labels)
    return tuple(found)


def _spending(certificate: Certificate) -> Iterator[str]:
    allowed, spent = allowance(certificate.terms, certificate.scope), sum(w.doubt for w in certificate.walks)
    if not math.isclose(certificate.doubt, allowed, rel_tol=_CLOSE):
        yield f"it may spend a doubt of {allowed:.6g}, and says {certificate.doubt:.6g}"
    if spent > allowed * (1 + _CLOSE):
        yield f"its walks spend a doubt of {spent:.6g} of {allowed:.6g}"


def _proofs(certificate: Certificate) -> Iterator[str]:
    """Check each p-value that counts can prove; of an epoch, whose best look may be past, that it is no smaller."""
    if not certificate.evidence.counted or not certificate.steps:
        return
    share, steps = certificate.terms.at_most, certificate.steps
    n, k = np.array([float(s.n) for s in steps]), np.array([float(s.k) for s in steps])
    if certificate.kind == "one_shot":
        if own_walks(n, share, certificate.doubt) != certificate.walks:
            yield "its walks do not start where its counts say"
        proofs = binomial_tail(k, n, share)
        off = ~np.isclose(proofs, [s.p for s in steps], rtol=1e-6, atol=1e-15)
    else:
        proofs = np.exp(-np.maximum(log_evidence(n, k, share), 0.0))
        off = np.array([s.p for s in steps]) > proofs * (1 + 1e-6)
    for place in np.flatnonzero(off):
        step = steps[place]
        yield f"at {step.threshold:g}, {step.k:g} of {step.n} give p = {proofs[place]:.6g}, not {step.p:.6g}"


def _outcome(certificate: Certificate) -> Iterator[str]:
    place = _place(certificate)
    step = None if place is None else certificate.steps[place]
    if certificate.threshold != (None if step is None else step.threshold):
        yield f"its walks come to {None if step is None else step.threshold}, not {certificate.threshold}"
    elif step is not None and (certificate.n, certificate.k) != (step.n, step.k):
        yield f"{step.k:g} of {step.n} are at or above its threshold, not {certificate.k:g} of {certificate.n}"
    elif step is not None and certificate.evidence.counted:
        doubt = certificate.doubt if certificate.kind == "one_shot" else certificate.terms.doubt
        bound = upper_bound(step.k, step.n, doubt)
        if not math.isclose(bound, certificate.upper_bound or 0.0, rel_tol=1e-6):
            yield f"its upper bound is {bound:.6g}, not {certificate.upper_bound}"


def _place(certificate: Certificate) -> int | None:
    """Give the place of the loosest threshold that is proved."""
    steps, counted = certificate.steps, certificate.evidence.counted
    if counted and certificate.kind == "one_shot":
        n, k = np.array([float(s.n) for s in steps]), np.array([float(s.k) for s in steps])
        return max(proved(n, k, certificate.terms.at_most, certificate.doubt), default=None)
    return chosen(steps, certificate.walks, certificate.terms.at_most if counted else None)


def _from_labels(certificate: Certificate, labels: Labels) -> Iterator[str]:
    if certificate.evidence.digest and labels.digest() != certificate.evidence.digest:
        yield "it was made from other labels"
    elif certificate.kind == "one_shot":
        again = certify(labels, certificate.terms, scope=certificate.scope)
        if (again.threshold, again.n, again.k) != (certificate.threshold, certificate.n, certificate.k):
            yield f"these labels give {again.threshold} ({again.k:g} of {again.n})"
