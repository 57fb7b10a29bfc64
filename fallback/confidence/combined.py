"""Confidence from several estimators at once, by a logistic regression that was fitted on an earlier period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fallback.confidence.case import Needs, needs_of, sees_cases
from fallback.confidence.estimator import as_confidence, asked
from fallback.confidence.logistic import read_fit

if TYPE_CHECKING:
    from fallback.confidence.case import Case
    from fallback.confidence.estimator import AnyEstimator


class Combined:
    """What several `signals`, estimators by name, say together.

    `fit` is a stored regression over exactly these names; without one there is no confidence yet, but the signals
    can be recorded and fitted. None when any signal is missing.
    """

    def __init__(self, *, signals: dict[str, Any], fit: Any = None) -> None:
        if not signals:
            raise ValueError("signals: name at least one estimator, as {name: {use: …}}")
        self.signals: dict[str, AnyEstimator] = dict(signals)
        self.fit = None if fit is None else read_fit(fit)
        if self.fit is not None:
            fitted = {each.name for each in self.fit.weights}
            if fitted != self.signals.keys():
                raise ValueError(
                    f"fit: was fitted over {', '.join(sorted(fitted))}, and the signals are "
                    f"{', '.join(sorted(self.signals))}"
                )
        needs = [needs_of(each) for each in self.signals.values()]
        samplings = [each.samples for each in needs if each.samples is not None]
        if len(samplings) > 1:
            raise ValueError("signals: only one of them can ask the model again")
        self.needs = Needs(any(each.legacy for each in needs), samplings[0] if samplings else None)

    def further(self, case: Case) -> int:
        """Need as many further answers as the signal that needs most."""
        return max((each.further(case) for each in self.signals.values() if sees_cases(each)), default=0)

    def values(self, case: Case) -> dict[str, float | None]:
        """Give what each signal says by itself."""
        return {name: as_confidence(asked(each, case)) for name, each in self.signals.items()}

    def __call__(self, case: Case) -> float | None:
        """Give the probability that the answer is right, as the regression has it."""
        return None if self.fit is None else self.fit.predict(self.values(case))


def fitted_until(estimator: AnyEstimator | None) -> int | None:
    """Give the end, in µs, of the period that an estimator was fitted on; None when nothing is known of one.

    What is certified about it has to come from later.
    """
    return estimator.fit.until if isinstance(estimator, Combined) and estimator.fit is not None else None
