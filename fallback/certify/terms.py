"""What a certificate promises: the words an operator states before any label is looked at."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Loss(StrEnum):
    """What counts as the model's fault."""

    DIVERGENCE = "divergence"
    REGRET = "regret"
    WRONG = "wrong"


MEANING = {
    Loss.DIVERGENCE: "the panel's verdict is that the model's answer differs from legacy's",
    Loss.REGRET: "a reviewer says that the model is wrong and legacy is right",
    Loss.WRONG: "a reviewer says that the model is wrong",
}


class Why(StrEnum):
    """Why no threshold can be certified."""

    TOO_FEW = "too_few"
    RISK_TOO_HIGH = "risk_too_high"


class Terms(msgspec.Struct, frozen=True):
    """The promise: of the answers the model serves, at most `at_most` are a loss, with `probability`.

    Both are shares above 0 and below 1; ValueError for anything else.
    """

    loss: Loss = Loss.WRONG
    at_most: float = 0.05
    probability: float = 0.95

    def __post_init__(self) -> None:
        for name in ("at_most", "probability"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ValueError(f"{name} must be above 0 and below 1, not {getattr(self, name)!r}")

    @property
    def doubt(self) -> float:
        """The probability with which the promise may fail."""
        return round(1.0 - self.probability, 12)
