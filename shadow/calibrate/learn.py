"""Keeps a route's certificate valid while labels arrive: fixes thresholds, learns, and moves what is in force.

Called by the scorer now and then, and by the command that puts a certificate in force. A batch is read outside the
write lock and folded in under it, unless somebody else was faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from fallback.certify import anytime
from fallback.certify.anytime import Epoch
from fallback.certify.certificate import Scope
from fallback.certify.terms import Loss, Terms
from fallback.confidence.combined import fitted_until
from shadow.calibrate.corrections import corrected_in, entry_of, recounted, span_of
from shadow.calibrate.record import Where, columns, frontier, labels_after, traffic
from shadow.config.hashes import basis_hash, model_hash, terms_hash
from shadow.errors import ShadowError
from shadow.ids import new_id
from shadow.proxy.build import estimator_of
from shadow.record import audit, certificates, epochs
from shadow.record.certificates import Body, Move
from shadow.record.epochs import Noted

if TYPE_CHECKING:
    from sqlite_utils import Database

    from fallback.certify.certificate import Certificate
    from fallback.certify.labels import Floats
    from shadow.calibrate.record import Label
    from shadow.config.model import Certify, Config, Route
    from shadow.record.epochs import EpochRow
    from shadow.record.store import Store

FEWEST = 200
"""Exchanges with an answer of the model before thresholds are fixed: from fewer they would be arbitrary."""

BATCH = 2_000
"""Labels that are learnt in one transaction, so that nobody waits long for it."""

STRIDE = 10_000
"""Exchanges without a label after which the place in the record is written down all the same."""

EVERYBODY = ""


@dataclass(frozen=True, slots=True)
class Learner:
    """What certifying one route takes of the configuration."""

    route: str
    terms: Terms
    by: str | None
    values: tuple[str, ...]
    least_probability: float
    basis: str
    promise: str
    model: str
    model_name: str
    version: str
    fitted: int = 0  # µs: the estimator was fitted to what came before
    inline: float | None = None  # the largest divergence that an inline panel lets pass

    @property
    def slices(self) -> tuple[str, ...]:
        """The slices that are certified together: the declared values, or everybody."""
        return self.values if self.by is not None else (EVERYBODY,)

    def where(self, row: EpochRow) -> Where:
        """Say which exchanges give an epoch its labels."""
        return Where(self.route, self.model, max(row.since, self.fitted), self.inline)

    def slice_of(self, cohorts: dict[str, str]) -> str | None:
        """Give the slice of an exchange."""
        return EVERYBODY if self.by is None else cohorts.get(self.by)


def terms_of(certify: Certify) -> Terms:
    """Give a promise as the statistics know it."""
    return Terms(Loss(certify.loss), certify.at_most, certify.probability)


def learner_of(config: Config, name: str) -> Learner | None:
    """Give what certifying a route takes; None where its threshold is not certified."""
    route = config.routes[name]
    promise = route.promise
    if promise is None or route.model is None:
        return None
    model = config.models[route.model]
    return Learner(
        route=name,
        terms=terms_of(promise),
        by=promise.by,
        values=promise.values,
        least_probability=promise.least_probability,
        basis=basis_hash(config, name),
        promise=terms_hash(route),
        model=model_hash(model),
        model_name=route.model,
        version=model.version,
        fitted=fitted_at(route),
        inline=inline_of(route),
    )


def inline_of(route: Route) -> float | None:
    """Give the largest divergence that a route's inline panel lets pass; None where it has none."""
    inline = route.confidence.inline if route.confidence is not None else None
    return None if inline is None else inline.at_most


def fitted_at(route: Route) -> int:
    """Give from when on (µs) exchanges may be labels: what an estimator was fitted to proves nothing of it."""
    return fitted_until(estimator_of(route.confidence)) or 0


def learn(store: Store, learner: Learner, now: int) -> int:
    """Learn one batch and move the certificate in force, if one is; give how many labels were new."""
    row = epochs.current(store.db, learner.route)
    if row is None or (row.basis, row.terms) != (learner.basis, learner.promise):
        return 0  # the scorer has not taken this configuration up
    if row.state is None:
        return learn(store, learner, now) if _begin(store, learner, row) else 0
    return _fold(store, learner, row, now)


def _begin(store: Store, learner: Learner, row: EpochRow) -> bool:
    """Fix the thresholds, once there is traffic enough to fix them by."""
    confidences, cohorts = traffic(store.db, learner.where(row))
    if confidences.size < FEWEST:
        return False
    with store.transaction() as db:
        now = epochs.current(db, learner.route)
        if now is None or now.id != row.id or now.state is not None:
            return False
        number = epochs.tested(db, learner.route) + 1
        state = {
            name: anytime.begin(
                _enough(_of_slice(confidences, cohorts, learner, name), confidences),
                learner.terms,
                _scope(learner, name, number),
                least_probability=learner.least_probability,
            )
            for name in learner.slices
        }
        epochs.begin(db, row, _dumped(state), number)
    return True


def _of_slice(confidences: Floats, cohorts: list[dict[str, str]], learner: Learner, name: str) -> Floats:
    if learner.by is None:
        return confidences
    found: Floats = confidences[np.array([learner.slice_of(each) == name for each in cohorts], dtype=bool)]
    return found


def _enough(mine: Floats, everybodys: Floats) -> Floats:
    """Give a slice's own confidences to fix its thresholds by, or everybody's while it has too few."""
    return mine if mine.size >= FEWEST else everybodys


def _scope(learner: Learner, name: str, number: int) -> Scope:
    return Scope(
        cohort=None if learner.by is None else f"{learner.by}={name}",
        among=len(learner.slices),
        epoch=number,
        route=learner.route,
        model=learner.model_name,
        version=learner.version,
        basis=learner.basis,
    )


def _fold(store: Store, learner: Learner, row: EpochRow, now: int) -> int:
    found, corrected, upto = _fresh(store, learner, row)
    if not found and not corrected and upto - row.upto < STRIDE:
        return 0
    with store.transaction() as db:
        here = epochs.current(db, learner.route)
        if here is None or (here.id, here.upto, here.state) != (row.id, row.upto, row.state):
            return 0  # another one was faster: the next look sees what it left
        new = epochs.enlist(db, row, [_noted(label, learner) for label in found])
        kept = [label for label, first in zip(found, new, strict=True) if first]
        before, why = loaded(row), f"re-fitted with {len(kept):,} more labels"
        if corrected:
            why = f"{len(corrected):,} labels were corrected, and all evidence counted anew"
            epochs.correct(db, row, (_note(label, learner) for label in corrected))
            state = recounted(before, epochs.noted(db, row))
            audit.append(db, entry_of(learner.route, now, why, before, state))
        else:
            state = {name: _taught(epoch, kept, learner, name) for name, epoch in before.items()}
        epochs.advance(db, row, _dumped(state), upto)
        if here.granted:
            _put(store, db, learner, state, Move(learner.route, now, "scorer", why))
    return len(found) + len(corrected)


def _noted(label: Label, learner: Learner) -> str | Noted:
    """Give what is kept of a label: all of one that may be corrected."""
    divergence = learner.terms.loss is Loss.DIVERGENCE
    return label.fingerprint or "" if divergence else _note(label, learner)


def _note(label: Label, learner: Learner) -> Noted:
    return Noted(
        label.fingerprint or "",
        label.exchange,
        label.at,
        learner.slice_of(label.cohorts),
        label.confidence,
        label.loss,
        label.probability,
    )


def _fresh(store: Store, learner: Learner, row: EpochRow) -> tuple[list[Label], list[Label], int]:
    """Give labels that the epoch has not seen, those it saw otherwise, and up to where in the record they reach."""
    where, loss = learner.where(row), learner.terms.loss
    if loss is Loss.DIVERGENCE:
        upto = frontier(store.db)
        found = labels_after(store.db, where, loss, after=row.upto, upto=upto, most=BATCH)
        upto = found[-1].seq if len(found) == BATCH else max(upto, row.upto)
        return [label for label in found if label.fingerprint is not None], [], upto
    seen = epochs.enlisted(store.db, row)
    known = [label for label in labels_after(store.db, where, loss) if label.fingerprint is not None]
    found = [label for label in known if label.fingerprint not in seen]
    return found[:BATCH], corrected_in(known, seen), row.upto


def _taught(epoch: Epoch, found: list[Label], learner: Learner, name: str) -> Epoch:
    mine = [label for label in found if learner.slice_of(label.cohorts) == name]
    return anytime.learn(epoch, columns(mine), span_of(mine)) if mine else epoch


def loaded(row: EpochRow) -> dict[str, Epoch]:
    """Give what an epoch has learnt, by slice; nothing while its thresholds are not fixed."""
    return {} if row.state is None else msgspec.json.decode(row.state, type=dict[str, Epoch])


def _dumped(state: dict[str, Epoch]) -> str:
    return msgspec.json.encode(state).decode()


def proofs(store: Store, learner: Learner, state: dict[str, Epoch]) -> dict[str, Certificate]:
    """Give the certificate of each slice as it is now, its coverage measured on the latest traffic."""
    row = epochs.current(store.db, learner.route)
    assert row is not None
    confidences, cohorts = traffic(store.db, learner.where(row))
    found = {}
    for name, epoch in state.items():
        mine = _of_slice(confidences, cohorts, learner, name)
        found[name] = anytime.certificate_of(epoch, partial(_above, mine))
    return found


def _above(confidences: Floats, threshold: float) -> tuple[int, int]:
    return int(np.count_nonzero(confidences >= threshold)), int(confidences.size)


def _put(store: Store, db: Database, learner: Learner, state: dict[str, Epoch], move: Move) -> str | None:
    """Put what the epoch certifies now in force, unless it is what is in force already; give the id of a new one."""
    certified = {name: anytime.certificate_of(epoch).threshold for name, epoch in state.items()}
    grant = certificates.in_force(store).get(learner.route)
    standing = f"{learner.basis}/{learner.promise}"
    if grant is not None and grant.standing == standing and dict(grant.thresholds) == certified:
        return None
    made = proofs(store, learner, state)
    told = {name: msgspec.Raw(each.to_json().encode()) for name, each in made.items()}
    ident = new_id()
    certificates.put(db, ident, Body(standing, learner.by, certified, told), move)
    return ident


def put_in_force(store: Store, learner: Learner, move: Move) -> str | None:
    """Put a route's certificate in force and have it kept up to date from now on; give its id.

    None when it is in force already. ShadowError when nothing is certified, so that there is nothing to put in force.
    """
    with store.transaction() as db:
        row = epochs.current(db, learner.route)
        state = {} if row is None else loaded(row)
        if row is None or not any(
            anytime.certificate_of(each).threshold is not None for each in state.values()
        ):
            raise ShadowError(f"{learner.route}: no threshold is certified, so there is none to put in force")
        epochs.grant(db, row)
        return _put(store, db, learner, state, move)
