"""The one-shot certificate: labels are looked at once, and the threshold is settled.

Looking again each time more labels are there breaks its promise: that is what `fallback.certify.anytime` is for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fallback.certify.betting import p_value, upper_mean
from fallback.certify.blocks import groups_of
from fallback.certify.bounds import MOST, about_at_rate, binomial_tail, fewest, upper_bound
from fallback.certify.certificate import Certificate, Coverage, Evidence, Needed, Scope, Step, allowance
from fallback.certify.nested import own_walks, proved
from fallback.certify.terms import Why
from fallback.certify.walks import safe, starts_by_coverage

if TYPE_CHECKING:
    from fallback.certify.blocks import Groups
    from fallback.certify.labels import Floats, Labels
    from fallback.certify.terms import Terms
    from fallback.certify.walks import Walk


def certify(
    labels: Labels,
    terms: Terms,
    *,
    population: Floats | None = None,
    window: tuple[int, int] | None = None,
    scope: Scope | None = None,
) -> Certificate:
    """Certify the loosest threshold that the labels prove safe, or none.

    `population` is the confidences of all traffic, labelled or not (NaN: none), which the coverage is measured
    on; without it, on the labels themselves.
    """
    scope = scope or Scope()
    doubt, groups, counted = allowance(terms, scope), groups_of(labels), labels.counted
    p, walks, place = tested(labels, groups, terms, doubt)
    steps = _steps(groups, p)
    threshold = None if place is None else steps[place].threshold
    reason = None if place is not None else why(groups.n, groups.k, terms, doubt)
    n, k = (len(labels), float(labels.loss.sum())) if place is None else (steps[place].n, steps[place].k)
    return Certificate(
        terms=terms,
        kind="one_shot",
        threshold=threshold,
        reason=reason,
        n=n,
        k=whole(k),
        upper_bound=None if threshold is None else _bound(labels, steps[place or 0], threshold, doubt),
        coverage=coverage_of(labels, population, threshold),
        evidence=Evidence(len(labels), whole(float(labels.loss.sum())), counted, labels.digest(), window),
        doubt=doubt,
        steps=steps,
        walks=walks,
        needed=None if threshold is not None else needed(groups.n, groups.k, len(labels), terms, doubt),
        scope=scope,
    )


def tested(
    labels: Labels, groups: Groups, terms: Terms, doubt: float
) -> tuple[Floats, tuple[Walk, ...], int | None]:
    """Give each group's p-value of "it is not safe", the walks over them, and the place of the loosest that is."""
    n, k, share = groups.n, groups.k, terms.at_most
    if labels.counted:
        place = max(proved(n, k, share, doubt), default=None)
        return binomial_tail(k, n, share), own_walks(n, share, doubt), place
    # what passes is not known from counts, so walks start where an epoch's do, whatever the promise
    p = np.array([p_value(labels.above(each), share) for each in groups.thresholds])
    walks = starts_by_coverage(n / n[-1] if n.size else n, doubt)
    return p, walks, max(safe(p, walks), default=None)


def threshold_at(labels: Labels, groups: Groups, terms: Terms) -> float | None:
    """Give the threshold alone that `certify` finds in labels and their groups."""
    *_, place = tested(labels, groups, terms, terms.doubt)
    return None if place is None else float(groups.thresholds[place])


def _steps(groups: Groups, p: Floats) -> tuple[Step, ...]:
    rows = zip(
        groups.thresholds.tolist(), groups.n.astype(int).tolist(), groups.k.tolist(), p.tolist(), strict=True
    )
    return tuple(Step(threshold, n, whole(k), tail) for threshold, n, k, tail in rows)


def whole(k: float) -> float:
    """Give a sum of losses, as a whole number where it is one."""
    return int(k) if float(k).is_integer() else k


def _bound(labels: Labels, step: Step, threshold: float, doubt: float) -> float:
    if labels.counted:
        return upper_bound(step.k, step.n, doubt)
    return upper_mean(labels.above(threshold), doubt)


def coverage_of(labels: Labels, population: Floats | None, threshold: float | None) -> Coverage:
    """Give the share of the traffic, or else of the labels, at or above a threshold."""
    total = labels.total if population is None else float(population.size)
    if threshold is None:
        return Coverage.of(0.0, total)
    if population is not None:
        return Coverage.of(float(np.count_nonzero(population >= threshold)), total)
    return Coverage.of(labels.above(threshold).total, total)


def why(n: Floats, k: Floats, terms: Terms, doubt: float) -> Why:
    """Say why no threshold passed: too few labels to say, or too many losses among those there are."""
    in_all, losses = (float(n[-1]), float(k[-1])) if n.size else (0.0, 0.0)
    enough = fewest(2, terms.at_most, doubt / 8)
    if in_all < fewest(0, terms.at_most, doubt):
        return Why.TOO_FEW
    if in_all < enough and losses <= terms.at_most * in_all:
        return Why.TOO_FEW
    return Why.RISK_TOO_HIGH


def needed(n: Floats, k: Floats, labels: int, terms: Terms, doubt: float) -> Needed:
    """Say how many labels would change a never, if losses stay where they are at the best of the thresholds."""
    above = fewest(0, terms.at_most, doubt)
    there, lost = n[n > 0], k[n > 0]
    # a group of a handful may be without a loss by luck: half a loss more is the usual caution
    in_all = about_at_rate((lost + 0.5) / (there + 1), terms.at_most, doubt / 2) * labels / there
    best = float(in_all.min(initial=math.inf))
    return Needed(above, max(math.ceil(best), labels + 1) if best < MOST else None)
