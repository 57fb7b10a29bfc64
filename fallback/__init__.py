"""Decides which side answers, and why. Pure: no clock, no loop, no socket, no file.

Estimators of confidence are in `fallback.confidence`; they are not loaded with the rest.
"""

from fallback.admission import Admission, admit
from fallback.breaker import Breaker, BreakerState
from fallback.bucket import bucket, draw
from fallback.decision import Decision, Evidence, ModelState, decide
from fallback.switch import Override, Switch, in_force, parse_settings
from fallback.words import Disposition, Failure, Phase, Reason, Side

__all__ = [
    "Admission",
    "Breaker",
    "BreakerState",
    "Decision",
    "Disposition",
    "Evidence",
    "Failure",
    "ModelState",
    "Override",
    "Phase",
    "Reason",
    "Side",
    "Switch",
    "admit",
    "bucket",
    "decide",
    "draw",
    "in_force",
    "parse_settings",
]
