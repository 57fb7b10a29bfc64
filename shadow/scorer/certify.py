"""The scorer's part in certified thresholds: see what they stand on change, and learn from new labels.

Statistics and numpy are loaded only where a route's threshold is certified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from shadow.config.hashes import basis_hash, terms_hash
from shadow.record import epochs

if TYPE_CHECKING:
    from shadow.calibrate.learn import Learner
    from shadow.config.model import Config
    from shadow.record.store import Store

log = structlog.get_logger()

EVERY = 2_000_000
"""Microseconds between two looks when the last one found nothing new."""


class Certifier:
    """Keeps the certificates of a configuration's routes valid. Every method blocks."""

    def __init__(self, config: Config) -> None:
        self.learnt = 0
        self._config = config
        self._entered = False
        self._looked = 0
        self._learners = _learners(config)

    def look(self, store: Store, now: int) -> None:
        """Take new labels in, one batch a route; what is left is for the next look."""
        if not self._entered:
            self._enter(store, now)
        if now - self._looked < EVERY:
            return
        found = 0
        for learner in self._learners:
            from shadow.calibrate.learn import learn

            found += learn(store, learner, now)
        self.learnt += found
        self._looked = 0 if found else now

    def _enter(self, store: Store, now: int) -> None:
        """Begin a new epoch wherever labels are made with something new; certificates of the old one are void."""
        for name, route in self._config.routes.items():
            if route.model is None:
                continue
            begun = epochs.enter(store, name, basis_hash(self._config, name), terms_hash(route), now)
            if begun and route.promise is not None:
                log.info("shadow.epoch_begun", route=name)
        self._entered = True


def _learners(config: Config) -> list[Learner]:
    if not any(route.promise is not None for route in config.routes.values()):
        return []
    from shadow.calibrate.learn import learner_of

    found = (learner_of(config, name) for name in config.routes)
    return [learner for learner in found if learner is not None]
