"""The switch as the file sets it."""

from __future__ import annotations

import pytest

from fallback.switch import Switch
from fallback.words import Phase
from shadow.config.routes import Route
from shadow.rollout import file_switch


def route(**keys):
    """Make a route of these keys."""
    return Route.model_validate({"match": {"path": "/x"}, **keys})


def test_a_route_without_words_is_off():
    """Nothing is called, nothing is served."""
    assert file_switch(route()) == Switch(Phase.OFF)


def test_every_setting_of_the_file_is_in_the_switch():
    """Shares as numbers, durations in seconds."""
    rollout = {"phase": "canary", "sample": "50%", "exposure": 0.25, "patience": "300ms"}
    confidence = {"use": "constant", "options": {"value": 1}, "threshold": 0.9}
    assert file_switch(route(rollout=rollout, confidence=confidence)) == Switch(
        phase=Phase.CANARY, sample=0.5, exposure=0.25, threshold=0.9, patience=0.3
    )


@pytest.mark.parametrize("threshold", [None, "certified"])
def test_what_is_no_number_is_no_threshold(threshold):
    """So the model is not served on it."""
    confidence = {"use": "constant", "threshold": threshold}
    assert file_switch(route(confidence=confidence)).threshold is None


@pytest.mark.parametrize("threshold", [0, 1])
def test_a_whole_number_is_a_threshold(threshold):
    """Zero too: it lets every confidence pass."""
    assert file_switch(route(confidence={"use": "constant", "threshold": threshold})).threshold == threshold
