"""Scores a route's stored answers anew: batch by batch, each in one transaction with how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from shadow.config.hashes import model_hash, panel_hash
from shadow.jobs import each_in_order
from shadow.record import audit
from shadow.rescore import progress
from shadow.rescore.anew import Anew
from shadow.rescore.progress import Plan, Standing
from shadow.rescore.rewrite import judged_before, judged_now, rewrite
from shadow.scorer.lenses import panel_of
from shadow.scorer.take import Stretch, take_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from comparators.panel import Judgement
    from shadow.config.model import Config
    from shadow.record.store import Store
    from shadow.scorer.take import Again

    Shown = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]

BATCH = 200
"""Exchanges of one transaction, so that the workers' writes never wait long."""

_COUNT = (
    "SELECT count(*) FROM exchanges WHERE seq > ? AND seq <= ? AND route = ? AND at >= ? AND state = 2"
    " AND disposition IN ('compared', 'not_comparable')"
)


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants a route scored anew, why, from when on (µs), in how many processes, and whether from the start."""

    plan: Plan
    since: int
    who: str
    why: str
    at: int
    jobs: int = 1
    restart: bool = False


def plan_of(config: Config, route: str, *, apply: bool, span: str) -> Plan:
    """Give the plan by which a rescoring is told from another."""
    return Plan(route, apply, span, panel_hash(config.routes[route]))


class Rescoring:
    """One route's rescoring, in one store."""

    def __init__(self, store: Store, config: Config, order: Order) -> None:
        route = config.routes[order.plan.route]
        self._store = store
        self._order = order
        self._panel = panel_of(route)
        self._keep = {order.plan.route: str(route.keep.bodies)}
        self._hashes = {name: model_hash(model) for name, model in config.models.items()}
        self._names: dict[str, str] = {}
        self.standing = self._standing()

    def _standing(self) -> Standing:
        order = self._order
        with self._store.transaction() as db:
            found = None if order.restart else progress.find(db.conn, order.plan)
            if found is not None:
                return found
            standing = progress.begin(db.conn, order.plan, order.since)
            self._audit("rescore_begun", {"since": order.since, "panel": order.plan.panel})
            return standing

    def run(self, path: Path, environ: Mapping[str, str], shown: Shown) -> None:
        """Score everything that is left; stopped at any point it goes on from there the next time."""
        standing = self.standing
        with shown("rescoring", self._left()) as advance:
            work = each_in_order(
                _judged,
                self._batches(),
                make=Anew,
                args=(path, self._order.plan.route, dict(environ)),
                jobs=self._order.jobs,
            )
            for batch, judgements in work:
                self._take(batch, judgements)
                advance(len(batch))
        with self._store.transaction() as db:
            progress.end(db.conn, self._order.plan)
            self._audit("rescored", msgspec.to_builtins(standing.diff))

    def _left(self) -> int:
        standing = self.standing
        place = (standing.done, standing.until, self._order.plan.route, standing.since)
        (n,) = self._store.db.conn.execute(_COUNT, place).fetchone()
        return int(n)

    def _batches(self) -> Iterator[list[Again]]:
        after = self.standing.done
        while True:
            stretch = Stretch(self._order.plan.route, self.standing.since, after, self.standing.until)
            batch = take_again(self._store.db.conn, stretch, BATCH)
            if not batch:
                return
            after = batch[-1].seq
            yield batch

    def _take(self, batch: Sequence[Again], judgements: Sequence[Judgement | str]) -> None:
        with self._store.transaction() as db:
            for again, judgement in zip(batch, judgements, strict=True):
                self._take_one(db.conn, again, judgement)
            progress.step(db.conn, self.standing, batch[-1].seq)

    def _take_one(self, connection: Any, again: Again, judgement: Judgement | str) -> None:
        diff, exchange = self.standing.diff, again.exchange
        if isinstance(judgement, str):
            diff.skip(judgement)
            return
        old = judged_before(connection, exchange.id, self._panel)
        if old is None:
            diff.skip("deleted meanwhile")
            return
        diff.other_model += again.config_hash != self._hashes.get(exchange.model or "")
        diff.add(exchange.id, old, judged_now(exchange, judgement, self._panel))
        if self._order.plan.apply:
            rewrite(connection, exchange, judgement, self._panel, self._keep)

    def _audit(self, what: str, after: Any) -> None:
        """Tell of it in the transaction that is open, where anything is changed at all."""
        order = self._order
        if order.plan.apply:
            entry = audit.Entry(order.at, order.who, what, order.plan.route, order.why, after=after)
            audit.append(self._store.db, entry)


def _judged(anew: Anew, batch: Sequence[Again]) -> list[Judgement | str]:
    return anew.judge([again.exchange for again in batch])
