"""A replay's parts, built of the configuration."""

from __future__ import annotations

import pytest

from comparators import Answer
from shadow.config.hashes import model_hash
from shadow.config.model import Config
from shadow.replay.build import measure_of, model_of


@pytest.fixture
def config(shelf):
    """Give the configuration, with changes to the model that is replayed and to the route's confidence."""

    def config(confidence=None, **model):
        shelf.file["models"]["new"].update(model)
        if confidence is not None:
            shelf.file["routes"]["x"]["confidence"] = confidence
        return Config.model_validate(shelf.file)

    return config


def test_answers_are_looked_at_as_the_scorer_would(config):
    """By the route's panel and estimator, the model's own price, and a reader for every model."""
    one = config(price={"per_call": 2})
    measure = measure_of(one, one.routes["x"], "new")
    assert [entry.label for entry in measure.panel.entries] == ["json"]
    assert (measure.cost(Answer()), measure.estimator(Answer.of(json={"sure": 0.5}))) == (2.0, 0.5)
    assert set(measure.readers) == {model_hash(each) for each in one.models.values()}
    assert measure_of(one, one.routes["x"], "old").cost(Answer()) is None


async def test_a_model_is_asked_within_its_rate(config):
    """And never at another temperature, unless the estimator wants it."""
    one = config(rate_limit={"calls": 3, "period": "1s"})
    async with model_of("new", one.models["new"], measure_of(one, one.routes["x"], "new"), 2) as model:
        assert (model.warm, model.limiter.window, model.calls._max_in_flight) == (None, (3, 1.0), 2)


async def test_a_model_may_be_asked_again_at_another_temperature(config):
    """With room for as many calls as samples may want."""
    chat = {"adapter": "openai", "model": "m"}
    one = config({"use": "samples", "options": {"temperature": 0.5}}, **chat)
    async with model_of("new", one.models["new"], measure_of(one, one.routes["x"], "new"), 2) as model:
        assert (model.limiter, model.warm.name) == (None, "new at 0.5")
        assert model.warm.adapter._question.params == {"temperature": 0.5}
