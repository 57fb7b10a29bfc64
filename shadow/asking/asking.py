"""The scorer's side of asking: which exchanges have to wait for somebody's word, and which need not any more.

Blocks on nothing but the store. An exchange that waits stays unscored in the store, so a scorer that falls loses none.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shadow.asking import book
from shadow.asking.build import asked_hash, upstreams_of
from shadow.asking.case import Case
from shadow.asking.desk import Desk, Job
from shadow.asking.entries import AskedComparator
from shadow.asking.upstream import DAY
from shadow.scorer.compare import answers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from comparators.panel import Entry
    from shadow.asking.desk import Done
    from shadow.asking.questions import Upstream
    from shadow.asking.said import Words
    from shadow.clock import Clock
    from shadow.config.asked import AnyAsked
    from shadow.config.model import Config
    from shadow.record.store import Store
    from shadow.scorer.compare import Lens
    from shadow.scorer.fence import Fence
    from shadow.scorer.take import Unscored

    Ready = tuple[Unscored, Words]

LOOK = 0.01
"""Seconds between two looks whether an answer has come, where it is waited for."""

_NOTHING: Words = MappingProxyType({})
_REQUEST = "SELECT target, body FROM bodies WHERE exchange = ? AND side = 'request'"


class Asking:
    """Sorts exchanges into those that can be scored now and those that wait; belongs to the scorer's thread."""

    def __init__(
        self, config: Config, clock: Clock, unbooked: Iterable[Done] = (), *, fence: Fence | None = None
    ) -> None:
        self._fence = fence
        self._clock = clock
        self._upstreams = upstreams_of(config)
        self._versions = {upstream: asked_hash(asked) for upstream, asked in self._upstreams.items()}
        self._keep_for = {
            name: route.keep.days * DAY
            for name, route in config.routes.items()
            if route.keep.bodies == "masked"
        }
        self._desk: Desk | None = None
        self._cases: dict[str, tuple[Unscored, Case]] = {}
        self._unbooked = list(unbooked)
        self._counts: Counter[tuple[Upstream, str]] = Counter()

    @property
    def waiting(self) -> frozenset[str]:
        """The exchanges that wait for an answer."""
        return frozenset(self._cases)

    def sort(self, store: Store, batch: Iterable[Unscored], lenses: Mapping[str, Lens]) -> list[Ready]:
        """Give what can be scored now: what need not be asked about, what was asked before, and what has no room."""
        ready = []
        for exchange in batch:
            lens = lenses.get(exchange.route)
            if lens is None or not lens.asked or exchange.disposition is not None:
                ready.append((exchange, _NOTHING))
            elif (found := self._asked_about(store, exchange, lens)) is not None:
                ready.append(found)
        if self._counts:
            self._book(store)
        return ready

    def _asked_about(self, store: Store, exchange: Unscored, lens: Lens) -> Ready | None:
        """Ask about an exchange; what is said of it where nobody has to be waited for.

        Nobody is asked about one that the fence gives up: scoring it says why.
        """
        if self._fence is not None and self._fence.begin(exchange.id, exchange.route):
            return exchange, _NOTHING
        try:
            case = self._case(store, exchange, lens)
        finally:
            if self._fence is not None:
                self._fence.end()
        questions = case.missing()
        if not questions:
            return exchange, case.settled({})
        upstreams = {question.upstream for question in questions}
        if not self._opened(store).room(upstreams):
            self._counts.update((question.upstream, "shed") for question in questions)
            return exchange, case.settled({question.key: "shed" for question in questions})
        self._cases[exchange.id] = exchange, case
        self._opened(store).take(Job(exchange.id, exchange.route, questions))
        return None

    def answered(self, store: Store) -> list[Ready]:
        """Give the exchanges whose answers have come since the last time; what was said is in the store by then."""
        if self._desk is not None:
            self._unbooked += self._desk.done()
            self._desk.there()
        if self._unbooked:
            self._book(store)
        found, self._unbooked = self._unbooked, []
        ready = []
        for each in found:
            if each.job.exchange in self._cases:
                exchange, case = self._cases.pop(each.job.exchange)
                ready.append((exchange, case.hear(each)))
        return ready

    def known(self, store: Store, exchange: Unscored, lens: Lens) -> Words:
        """Give what was said about an exchange before; what is not in the store any more was "not asked"."""
        return self._case(store, exchange, lens).settled({})

    def asked_now(self, store: Store, exchanges: Iterable[Unscored], lens: Lens) -> dict[str, Words]:
        """Give what is said about exchanges of one route, by their ids: asked, and waited for, where it is not kept."""
        left, pause = deque(exchanges), threading.Event()
        words: dict[str, Words] = {}
        most = at_once(self._upstreams, lens.asked)
        while left or self._cases:
            while left and len(self._cases) < most:
                one = left.popleft()
                words.update((each.id, said) for each, said in self.sort(store, [one], {one.route: lens}))
            if self._cases:
                pause.wait(LOOK)
                words.update((exchange.id, said) for exchange, said in self.answered(store))
        return words

    def snapshot(self) -> dict[str, Any]:
        """Tell how each upstream stands."""
        return self._desk.snapshot() if self._desk is not None else {}

    def close(self) -> list[Done]:
        """Stop asking; what waits is asked about when it is taken again. Gives what was answered and is not booked."""
        desk, self._desk = self._desk, None
        self._cases.clear()
        if desk is not None:
            desk.close()
            self._unbooked += desk.done()
        return self._unbooked

    def _opened(self, store: Store) -> Desk:
        if self._desk is None:
            self._desk = Desk(self._upstreams, self._clock)
            self._tell_spent(store)
        return self._desk

    def _tell_spent(self, store: Store) -> None:
        if self._desk is not None:
            today = self._clock.now() // DAY
            self._desk.known(today, book.spent(store.db.conn, today))

    def _case(self, store: Store, exchange: Unscored, lens: Lens) -> Case:
        """Find out what has to be asked about an exchange, and what was asked before."""
        case = Case(exchange.id)
        try:
            answers = answers_of(exchange, lens)
        except Exception:  # noqa: BLE001 - scoring will fail by it, too, and say so
            return case
        if answers[1].problem is not None:
            return case
        request = _request(store, exchange.id)
        case.inquire(lens.asked, self._versions, request=request, answers=answers)
        for question in case.missing():
            found = book.find(store.db.conn, question)
            if found is not None:
                case.heard[question.key] = found
                self._counts[question.upstream, "cached"] += 1
        return case

    def _book(self, store: Store) -> None:
        """Write down what was said and what it cost, once; where bodies are not kept, words about them are not."""
        now = self._clock.now()
        with store.transaction() as db:
            for done in self._unbooked:
                book.book(db.conn, now // DAY, done.heard)
                kept_for = self._keep_for.get(done.job.route)
                for each in done.heard if kept_for is not None else ():
                    book.keep(db.conn, each, now + (kept_for or 0))
            book.count(db.conn, now // DAY, self._counts)
        self._counts.clear()
        self._tell_spent(store)


def at_once(upstreams: Mapping[Upstream, AnyAsked], asked: Iterable[Entry]) -> int:
    """Give about how many pairs of answers may wait together where somebody waits for all of them.

    As many as are asked about at once and as many again, so that no time is lost and none waits too long for its turn.
    """
    comparators = (entry.comparator for entry in asked)
    named = [upstreams[each.name, each.of] for each in comparators if isinstance(each, AskedComparator)]
    return min((min(2 * each.max_in_flight, each.queue) for each in named), default=1)


def _request(store: Store, exchange: str) -> str:
    """Give the client's request as a judge is shown it: its body, or its target when it has none."""
    row = store.db.conn.execute(_REQUEST, (exchange,)).fetchone()
    if row is None:
        return ""
    target, body = row
    return body.decode("utf-8", "replace") if body else str(target or "")
