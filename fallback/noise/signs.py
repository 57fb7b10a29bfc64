"""The sign e-process over discordant triples, and e-BH over many of them. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

PRIOR = (6, 4)
"""A Beta density's parameters: what the evidence expects of θ, of which only the part above ½ counts. Large effects
need no help, so it leans to the middling ones; `benchmarks/noise.py` shows it beside a flat one."""

LEVEL = 0.05
"""The expected share of false alarms among the alarms, at most; without any regression, of runs with an alarm."""


def log_evidence(
    ahead: ArrayLike, discordant: ArrayLike, prior: tuple[float, float] = PRIOR
) -> NDArray[np.float64]:
    """Give the natural logarithm of the evidence that a sign falls one way more often than the other.

    Of `discordant` triples, `ahead` are those in which only the model differed from legacy; in the others only
    legacy did, from itself. Where the model is no noisier than legacy, either is as likely. The evidence is the
    mean over all θ in (½, 1], weighted by the prior, of the likelihood of the signs under θ by that under ½: at
    every moment its expectation is at most 1 for every θ ≤ ½, so it may be looked at as often as one likes
    (J. Ville, 1939; V. Vovk and R. Wang, "E-values", Annals of Statistics 49 (2021)). Less than can be written is
    minus infinity.
    """
    import numpy as np
    from scipy.special import betainc, betaln

    k = np.asarray(ahead, dtype=np.float64)
    n = np.asarray(discordant, dtype=np.float64)
    a, b = prior
    with np.errstate(divide="ignore"):
        above_half = np.log(betainc(n - k + b, k + a, 0.5)) - math.log(betainc(b, a, 0.5))
    found: NDArray[np.float64] = betaln(k + a, n - k + b) - betaln(a, b) + above_half + n * math.log(2)
    return found


def alarms(evidence: ArrayLike, tests: int, level: float = LEVEL) -> NDArray[np.bool_]:
    """Say of which tests the evidence (natural logarithms) is enough, with `tests` of them watched in all.

    e-BH (R. Wang and A. Ramdas, "False discovery rate control with e-values", JRSS B 84 (2022)): the k strongest
    are alarms for the largest k at which the weakest of them is at least tests / (level · k). It holds however
    the tests depend on each other. Tests without evidence of their own need not be listed, only counted.
    """
    import numpy as np

    values = np.asarray(evidence, dtype=np.float64)
    found: NDArray[Any] = np.zeros(values.shape, dtype=np.bool_)
    order = np.argsort(-values, kind="stable")
    ranks = np.arange(1, len(values) + 1)
    enough = np.flatnonzero(values[order] >= np.log(max(tests, len(values), 1) / (level * ranks)))
    if len(enough):
        found[order[: enough[-1] + 1]] = True
    return found
