"""Asks judges and embeddings about the pairs of two files, within their limits, and waits for what they say."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import TYPE_CHECKING

from shadow.asking.asking import LOOK, at_once
from shadow.asking.build import asked_hash, upstreams_of
from shadow.asking.case import Case
from shadow.asking.desk import Desk, Job
from shadow.compare.pairs import Comparing
from shadow.compare.summary import Bill
from shadow.config.load import load
from shadow.scorer.compare import opinions_of
from shadow.scorer.lenses import files_lens_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from comparators.answer import Answer
    from shadow.asking.desk import Done
    from shadow.asking.said import Words
    from shadow.clock import Clock
    from shadow.compare.index import Pair
    from shadow.compare.pairs import Row, Task

REMEMBERED = 10_000
"""Questions whose answer is remembered, so that nobody is asked twice about the same; the oldest are forgotten."""


class Inquirer:
    """Asks about pairs, a part of them at a time. There is no store: the day's budget is this run's."""

    def __init__(self, task: Task, environ: Mapping[str, str], clock: Clock) -> None:
        config = load(task.config, environ=environ)
        self.bills: dict[str, Bill] = {}
        self.opinions: dict[str, Counter[str]] = {}
        self._task = task
        self._comparing = Comparing(task, environ)
        self._lens = files_lens_of(config, task.route, raw=task.raw)
        self._upstreams = upstreams_of(config)
        self._versions = {upstream: asked_hash(asked) for upstream, asked in self._upstreams.items()}
        self._most = at_once(self._upstreams, self._lens.asked)
        self._heard: dict[str, Answer] = {}
        self._desk = Desk(self._upstreams, clock)

    def ask(self, pairs: Sequence[Pair]) -> list[Words]:
        """Give what is said of pairs, in their order."""
        left = deque(
            self._case(pair, row) for pair, row in zip(pairs, self._comparing.rows(pairs), strict=True)
        )
        words, waiting, pause = dict[str, "Words"](), dict[str, Case](), threading.Event()
        while left or waiting:
            while left and len(waiting) < self._most:
                case = left.popleft()
                if self._begin(case):
                    waiting[case.key] = case
                else:
                    words[case.key] = case.settled({})
            for done in self._desk.done():
                self._take(done)
                words[done.job.exchange] = waiting.pop(done.job.exchange).hear(done)
            self._desk.there()
            if waiting:
                pause.wait(LOOK)
        for each in words.values():
            for label, _, side in opinions_of(self._lens, each):
                self.opinions.setdefault(label, Counter())[side] += 1
        return [words[pair.id] for pair in pairs]

    def close(self) -> None:
        """Stop asking."""
        self._desk.close()

    def _case(self, pair: Pair, row: Row) -> Case:
        case = Case(pair.id)
        if row.model.problem is None:
            answers = row.legacy, row.model
            case.inquire(self._lens.asked, self._versions, request=row.request, answers=answers)
        return case

    def _begin(self, case: Case) -> bool:
        """Ask what is not known of a case; whether anything has to be waited for."""
        case.heard |= {each.key: self._heard[each.key] for each in case.missing() if each.key in self._heard}
        questions = case.missing()
        if questions:
            self._desk.take(Job(case.key, self._task.route, questions))
        return bool(questions)

    def _take(self, done: Done) -> None:
        for each in done.heard:
            bill = self.bills.setdefault(" ".join(each.question.upstream), Bill())
            bill.outcomes[each.outcome] += 1
            bill.cost += each.cost
            if each.answer is not None:
                self._heard[each.question.key] = each.answer
        while len(self._heard) > REMEMBERED:
            del self._heard[next(iter(self._heard))]
