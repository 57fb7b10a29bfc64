"""What became of a comparison, for every way both sides can end."""

from __future__ import annotations

from itertools import product

import pytest

from fallback.decision import ModelState
from fallback.words import Disposition, Reason
from shadow.proxy.settle import LegacyEnd, settle

CASES = [
    (Reason.NOT_SAMPLED, LegacyEnd.ANSWERED, ModelState.NOT_CALLED, Disposition.SAMPLED_OUT),
    (Reason.NOT_SAMPLED, LegacyEnd.CLIENT_GONE, ModelState.NOT_CALLED, Disposition.SAMPLED_OUT),
    (Reason.KILLED, LegacyEnd.FAILED, ModelState.NOT_CALLED, Disposition.OFF),
    (Reason.SHADOW, LegacyEnd.ANSWERED, ModelState.NOT_CALLED, Disposition.NOT_COMPARABLE),
    (Reason.SHADOW, LegacyEnd.CLIENT_GONE, ModelState.NOT_CALLED, Disposition.CLIENT_GONE),
    (Reason.SHADOW, LegacyEnd.FAILED, ModelState.SHED, Disposition.SHED),
    (Reason.SHADOW, LegacyEnd.ANSWERED, ModelState.THROTTLED, Disposition.THROTTLED),
    (Reason.SHADOW, LegacyEnd.ANSWERED, ModelState.OVER_BUDGET, Disposition.OVER_BUDGET),
    (Reason.SHADOW, LegacyEnd.ANSWERED, ModelState.BREAKER_OPEN, Disposition.BREAKER_OPEN),
    (Reason.SHADOW, LegacyEnd.CLIENT_GONE, ModelState.ANSWERED, Disposition.CLIENT_GONE),
    (Reason.SHADOW, LegacyEnd.TOO_LARGE, ModelState.ANSWERED, Disposition.TOO_LARGE),
    (Reason.SHADOW, LegacyEnd.FAILED, ModelState.FAILED, Disposition.LEGACY_FAILED),
    (Reason.SHADOW, LegacyEnd.ANSWERED, ModelState.TOO_LARGE, Disposition.TOO_LARGE),
    (Reason.SHADOW, LegacyEnd.ANSWERED, ModelState.FAILED, Disposition.MODEL_FAILED),
    (Reason.SHADOW, LegacyEnd.ANSWERED, ModelState.PLUGIN_FAILED, Disposition.MODEL_FAILED),
    (Reason.SHADOW, LegacyEnd.ANSWERED, ModelState.LATE, Disposition.MODEL_LATE),
    (Reason.CONFIDENT, LegacyEnd.ANSWERED, ModelState.ANSWERED, None),
]


@pytest.mark.parametrize(("reason", "legacy", "model", "expected"), CASES)
def test_each_end_has_its_name(reason, legacy, model, expected):
    """The first thing that stood in the way names the disposition."""
    assert settle(reason, legacy, model) == expected


def test_only_two_answers_wait_for_the_scorer():
    """Whatever else happens is final when it happens."""
    waiting = {
        (legacy, model)
        for reason, legacy, model in product(Reason, LegacyEnd, ModelState)
        if settle(reason, legacy, model) is None
    }
    read_later = {ModelState.ANSWERED, ModelState.INVALID, ModelState.PENDING}
    assert waiting == {(LegacyEnd.ANSWERED, model) for model in read_later}
