"""Fingerprints of what an exchange was decided by."""

from __future__ import annotations

import pytest

from shadow.config.hashes import config_hash, model_hash
from shadow.config.model import Config, Model

MODEL = {
    "adapter": "openai",
    "url": "http://h/v1",
    "ask": {"user": "a"},
    "api_key": "k",
    "headers": {"X": "s"},
}
ROUTES = {
    "a": {"match": {"path": "/a"}},
    "b": {"match": {"path": "/{b}"}, "cohorts": {"tier": "header:X-Tier"}},
}


def _model(**changes):
    return model_hash(Model.model_validate(MODEL | changes))


def _config(**changes):
    document = {"legacy": {"url": "http://legacy"}, "models": {"m": MODEL}, "routes": ROUTES}
    return config_hash(Config.model_validate(document | changes))


def test_a_hash_is_sixteen_digits_whatever_the_order_of_keys():
    """The same model, written another way round, has the same hash."""
    turned = model_hash(Model.model_validate(dict(reversed(MODEL.items()))))
    assert (turned, len(turned), set(turned) <= set("0123456789abcdef")) == (_model(), 16, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"ask": {"user": "b"}},
        {"version": "2"},
        {"url": "http://h/v2"},
        {"answer": {"json_schema": {"type": "object"}}},
        {"answer": {"json_schema": {"type": "array"}}},
        {"headers": {"Y": "s"}},
        {"timeout": "1s"},
    ],
)
def test_whatever_changes_a_models_answers_changes_its_hash(changes):
    """Prompt, version, address, schema."""
    assert _model(**changes) != _model()


@pytest.mark.parametrize(
    "changes", [{"api_key": "other"}, {"headers": {"X": "t"}}, {"url": "http://u:p@h/v1"}]
)
def test_a_secret_is_no_part_of_a_hash(changes):
    """A rotated key is no new model, and a hash gives no hint of one."""
    assert _model(**changes) == _model()


@pytest.mark.parametrize(
    "changes",
    [
        {"legacy": {"url": "http://other"}},
        {"legacy": {"url": "http://legacy", "host": "upstream"}},
        {"models": {"m": MODEL | {"version": "2"}}},
        {"routes": dict(reversed(ROUTES.items()))},
        {"routes": {"a": ROUTES["a"] | {"rollout": {"exposure": 0.1}}}},
    ],
)
def test_whatever_may_change_a_decision_changes_the_configurations_hash(changes):
    """The order of the routes included."""
    assert _config(**changes) != _config()


@pytest.mark.parametrize("changes", [{"listen": {"port": 1}}, {"store": "sqlite:////elsewhere.db"}])
def test_where_the_router_listens_and_stores_is_no_part_of_it(changes):
    """The same rules on another host are the same configuration."""
    assert _config(**changes) == _config()
