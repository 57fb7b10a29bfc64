"""Plans are built of configurations; what did not change keeps what it has."""

from __future__ import annotations

from copy import deepcopy

import pytest

from comparators.answer import Answer
from shadow.config.hashes import model_hash
from shadow.config.model import Config
from shadow.proxy.build import Builder, estimator_of

FILE = {
    "legacy": {"url": "http://127.0.0.1:1"},
    "models": {
        "m": {"adapter": "passthrough", "url": "http://127.0.0.1:2", "version": "v1"},
        "n": {
            "adapter": "passthrough",
            "url": "http://127.0.0.1:2/n",
            "rate_limit": {"calls": 1, "period": "1h"},
            "breaker": {"failures": 1},
        },
    },
    "routes": {
        "x": {
            "match": {"path": "/x"},
            "model": "m",
            "confidence": {"use": "constant", "options": {"value": 0.7}, "threshold": 0.5},
        },
        "y": {"match": {"path": "/y"}, "model": "n"},
        "z": {"match": {"path": "/z"}},
    },
}


@pytest.fixture
async def builder(around):
    """Build plans, and close what they opened."""
    made = Builder(around.tasks)
    yield made
    await made.close()


def configured(**changes) -> Config:
    """Give the configuration, its models changed by key."""
    file = deepcopy(FILE)
    for name, keys in changes.items():
        file["models"][name].update(keys)
    return Config.model_validate(file)


async def test_a_plan_has_a_route_for_each_of_the_file_in_its_order(builder):
    """With its model, that model's version and hash, and its estimator; or with none."""
    config = configured()
    plan = builder(config)
    x, y, z = plan.routes.values()
    assert [each.name for each in (x, y, z)] == ["x", "y", "z"]
    assert (x.model.name, x.model_name, x.version) == ("m", "m", "v1")
    assert x.config_hash == model_hash(config.models["m"]) != y.config_hash
    assert (x.estimator(Answer()), y.estimator) == (0.7, None)
    assert (z.model, z.version, z.config_hash) == (None, "", "")


async def test_the_limits_of_the_file_are_those_of_the_calls(builder):
    """Each model has its own."""
    builder(configured(m={"max_in_flight": 3}))
    told = builder.snapshot()
    assert told["m"] == {"in_flight": 0, "breaker": "closed"}
    assert told["n"] == {"in_flight": 0, "breaker": "closed", "acquired": 0, "refused": 0, "waiting": 0}


async def test_an_unchanged_model_keeps_its_calls_over_a_reload(builder):
    """Its breaker and what is under way; a changed one begins anew."""
    before = builder(configured()).routes
    after = builder(configured(m={"version": "v2"})).routes
    assert (after["y"].model is before["y"].model, after["x"].model is before["x"].model) == (True, False)
    assert after["x"].version == "v2"


async def test_a_model_that_is_gone_is_retired(builder, around):
    """Once its calls have ended."""
    builder(configured())
    assert len(around.tasks) == 0
    builder(configured(m={"version": "v2"}))
    assert len(around.tasks) == 1
    assert await around.tasks.drain(5) == 0


async def test_a_plan_that_cannot_be_built_leaves_what_was_built_before(builder):
    """The one in force goes on with its own calls."""
    before = builder(configured()).routes["x"].model
    bad = configured().model_copy(update={"routes": {"x": object()}})
    with pytest.raises(AttributeError):
        builder(bad)
    assert builder(configured()).routes["x"].model is before


def test_a_route_without_confidence_has_no_estimator():
    """And so never serves the model."""
    assert estimator_of(None) is None
