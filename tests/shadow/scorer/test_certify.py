"""The scorer sees what certificates stand on change, and learns where a threshold is certified."""

from __future__ import annotations

import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from shadow.config.hashes import model_hash
from shadow.config.model import Config
from shadow.record import epochs
from shadow.record.store import open_store
from shadow.scorer.certify import EVERY, Certifier


def config_of(version=""):
    """Make a configuration with one certified route."""
    confidence = {
        "use": "constant",
        "options": {"value": 1},
        "threshold": "certified",
        "certify": {"loss": "divergence"},
    }
    address = {"match": {"path": "/v1/address"}, "model": "parser", "confidence": confidence}
    return Config.model_validate(
        {
            "legacy": {"url": "http://127.0.0.1:1", "version": version},
            "models": {"parser": {"adapter": "passthrough", "url": "http://127.0.0.1:2"}},
            "routes": {"address": address, "plain": {"match": {"path": "/plain"}}},
        }
    )


@pytest.fixture
def record(tmp_path):
    """Open an empty store."""
    made = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    yield made
    made.close()


def test_every_route_with_a_model_has_an_epoch(record):
    """Once for each change; the legacy system's release is one."""
    for _ in range(2):
        Certifier(config_of()).look(record, EVERY)
    Certifier(config_of(version="2")).look(record, 2 * EVERY)
    found = record.db.execute("SELECT route, since FROM epochs ORDER BY id").fetchall()
    assert found == [("address", 0), ("address", 2 * EVERY)]


def test_an_epoch_is_told_only_where_a_certificate_is_asked_for(record):
    """A route whose threshold is a number has one too, for whoever certifies it by hand; it is no news."""
    config = config_of()
    plain = config.routes["plain"].model_copy(update={"model": "parser"})
    config = config.model_copy(update={"routes": {**config.routes, "plain": plain}})
    with capture_logs() as logs:
        Certifier(config).look(record, EVERY)
    assert [(each["event"], each["route"]) for each in logs] == [("shadow.epoch_begun", "address")]
    assert epochs.current(record.db, "plain") is not None


def test_labels_are_looked_for_now_and_then(record, fill):
    """And at once again as long as there are more."""
    config = config_of()
    certifier = Certifier(config)
    certifier.look(record, EVERY)
    model = model_hash(config.models["parser"])
    fill(record, [(0.9, "match")] * 250, config_hash=model)
    certifier.look(record, EVERY + 1)
    assert certifier.learnt == 0
    certifier.look(record, 2 * EVERY)
    assert certifier.learnt == 250
    row = epochs.current(record.db, "address")
    assert row is not None
    assert row.number == 1


def test_statistics_are_loaded_only_where_a_threshold_is_certified():
    """Neither the worker nor a scorer without certificates pays for numpy and scipy."""
    loaded = "import sys, shadow.proxy.worker, shadow.scorer.role"
    code = f"{loaded}; print(any(name in sys.modules for name in ('numpy', 'scipy')))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
