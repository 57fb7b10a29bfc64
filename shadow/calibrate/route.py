"""What `shadow calibrate --route` finds: the route's own certificate where it asks for the route's own promise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from shadow.calibrate.findings import find
from shadow.calibrate.learn import EVERYBODY, fitted_at, inline_of, learn, learner_of, loaded, proofs
from shadow.calibrate.record import Where, read_labels
from shadow.config.hashes import basis_hash, model_hash
from shadow.errors import ShadowError
from shadow.record import epochs

if TYPE_CHECKING:
    from fallback.certify.certificate import Certificate
    from fallback.certify.terms import Terms
    from shadow.calibrate.findings import Findings
    from shadow.calibrate.learn import Learner
    from shadow.config.model import Config
    from shadow.record.store import Store


STALE = "the scorer has not taken this configuration up: these labels were made with the one before"


def find_in_record(
    store: Store, config: Config, name: str, terms: Terms, *, cohort: str | None, now: int
) -> Findings:
    """Certify what the record says of a route.

    For the promise of the file: the anytime certificate, which the scorer keeps and which may be put in force. For
    any other: a one-shot certificate, to look at.
    """
    route = config.routes[name]
    assert route.model is not None
    row = epochs.current(store.db, name)
    basis = basis_hash(config, name)
    since = max(0 if row is None else row.since, fitted_at(route))
    where = Where(name, model_hash(config.models[route.model]), since, inline_of(route))
    found = read_labels(store.db, where, terms.loss)
    if row is not None and row.basis != basis:
        found = replace(found, left_out=(*found.left_out, STALE))
    learner = learner_of(config, name)
    mine = kept(store, learner, now) if learner is not None and learner.terms == terms else {}
    made = find(found, terms, cohort=cohort, certificate=mine.get(EVERYBODY))
    if mine and EVERYBODY not in mine:
        return msgspec.structs.replace(made, cohorts=mine)
    return made


def kept(store: Store, learner: Learner, now: int) -> dict[str, Certificate]:
    """Give the certificates that are kept for a route, by slice, after learning all there is to learn."""
    while learn(store, learner, now):
        pass
    row = epochs.current(store.db, learner.route)
    if row is None or (row.basis, row.terms) != (learner.basis, learner.promise):
        return {}
    return proofs(store, learner, loaded(row))


def ready(store: Store, config: Config, name: str, terms: Terms, now: int) -> Learner:
    """Give what putting a certificate of a route in force takes; ShadowError says what is in the way."""
    learner = learner_of(config, name)
    where = f"routes.{name}.confidence"
    if learner is None:
        raise ShadowError(
            f"{where}.threshold is not certified: write `threshold: certified` to have one in force"
        )
    if learner.terms != terms:
        raise ShadowError(
            f"{where}.certify promises {_told(learner.terms)}, not {_told(terms)}: change the file, not the command"
        )
    row = epochs.current(store.db, name)
    if row is None:
        epochs.enter(store, name, learner.basis, learner.promise, now)
    elif (row.basis, row.terms) != (learner.basis, learner.promise):
        raise ShadowError(
            f"the scorer has not taken this configuration up: start it, then put {name} in force"
        )
    return learner


def _told(terms: Terms) -> str:
    return f"{terms.loss} at most {terms.at_most:g} with probability {terms.probability:g}"
