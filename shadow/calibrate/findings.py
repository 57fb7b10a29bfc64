"""All that `shadow calibrate` tells, as one value: the certificate, the curve around it, other risks, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from fallback.calibration.fit import fit, venn_abers
from fallback.calibration.measure import measure
from fallback.certify.blocks import groups_of
from fallback.certify.bounds import upper_bound
from fallback.certify.certificate import Certificate, Scope
from fallback.certify.once import certify, coverage_of, threshold_at
from fallback.certify.terms import Loss, Terms

if TYPE_CHECKING:
    from fallback.certify.labels import Labels
    from shadow.calibrate.rows import Labelled

RISKS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
"""What the table of other risks shows, beside the one asked for."""


class At(msgspec.Struct, frozen=True):
    """A point of the risk–coverage curve: served from this threshold on, with its rate of losses and its bound."""

    threshold: float
    coverage: float
    rate: float
    upper_bound: float


class Other(msgspec.Struct, frozen=True):
    """What would be served at another risk."""

    at_most: float
    threshold: float | None
    coverage: float


class Findings(msgspec.Struct, frozen=True):
    """The certificate, its cohorts' certificates, and what helps a person to judge them."""

    certificate: Certificate
    curve: tuple[At, ...]
    other_risks: tuple[Other, ...]
    cohorts: dict[str, Certificate] = {}
    calibration: dict[str, Any] = {}
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Give it as a JSON document; what scripts ask for first stands at the top."""
        found = self.certificate
        return {
            "threshold": found.threshold,
            "reason": found.reason,
            "n": found.n,
            "k": found.k,
            "upper_bound": found.upper_bound,
            "coverage": found.coverage.share,
            "loss": found.terms.loss,
            "at_most": found.terms.at_most,
            "probability": found.terms.probability,
            "needed": found.needed,
            "notes": self.notes,
            "cohorts": {
                name: {
                    "threshold": each.threshold,
                    "reason": each.reason,
                    "n": each.n,
                    "k": each.k,
                    "upper_bound": each.upper_bound,
                    "coverage": each.coverage.share,
                }
                for name, each in self.cohorts.items()
            },
            "curve": self.curve,
            "other_risks": self.other_risks,
            "calibration": self.calibration,
            "certificate": found,
        }


def find(
    found: Labelled, terms: Terms, *, cohort: str | None = None, certificate: Certificate | None = None
) -> Findings:
    """Certify labels and look around; a certificate that is there already is taken as it is."""
    labels, population = found.labels, found.population
    window = (min(found.times), max(found.times)) if found.times else None
    made = certificate or certify(labels, terms, population=population, window=window)
    return Findings(
        made,
        curve=tuple(_curve(made)),
        other_risks=tuple(_others(labels, terms, population)),
        cohorts=by_cohort(found, terms, cohort) if cohort is not None else {},
        calibration=_calibration(labels, made.threshold),
        notes=(*_notes(found), *_heavy(made), *_advice(made)),
    )


def by_cohort(found: Labelled, terms: Terms, cohort: str) -> dict[str, Certificate]:
    """Certify each value of a cohort with its part of the doubt, so that all hold together."""
    slices = found.slices(cohort)
    return {
        name: certify(labels, terms, scope=Scope(cohort=f"{cohort}={name}", among=len(slices)))
        for name, labels in slices.items()
    }


def _curve(made: Certificate) -> list[At]:
    labels = made.evidence.labels
    return [
        At(step.threshold, step.n / labels, step.k / step.n, upper_bound(step.k, step.n, made.terms.doubt))
        for step in made.steps
        if step.n
    ]


def _others(labels: Labels, terms: Terms, population: Any) -> list[Other]:
    found, groups = [], groups_of(labels)
    for risk in sorted({*RISKS, terms.at_most}):
        threshold = threshold_at(labels, groups, Terms(terms.loss, risk, terms.probability))
        found.append(Other(risk, threshold, coverage_of(labels, population, threshold).share))
    return found


def _calibration(labels: Labels, threshold: float | None) -> dict[str, Any]:
    """Hold confidence against the share of answers that were no loss; at the threshold by Venn and Abers."""
    known = labels.take(~np.isnan(labels.confidence))
    right = 1.0 - known.loss
    measured = measure(known.confidence, right, known.weight)
    fitted = fit(known.confidence, right, known.weight)
    return {
        "n": measured.n,
        "brier": measured.brier,
        "error": measured.error,
        "error_interval": measured.interval,
        "points": [msgspec.to_builtins(point) for point in measured.points],
        "method": None if fitted is None else fitted.method,
        "at_threshold": None
        if threshold is None or fitted is None or fitted.method != "isotonic"
        else [
            float(end[0]) for end in venn_abers(known.confidence, right, np.array([threshold]), known.weight)
        ],
        "map": []
        if fitted is None
        else [[round(at, 2), float(fitted.at(np.array([at]))[0])] for at in np.linspace(0, 1, 21).tolist()],
    }


def _notes(found: Labelled) -> list[str]:
    notes = list(found.left_out)
    if found.retries:
        notes.append(f"{found.retries:,} labels of a request that was labelled before were left out")
    unknown = int(np.isnan(found.labels.confidence).sum())
    if unknown:
        notes.append(f"{unknown:,} answers have no confidence: legacy serves them whatever the threshold")
    if found.labels.weight is not None:
        notes.append("labels weigh 1/probability of their review")
    return notes


def _heavy(made: Certificate) -> list[str]:
    """Say how many labels an epoch could not take."""
    left_out = made.evidence.left_out
    told = "labels weigh more than certify.least_probability allows, or are fractions, and were left out"
    return [f"{left_out:,} {told}"] if left_out else []


def _advice(made: Certificate) -> list[str]:
    """Say what labels would change a never."""
    if made.threshold is not None or made.needed is None:
        return []
    need, terms = made.needed, made.terms
    least = f"{need.above:,} labels at or above a threshold prove it if none of them is a loss"
    advice = [f"at least {least}: in all, that number divided by the coverage you hope for"]
    if need.in_all is not None:
        more = max(need.in_all - made.evidence.labels, 1)
        advice.append(f"about {more:,} more labels would do if losses stay as they are at the best threshold")
    elif made.evidence.labels >= need.above:
        advice.append(
            f"losses are above {terms.at_most:.3g} from every threshold on: more such labels will not change it"
        )
    if terms.loss is Loss.DIVERGENCE:
        advice.append(
            "divergence counts every difference against the model, although legacy may be the one that is wrong: "
            "review exchanges (shadow review import) and certify regret or wrong, for which "
            f"{need.above:,} reviews above the threshold can be enough"
        )
    return advice
