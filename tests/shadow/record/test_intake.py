"""The queue between the loop and the writer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from comparators import Answer
from fallback.words import Disposition
from shadow.record.intake import Intake, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from shadow.record.exchange import Exchange

    Make = Callable[..., Exchange]


def future() -> asyncio.Future[bool]:
    """Give a future of the running loop."""
    return asyncio.get_running_loop().create_future()


def test_what_was_put_is_taken_in_order_and_frees_its_room_when_written(make: Make) -> None:
    """Up to the number asked for; what is being written still counts."""
    intake, exchanges = Intake(1 << 20), [make() for _ in range(3)]
    assert [intake.put(exchange) for exchange in exchanges] == [True] * 3
    load = intake.take(2)
    assert (load.batch.rows, len(intake)) == (exchanges[:2], 1)
    assert intake.weight == sum(exchange.weight() for exchange in exchanges)
    intake.written(load)
    assert intake.weight == exchanges[2].weight()


def test_a_full_queue_refuses_the_newest_and_counts_it(make: Make) -> None:
    """Its tally says unrecorded."""
    intake = Intake(make().weight() * 2)
    assert [intake.put(make()) for _ in range(3)] == [True, True, False]
    assert intake.lost == 1
    assert {key[5]: n for key, n in intake.take(9).batch.counts.items()} == {"unrecorded": 1}


async def test_commits_come_first_and_a_withdrawn_one_never(make: Make) -> None:
    """Its room is free again."""
    intake = Intake(1 << 20)
    intake.put(make())
    kept, gone = intake.ask(make(), future()), intake.ask(make(), future())
    assert kept is not None
    assert gone is not None
    intake.withdraw(gone)
    load = intake.take(0)
    assert (load.batch.opens, load.batch.rows, load.commits) == ([kept.exchange], [], [kept])
    intake.written(load)
    assert intake.weight == make().weight()


async def test_a_commit_being_written_cannot_be_withdrawn(make: Make) -> None:
    """Its row may come to stand in the store: its finish replaces it."""
    intake = Intake(1 << 20)
    commit = intake.ask(make(), future())
    assert commit is not None
    intake.take(0)
    intake.withdraw(commit)
    assert commit.stage is Stage.WRITING
    intake.finish(commit.exchange)
    assert intake.take(9).batch.finals == [commit.exchange]


async def test_a_withdrawn_commit_is_finished_as_a_plain_row(make: Make) -> None:
    """There is nothing to replace."""
    intake = Intake(1 << 20)
    commit = intake.ask(make(), future())
    assert commit is not None
    intake.withdraw(commit)
    intake.finish(commit.exchange)
    batch = intake.take(9).batch
    assert (batch.rows, batch.finals) == ([commit.exchange], [])


async def test_a_commit_without_room_is_refused(make: Make) -> None:
    """At once."""
    assert Intake(10).ask(make(), future()) is None


async def test_a_finish_without_room_leaves_its_bodies_behind(make: Make) -> None:
    """An open row must not stay open; it is counted as lost and says unrecorded."""
    exchange = make(legacy_again=Answer(), model_again=Answer())
    intake = Intake(exchange.weight())
    intake.ask(exchange, future())
    intake.written(intake.take(0))
    intake.put(make())
    assert not intake.finish(exchange)
    (final,) = intake.take(9).batch.finals
    assert (final.id, final.disposition, final.request) == (exchange.id, Disposition.UNRECORDED, None)
    assert (final.legacy.answer, final.model.answer, intake.lost) == (None, None, 1)


async def test_commits_given_up_leave_the_load_but_not_the_rows(make: Make) -> None:
    """The rows are tried again; the room of the commits is free."""
    intake, row = Intake(1 << 20), make()
    intake.put(row)
    commit = intake.ask(make(), future())
    load = intake.take(9)
    assert intake.give_up(load) == [commit]
    assert (list(load.batch.opens), load.batch.rows, load.commits) == ([], [row], [])
    assert (load.weight, intake.weight) == (row.weight(), row.weight())
