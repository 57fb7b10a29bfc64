"""What can be said of a request before anybody is asked: may the model be called, and may it answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fallback.words import Phase, Reason

if TYPE_CHECKING:
    from fallback.switch import Switch


class Admission(msgspec.Struct, frozen=True, gc=False):
    """Whether the model is called, whether it may answer, and – when it may not – why legacy does."""

    call_model: bool
    exposed: bool
    reason: Reason


def admit(switch: Switch, *, bucket: float | None, draw: float, pinned: Phase | None = None) -> Admission:
    """Admit a request to what its route's switch allows.

    `bucket` is its key's place in [0, 1), None without a key; `draw` in [0, 1) decides on sampling; `pinned` is
    the phase a target sets for it. In canary a request is exposed when its bucket is below the exposure; without a
    key it never is. The reason of an exposed request is a placeholder for the decision to come.
    """
    if switch.killed:
        return Admission(call_model=False, exposed=False, reason=Reason.KILLED)
    phase = switch.phase if pinned is None else pinned
    if phase is Phase.OFF:
        return Admission(call_model=False, exposed=False, reason=_standing(switch, pinned, Reason.OFF))
    if not draw < switch.sample:
        return Admission(call_model=False, exposed=False, reason=Reason.NOT_SAMPLED)
    if phase is Phase.SHADOW:
        return Admission(call_model=True, exposed=False, reason=_standing(switch, pinned, Reason.SHADOW))
    if phase is Phase.CANARY and not (bucket is not None and bucket < switch.exposure):
        return Admission(call_model=True, exposed=False, reason=Reason.NOT_EXPOSED)
    return Admission(call_model=True, exposed=True, reason=Reason.LOW_CONFIDENCE)


def _standing(switch: Switch, pinned: Phase | None, reason: Reason) -> Reason:
    if pinned is not None:
        return Reason.PINNED
    return Reason.DEMOTED if switch.demoted else reason
