"""What may be known of a model's answer besides the answer itself, and the face of who estimates from it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from comparators.divergence import Verdict

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from comparators.answer import Answer
    from comparators.panel import Judgement


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the model is asked again: at which temperature, and how many calls each worker may spend in a minute.

    `at_once` is how many further answers one case may take.
    """

    temperature: float
    calls_per_minute: int
    at_once: int = 5


@dataclass(frozen=True, slots=True)
class Needs:
    """What an estimator may have to know: the legacy answer, and further answers of the model."""

    legacy: bool = False
    samples: Sampling | None = None


NOTHING = Needs()
"""What an estimator needs that is asked with the answer alone."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a model's answer when its confidence is asked for.

    `judgement` is what the route's panel says of it and the legacy answer; None while there is none. `samples` are
    what the panel says of it and each further answer that the model gave; None until it was asked for them.
    """

    answer: Answer
    judgement: Judgement | None = None
    samples: tuple[Judgement, ...] | None = None


class CaseEstimator(Protocol):
    """Estimates how far an answer may be trusted from more than the answer. Pure."""

    @property
    def needs(self) -> Needs:
        """What it may need to know; nobody asks for anything else."""
        ...

    def further(self, case: Case, /) -> int:
        """Tell how many further answers of the model it needs in this case; 0 is none."""
        ...

    def __call__(self, case: Case, /) -> float | None:
        """Give a number in [0, 1], or None when nothing can be said."""
        ...


def sees_cases(estimator: Any) -> TypeIs[CaseEstimator]:
    """Tell whether an estimator is asked with a case, or, as most are, with the answer alone."""
    return isinstance(getattr(estimator, "needs", None), Needs)


def needs_of(estimator: Any) -> Needs:
    """Give what an estimator of either face, or none, may need to know."""
    return estimator.needs if sees_cases(estimator) else NOTHING


def distance(judgement: Judgement | None) -> float | None:
    """Give how far apart two answers are for one who must decide: 0 for a match, else the panel's divergence.

    None when there is no judgement, or the answers were not comparable: nobody knows then.
    """
    if judgement is None or judgement.verdict is Verdict.NOT_COMPARABLE:
        return None
    return 0.0 if judgement.verdict is Verdict.MATCH else judgement.divergence
