"""Fingerprints of what an exchange was decided by."""

from __future__ import annotations

import pytest

from shadow.config.hashes import basis_hash, config_hash, model_hash, panel_hash, standing, terms_hash
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


SURE = {"use": "constant", "options": {"value": 1}, "threshold": "certified"}
CERTIFIED = {
    "legacy": {"url": "http://legacy"},
    "models": {"m": MODEL},
    "routes": {"a": {"match": {"path": "/a"}, "model": "m", "confidence": SURE}},
}


def _certified(**changes):
    route = CERTIFIED["routes"]["a"] | changes.pop("route", {})
    return Config.model_validate(CERTIFIED | changes | {"routes": {"a": route}})


@pytest.mark.parametrize(
    "changes",
    [
        {"models": {"m": {**MODEL, "ask": {"user": "b"}}}},
        {"models": {"m": {**MODEL, "version": "2"}}},
        {"legacy": {"url": "http://legacy", "version": "2"}},
        {"route": {"compare": [{"use": "json"}]}},
        {"route": {"panel": {"tolerance": 0.1}}},
        {"route": {"confidence": {**SURE, "options": {"value": 0.9}}}},
        {"route": {"confidence": {**SURE, "inline": {"at_most": 0.1}}}},
    ],
)
def test_what_labels_are_made_with_is_their_basis(changes):
    """Model, prompt, version, legacy's release, panel, estimator: a change of any is another basis."""
    assert basis_hash(_certified(**changes), "a") != basis_hash(_certified(), "a")


@pytest.mark.parametrize(
    "changes",
    [
        {"legacy": {"url": "http://elsewhere"}},
        {"models": {"m": {**MODEL, "api_key": "other"}}},
        {"route": {"rollout": {"phase": "live"}, "keep": {"days": 7}}},
    ],
)
def test_what_changes_no_answer_makes_no_certificate_void(changes):
    """A host, a rotated key, a phase."""
    assert standing(_certified(**changes), "a") == standing(_certified(), "a")


def test_how_many_unexposed_requests_are_weighed_is_no_part_of_the_basis():
    """Any share is a fair draw; a change of what the further answers are like is another basis."""
    samples = {"use": "samples", "threshold": "certified"}
    again = {"use": "combined", "options": {"signals": {"s": {"use": "samples"}}}, "threshold": "certified"}
    for sure in (samples, again):
        plain = _certified(route={"confidence": sure})
        shared = _certified(route={"confidence": {**sure, "unexposed": {"share": 0.5}}})
        assert basis_hash(shared, "a") == basis_hash(plain, "a")
    changed = _certified(route={"confidence": {**samples, "options": {"k": 3}}})
    assert basis_hash(changed, "a") != basis_hash(_certified(route={"confidence": samples}), "a")


def test_noise_is_measured_anew_where_comparing_or_legacy_changes():
    """And nowhere else."""
    before = panel_hash(_certified(), "a")
    assert panel_hash(_certified(route={"compare": [{"use": "json"}]}), "a") != before
    assert panel_hash(_certified(legacy={"url": "http://legacy", "version": "2"}), "a") != before
    assert panel_hash(_certified(route={"confidence": {**SURE, "options": {"value": 0.9}}}), "a") == before


def test_another_promise_is_told_apart_and_none_is_empty():
    """The default is a promise like any other."""
    plain = terms_hash(_certified().routes["a"])
    same = _certified(route={"confidence": {**SURE, "certify": {"at_most": "5%"}}})
    other = _certified(route={"confidence": {**SURE, "certify": {"at_most": "2%"}}})
    assert terms_hash(same.routes["a"]) == plain
    assert terms_hash(other.routes["a"]) != plain
    assert basis_hash(other, "a") == basis_hash(same, "a")
    assert terms_hash(_certified(route={"confidence": {**SURE, "threshold": 0.5}}).routes["a"]) == ""
