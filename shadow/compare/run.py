"""Compares two files: index them, judge their pairs in order, sum up."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from shadow.compare.index import indexed
from shadow.compare.pairs import Comparing
from shadow.compare.summary import Summary
from shadow.jobs import each_in_order
from shadow.scorer.lenses import asked_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from comparators.panel import Panel
    from shadow.asking.said import Words
    from shadow.compare.asked import Inquirer
    from shadow.compare.index import Index, Pair
    from shadow.compare.junit import Cases
    from shadow.compare.pairs import Asked, Task

    Shown = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
    """Shows how far something of so many parts is; gives the function that is told how many more are done."""

AT_ONCE = 200
"""Pairs that go to a process together."""

_NOTHING: Words = {}


def compare(  # noqa: PLR0913 - each is another side of the command
    task: Task,
    whole: Panel,
    *,
    environ: Mapping[str, str],
    jobs: int,
    shown: Shown,
    cases: Cases | None = None,
    inquirer: Inquirer | None = None,
) -> Summary:
    """Compare a task's files by a route's whole panel; what would have to ask is left out without an `inquirer`.

    `cases`, where it is given, gets every pair and every id that stands alone.
    """
    left_out = asked_labels(whole) if inquirer is None else ()
    summary = Summary(task.route, {entry.label: entry.tolerance for entry in whole.entries}, left_out)
    size = task.legacy.stat().st_size + task.model.stat().st_size
    with shown("reading", size) as read, indexed(task.legacy, task.model, task.key, read=read) as index:
        with shown("comparing", index.count()) as advance:
            work = each_in_order(
                Comparing.judge,
                _parts(index.pairs(), inquirer),
                make=Comparing,
                args=(task, dict(environ)),
                jobs=jobs,
            )
            for pairs, judgements in work:
                for (pair, _), judgement in zip(pairs, judgements, strict=True):
                    summary.add(pair.id, judgement)
                    if cases is not None:
                        cases.add(pair.id, judgement, summary.told(judgement.scores))
                advance(len(pairs))
        _add_alone(index, task, summary, cases)
    if inquirer is not None:
        summary.asked, summary.opinions = inquirer.bills, inquirer.opinions
    return summary


def _parts(pairs: Iterator[Pair], inquirer: Inquirer | None) -> Iterator[list[Asked]]:
    while part := list(itertools.islice(pairs, AT_ONCE)):
        if inquirer is None:
            yield [(pair, _NOTHING) for pair in part]
        else:
            yield list(zip(part, inquirer.ask(part), strict=True))


def _add_alone(index: Index, task: Task, summary: Summary, cases: Cases | None) -> None:
    summary.add_alone(index.alone(0), index.alone(1))
    if cases is not None:
        for side, file in enumerate((task.legacy, task.model)):
            for key in index.alone(side):
                cases.add_alone(key, str(file))
