"""Decides which side answers, and why. Pure: no clock, no loop, no socket, no file.

Buckets are in `fallback.bucket`. Not loaded with the rest are estimators, in `fallback.confidence`, certified
thresholds, in `fallback.certify`, and calibration, in `fallback.calibration`.
"""

from fallback.admission import Admission, admit
from fallback.breaker import Breaker, BreakerState
from fallback.decision import Decision, Evidence, ModelState, decide
from fallback.switch import Grant, Override, Switch, certified, in_force, parse_settings
from fallback.words import Disposition, Failure, Phase, Reason, Side

__all__ = [
    "Admission",
    "Breaker",
    "BreakerState",
    "Decision",
    "Disposition",
    "Evidence",
    "Failure",
    "Grant",
    "ModelState",
    "Override",
    "Phase",
    "Reason",
    "Side",
    "Switch",
    "admit",
    "certified",
    "decide",
    "in_force",
    "parse_settings",
]
