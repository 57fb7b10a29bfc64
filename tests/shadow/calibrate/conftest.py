"""A configuration with a certified route, and the store it records to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from shadow.calibrate.learn import learner_of
from shadow.config.hashes import basis_hash, model_hash, terms_hash
from shadow.config.load import load
from shadow.record import epochs
from shadow.record.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shadow.calibrate.learn import Learner
    from shadow.config.model import Config


class Book:
    """The record of one certified route, and what certifying it takes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "shadow.yaml"
        self.config = self.write()
        self.store = open_store(self.config.store)

    def write(
        self, *, prompt: str = "a", cohorts: bool = False, legacy_version: str = "", **certify: Any
    ) -> Config:
        """Write the configuration anew and take it up."""
        promise = {"loss": "divergence", "at_most": 0.05, **certify}
        route = {
            "match": {"path": "/v1/address"},
            "model": "parser",
            "compare": [{"use": "json"}],
            "confidence": {
                "use": "constant",
                "options": {"value": 1},
                "threshold": "certified",
                "certify": promise,
            },
            "rollout": {"phase": "shadow"},
            "cohorts": {"language": "header:Accept-Language"} if cohorts else {},
        }
        model = {"adapter": "passthrough", "url": "http://127.0.0.1:2", "version": prompt}
        self.path.write_text(
            json.dumps(
                {
                    "store": "sqlite:///shadow.db",
                    "legacy": {"url": "http://127.0.0.1:1", "version": legacy_version},
                    "models": {"parser": model},
                    "routes": {"address": route},
                }
            )
        )
        self.config = load(self.path, environ={})
        return self.config

    @property
    def model(self) -> str:
        """The model's hash, which its exchanges carry."""
        return model_hash(self.config.models["parser"])

    def learner(self) -> Learner:
        """Give what certifying the route takes."""
        found = learner_of(self.config, "address")
        assert found is not None
        return found

    def enter(self, now: int = 1) -> bool:
        """Do what the scorer does when it takes a configuration up."""
        route = self.config.routes["address"]
        return epochs.enter(self.store, "address", basis_hash(self.config, "address"), terms_hash(route), now)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Open a book in an empty folder."""
    made = Book(tmp_path)
    yield made
    made.store.close()
