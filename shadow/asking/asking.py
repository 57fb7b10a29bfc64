"""The scorer's side of asking: which exchanges have to wait for somebody's word, and which need not any more.

Blocks on nothing but the store. An exchange that waits stays unscored in the store, so a scorer that falls loses none.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from comparators.divergence import NotComparable
from shadow.asking import book
from shadow.asking.build import asked_hash, upstreams_of
from shadow.asking.desk import Desk, Job
from shadow.asking.questions import inquiry, sampled
from shadow.asking.said import Said, Unsaid
from shadow.asking.upstream import DAY
from shadow.scorer.compare import answers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from comparators.answer import Answer
    from comparators.panel import Entry
    from shadow.asking.desk import Done
    from shadow.asking.entries import AskedComparator
    from shadow.asking.questions import Inquiry, Question, Upstream
    from shadow.asking.said import Words
    from shadow.clock import Clock
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


@dataclass(slots=True)
class _Case:
    """An exchange, what its entries ask, and what is known of it so far."""

    exchange: Unscored
    inquiries: list[Inquiry] = field(default_factory=list)
    words: dict[str, Said | Unsaid] = field(default_factory=dict)
    heard: dict[str, Answer] = field(default_factory=dict)
    """Answers by their question's key."""

    def missing(self) -> tuple[Question, ...]:
        """Give the questions that nobody has answered yet."""
        asked = [question for each in self.inquiries for question in each.questions]
        return tuple(
            {question.key: question for question in asked if question.key not in self.heard}.values()
        )

    def settled(self, why: Mapping[str, str]) -> Ready:
        """Say what was said; `why` tells, by key, why a question has no answer."""
        for each in self.inquiries:
            keys = [question.key for question in each.questions]
            lacking = next((why.get(key, "not asked") for key in keys if key not in self.heard), None)
            kind = each.comparator.name
            if lacking is not None:
                self.words[each.label] = Unsaid(
                    f"{kind} {each.comparator.of}: {lacking.replace('_', ' ')}", passing=True
                )
            else:
                self.words[each.label] = Said(kind, *(self.heard[key] for key in keys))
        return self.exchange, self.words


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
        self._cases: dict[str, _Case] = {}
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
            return case.settled({})
        upstreams = {question.upstream for question in questions}
        if not self._opened(store).room(upstreams):
            self._counts.update((question.upstream, "shed") for question in questions)
            return case.settled({question.key: "shed" for question in questions})
        self._cases[exchange.id] = case
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
        return [self._settled(each) for each in found if each.job.exchange in self._cases]

    def known(self, store: Store, exchange: Unscored, lens: Lens) -> Words:
        """Give what was said about an exchange before; what is not in the store any more was "not asked"."""
        return self._case(store, exchange, lens).settled({})[1]

    def asked_now(self, store: Store, exchanges: Iterable[Unscored], lens: Lens) -> dict[str, Words]:
        """Give what is said about exchanges of one route, by their ids: asked, and waited for, where it is not kept."""
        batch, pause = list(exchanges), threading.Event()
        words = {exchange.id: said for exchange, said in self.sort(store, batch, {batch[0].route: lens})}
        while self._cases:
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

    def _case(self, store: Store, exchange: Unscored, lens: Lens) -> _Case:
        """Find out what has to be asked about an exchange, and what was asked before."""
        case = _Case(exchange)
        try:
            answers = answers_of(exchange, lens)
        except Exception:  # noqa: BLE001 - scoring will fail by it, too, and say so
            return case
        if answers[1].problem is not None:
            return case
        request = _request(store, exchange.id)
        for entry in lens.asked:
            self._inquire(case, entry, request, answers)
        for question in case.missing():
            found = book.find(store.db.conn, question)
            if found is not None:
                case.heard[question.key] = found
                self._counts[question.upstream, "cached"] += 1
        return case

    def _inquire(self, case: _Case, entry: Entry, request: str, answers: tuple[Answer, Answer]) -> None:
        comparator: AskedComparator = entry.comparator  # type: ignore[assignment]  # `lens.asked` holds no others
        if not sampled(case.exchange.id, entry.label, comparator.sample):
            return
        version = self._versions[comparator.name, comparator.of]
        try:
            case.inquiries.append(
                inquiry(entry.label, comparator, version=version, request=request, answers=answers)
            )
        except NotComparable as exc:
            case.words[entry.label] = Unsaid(str(exc))

    def _settled(self, done: Done) -> Ready:
        case = self._cases.pop(done.job.exchange)
        case.heard.update((each.question.key, each.answer) for each in done.heard if each.answer is not None)
        return case.settled({each.question.key: each.outcome for each in done.heard if each.answer is None})

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


def _request(store: Store, exchange: str) -> str:
    """Give the client's request as a judge is shown it: its body, or its target when it has none."""
    row = store.db.conn.execute(_REQUEST, (exchange,)).fetchone()
    if row is None:
        return ""
    target, body = row
    return body.decode("utf-8", "replace") if body else str(target or "")
