"""Names what became of a comparison, from how both sides ended. Pure."""

from __future__ import annotations

from enum import Enum

from fallback.decision import ModelState
from fallback.words import Disposition, Reason


class LegacyEnd(Enum):
    """How the legacy side of an exchange ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    TOO_LARGE = "too_large"
    CLIENT_GONE = "client_gone"


_NOT_CALLED = {
    ModelState.SHED: Disposition.SHED,
    ModelState.THROTTLED: Disposition.THROTTLED,
    ModelState.OVER_BUDGET: Disposition.OVER_BUDGET,
    ModelState.BREAKER_OPEN: Disposition.BREAKER_OPEN,
}
_LEGACY = {
    LegacyEnd.CLIENT_GONE: Disposition.CLIENT_GONE,
    LegacyEnd.TOO_LARGE: Disposition.TOO_LARGE,
    LegacyEnd.FAILED: Disposition.LEGACY_FAILED,
}
_MODEL = {
    ModelState.TOO_LARGE: Disposition.TOO_LARGE,
    ModelState.FAILED: Disposition.MODEL_FAILED,
    ModelState.PLUGIN_FAILED: Disposition.MODEL_FAILED,
    ModelState.LATE: Disposition.MODEL_LATE,
}
_STANDING_DOWN = (Reason.OFF, Reason.KILLED, Reason.PINNED, Reason.DEMOTED)
"""Why a model is not called although the route's own phase may call it."""


def settle(reason: Reason, legacy: LegacyEnd, model: ModelState) -> Disposition | None:
    """Give the disposition, or None when both answers are there and the scorer has the last word.

    What kept the model from being called comes first, then what kept legacy from answering whole, then what
    kept the model from answering: the first of these is why there is nothing to compare. A model that was to
    be called but never got the whole request (legacy answered before it had been read) is not comparable.
    """
    if model is ModelState.NOT_CALLED:
        if reason is Reason.NOT_SAMPLED:
            return Disposition.SAMPLED_OUT
        if reason in _STANDING_DOWN:
            return Disposition.OFF
        return _LEGACY.get(legacy, Disposition.NOT_COMPARABLE)
    return _NOT_CALLED.get(model) or _LEGACY.get(legacy) or _MODEL.get(model)
