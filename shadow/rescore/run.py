"""Scores a route's stored answers anew: batch by batch, each in one transaction with how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from shadow.asking.asking import Asking
from shadow.asking.said import may_pass, settled
from shadow.clock import SystemClock
from shadow.config.hashes import comparing_hash, embedding_hashes, judge_hashes, model_hash
from shadow.jobs import each_in_order
from shadow.record import audit
from shadow.rescore import progress
from shadow.rescore.anew import NOT_ASKED, Anew
from shadow.rescore.progress import Plan, Standing
from shadow.rescore.rewrite import Change, advice_of, judged_before, rewrite, scored_anew
from shadow.scorer.compare import is_advice, opinions_of
from shadow.scorer.lenses import rescoring_lenses, whole_panel_of
from shadow.scorer.sums import judged_of
from shadow.scorer.take import Stretch, take_again

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from comparators.panel import Judgement
    from shadow.asking.said import Words
    from shadow.config.model import Config
    from shadow.record.store import Store
    from shadow.scorer.take import Again

    Asked = tuple[Again, Words | str]
    """An exchange, and what was said of it; or why it cannot be scored."""
    Shown = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]

BATCH = 200
"""Exchanges of one transaction, so that the workers' writes never wait long."""

_COUNT = (
    "SELECT count(*) FROM exchanges WHERE seq > ? AND seq <= ? AND route = ? AND at >= ? AND state = 2"
    " AND disposition IN ('compared', 'not_comparable')"
)


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants a route scored anew, why, from when on (µs), in how many processes, and whether from the start.

    `ask` lets judges and embeddings be asked about what is not kept of them.
    """

    plan: Plan
    since: int
    who: str
    why: str
    at: int
    jobs: int = 1
    restart: bool = False
    ask: bool = False


def plan_of(config: Config, route: str, *, apply: bool, span: str, ask: bool = False) -> Plan:
    """Give the plan by which a rescoring is told from another."""
    compared = config.routes[route]
    asked = [*embedding_hashes(config, compared), *(judge_hashes(config, compared) if ask else ())]
    return Plan(route, apply, span, comparing_hash(compared, [*asked, *(["ask"] if ask else [])]))


class Rescoring:
    """One route's rescoring, in one store."""

    def __init__(self, store: Store, config: Config, order: Order) -> None:
        route = config.routes[order.plan.route]
        self._store = store
        self._order = order
        self._panel = whole_panel_of(route)
        self._keep = str(route.keep.bodies)
        self._judges = frozenset(entry.label for entry in self._panel.entries if is_advice(entry))
        self._asking = Asking(config, SystemClock())
        self._lenses = rescoring_lenses(config, order.plan.route)
        self._hashes = {name: model_hash(model) for name, model in config.models.items()}
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
            try:
                for batch, judgements in work:
                    self._take(batch, judgements)
                    advance(len(batch))
            finally:
                self._asking.close()
        with self._store.transaction() as db:
            progress.end(db.conn, self._order.plan)
            self._audit("rescored", msgspec.to_builtins(standing.diff))

    def _left(self) -> int:
        standing = self.standing
        place = (standing.done, standing.until, self._order.plan.route, standing.since)
        (n,) = self._store.db.conn.execute(_COUNT, place).fetchone()
        return int(n)

    def _batches(self) -> Iterator[list[Asked]]:
        after = self.standing.done
        while True:
            stretch = Stretch(self._order.plan.route, self.standing.since, after, self.standing.until)
            batch = take_again(self._store.db.conn, stretch, BATCH)
            if not batch:
                return
            after = batch[-1].seq
            asked = self._asked(batch) if self._order.ask else {}
            yield [(again, self._words(again, asked)) for again in batch]

    def _asked(self, batch: Sequence[Again]) -> dict[str, Words]:
        """Give what is said of exchanges, by their ids."""
        found: dict[str, Words] = {}
        for name, lens in self._lenses.items():
            mine = [again.exchange for again in batch if again.exchange.model == name]
            if lens.asked and mine:
                found |= self._asking.asked_now(self._store, mine, lens)
        return found

    def _words(self, again: Again, asked: Mapping[str, Words]) -> Words | str:
        """Give what was said of an exchange, now or before; a text when what counts in the verdict was not."""
        lens = self._lenses.get(again.exchange.model or "")
        if lens is None or not lens.asked:
            return {}
        words = asked.get(again.exchange.id)
        if words is None:
            words = self._asking.known(self._store, again.exchange, lens)
        for label, said in words.items():
            if may_pass(said) and label not in self._judges:
                return said.why if self._order.ask else NOT_ASKED
        return words

    def _take(self, batch: Sequence[Asked], judgements: Sequence[Judgement | str]) -> None:
        with self._store.transaction() as db:
            for asked, judgement in zip(batch, judgements, strict=True):
                self._take_one(db.conn, asked, judgement)
            progress.step(db.conn, self.standing, batch[-1][0].seq)

    def _take_one(self, connection: sqlite3.Connection, asked: Asked, judgement: Judgement | str) -> None:
        diff, (again, words) = self.standing.diff, asked
        exchange = again.exchange
        if isinstance(judgement, str) or isinstance(words, str):
            diff.skip(str(judgement))
            return
        said = settled(words)
        stays = advice_of(connection, exchange.id, self._judges) - said.keys()
        before = judged_before(connection, exchange.id, self._panel, stays)
        lens = self._lenses[exchange.model or ""]
        scored = scored_anew(exchange, judgement, opinions_of(lens, said))
        after = judged_of(scored, self._panel)
        if before is None or after is None:
            diff.skip("deleted meanwhile")
            return
        diff.other_model += again.config_hash != self._hashes.get(exchange.model or "")
        diff.add(exchange.id, before, after)
        for each in words.values() if self._order.ask else ():
            if may_pass(each):
                diff.miss(each.why)
        if self._order.plan.apply:
            rewrite(connection, Change(scored, before, after, stays), self._keep)

    def _audit(self, what: str, after: Any) -> None:
        """Tell of it in the transaction that is open, where anything is changed at all."""
        order = self._order
        if order.plan.apply:
            entry = audit.Entry(order.at, order.who, what, order.plan.route, order.why, after=after)
            audit.append(self._store.db, entry)


def _judged(anew: Anew, batch: Sequence[Asked]) -> list[Judgement | str]:
    return [anew.judge(again.exchange, words) for again, words in batch]
