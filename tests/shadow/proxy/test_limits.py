"""How many clients may come, and what each may do."""

from __future__ import annotations

import pytest

from shadow.config.model import Config
from shadow.proxy.limits import FILES, Limits, limits_of


@pytest.fixture
def config() -> Config:
    """Give a configuration that wants a thousand clients, and says nothing else of them."""
    models = {"m": {"adapter": "passthrough", "url": "http://127.0.0.1:1", "max_in_flight": 50}}
    return Config.model_validate(
        {"listen": {"max_connections": 1000}, "legacy": {"url": "http://127.0.0.1:2"}, "models": models}
    )


def test_the_defaults_are_those_of_the_file(config, monkeypatch):
    """Whoever makes a server without a file has the same."""
    monkeypatch.setattr("shadow.proxy.limits.descriptors", lambda: 100_000)
    assert limits_of(config) == Limits(max_connections=1000)


def test_no_more_clients_are_taken_than_there_are_descriptors_for(config, monkeypatch, capsys):
    """What legacy, models and store need is left to them, up to a half of all; the log says so at the start."""
    monkeypatch.setattr("shadow.proxy.limits.descriptors", lambda: 1300)
    assert limits_of(config).max_connections == 1300 - 256 - 50 - Limits().max_lingering - FILES
    assert "shadow.connections_limited" in capsys.readouterr().out
    monkeypatch.setattr("shadow.proxy.limits.descriptors", lambda: 300)
    assert limits_of(config).max_connections == 150
    assert "shadow.connections_limited" in capsys.readouterr().out
    monkeypatch.setattr("shadow.proxy.limits.descriptors", lambda: 100_000)
    assert limits_of(config).max_connections == 1000
    assert capsys.readouterr().out == ""
