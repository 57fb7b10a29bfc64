"""The queue between the loop and the writer."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

from comparators import Answer
from comparators.answer import Reply
from fallback.words import Disposition
from shadow.ids import new_id
from shadow.record.intake import Intake, Stage
from shadow.record.wire import encode, unpacked
from shadow.request import Observation, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from shadow.record.exchange import Exchange

    Make = Callable[..., Exchange]


MANY = 200
ODD = Answer(reply=Reply("\ud800"))
"""What a plugin may give, and nothing can be made of."""
_endless: list[Any] = []
_endless.append(_endless)
ENDLESS = Answer(reply=Reply(cast("str", _endless)))
"""The same, and it never ends."""


def weight(exchange: Exchange) -> int:
    """Give what one takes of the room of a queue."""
    intake = Intake(1 << 20)
    intake.put(exchange)
    return intake.weight


def future() -> asyncio.Future[bool]:
    """Give a future of the running loop."""
    return asyncio.get_running_loop().create_future()


def test_what_was_put_is_taken_in_order_and_frees_its_room_when_written(make: Make) -> None:
    """Up to the number asked for; what is being written still counts."""
    intake, exchanges = Intake(1 << 20), [make() for _ in range(3)]
    assert [intake.put(exchange) for exchange in exchanges] == [True] * 3
    load = intake.take(2)
    assert ([*map(unpacked, load.batch.rows)], len(intake)) == (exchanges[:2], 1)
    assert intake.weight == sum(map(weight, exchanges))
    intake.written(load)
    assert intake.weight == weight(exchanges[2])


def test_a_full_queue_refuses_the_newest_and_counts_it(make: Make) -> None:
    """Its tally says unrecorded."""
    intake = Intake(weight(make()) * 2)
    assert [intake.put(make()) for _ in range(3)] == [True, True, False]
    assert intake.lost == 1
    assert {key[5]: n for key, n in intake.take(9).batch.counts.items()} == {"unrecorded": 1}


async def test_commits_come_first_and_a_withdrawn_one_never(make: Make) -> None:
    """Its room is free again."""
    intake = Intake(1 << 20)
    intake.put(make())
    exchange = make()
    kept, gone = intake.ask(exchange, future()), intake.ask(make(), future())
    assert kept is not None
    assert gone is not None
    intake.withdraw(gone)
    load = intake.take(0)
    assert (load.batch.opens, load.batch.rows, load.commits) == ([encode(exchange)], [], [kept])
    intake.written(load)
    assert intake.weight == weight(make())


async def test_a_commit_being_written_cannot_be_withdrawn(make: Make) -> None:
    """Its row may come to stand in the store: its finish replaces it."""
    intake, exchange = Intake(1 << 20), make()
    commit = intake.ask(exchange, future())
    assert commit is not None
    intake.take(0)
    intake.withdraw(commit)
    assert commit.stage is Stage.WRITING
    assert intake.finish(exchange)
    assert intake.take(9).batch.finals == [encode(exchange)]


async def test_a_withdrawn_commit_is_finished_as_a_plain_row(make: Make) -> None:
    """There is nothing to replace."""
    intake, exchange = Intake(1 << 20), make()
    commit = intake.ask(exchange, future())
    assert commit is not None
    intake.withdraw(commit)
    assert intake.finish(exchange)
    batch = intake.take(9).batch
    assert (batch.rows, batch.finals) == ([encode(exchange)], [])


@pytest.mark.parametrize(("room", "model"), [(10, Answer()), (1 << 20, ODD)], ids=["no room", "no text"])
async def test_a_commit_that_cannot_be_queued_is_refused(make: Make, room: int, model: Answer) -> None:
    """At once."""
    assert Intake(room).ask(make(model=Observation(0.1, model)), future()) is None


async def test_a_finish_without_room_leaves_its_bodies_behind(make: Make) -> None:
    """An open row must not stay open; it is counted as lost and says unrecorded."""
    exchange = make(legacy_again=Answer(), model_again=Answer())
    intake = Intake(weight(exchange))
    intake.ask(exchange, future())
    intake.written(intake.take(0))
    intake.put(make())
    assert not intake.finish(exchange)
    (final,) = map(unpacked, intake.take(9).batch.finals)
    assert (final.id, final.disposition, final.request) == (exchange.id, Disposition.UNRECORDED, None)
    assert (final.legacy, final.model) == (Observation(0.01), Observation(0.2))
    assert (final.legacy_again, final.model_again, intake.lost) == (None, None, 1)


async def test_commits_given_up_leave_the_load_but_not_the_rows(make: Make) -> None:
    """The rows are tried again; the room of the commits is free."""
    intake, row = Intake(1 << 20), make()
    intake.put(row)
    commit = intake.ask(make(), future())
    load = intake.take(9)
    assert intake.give_up(load) == [commit]
    assert (list(load.batch.opens), load.batch.rows, load.commits) == ([], [encode(row)], [])
    assert (load.weight, intake.weight) == (weight(row), weight(row))


@pytest.mark.parametrize(
    "odd",
    [{"model": Observation(0.1, ODD)}, {"model_again": ODD}, {"model": Observation(0.1, ENDLESS)}],
    ids=["model", "again", "endless"],
)
@pytest.mark.parametrize("open_before", [False, True], ids=["a row", "an open row"])
async def test_what_is_no_text_is_left_out_and_says_unrecorded(
    make: Make, odd: dict[str, Any], *, open_before: bool
) -> None:
    """A plugin's reply may hold what cannot go over; what was asked and how long it took stays."""
    intake, plain = Intake(1 << 20), make()
    if open_before:
        intake.ask(plain, future())
        intake.written(intake.take(0))
    assert not intake.finish(replace(plain, **odd))
    batch = intake.take(9).batch
    (left,) = map(unpacked, batch.finals if open_before else batch.rows)
    assert (left.id, left.disposition, left.path) == (plain.id, Disposition.UNRECORDED, plain.path)
    assert (left.request, left.model_again, intake.lost) == (None, None, 1)


def test_of_one_whose_words_are_no_text_our_own_are_left(make: Make) -> None:
    """Its id, its route and what was decided."""
    intake, odd = Intake(1 << 20), make(cohorts=(("language", "\ud800"),))
    assert not intake.put(odd)
    (left,) = map(unpacked, intake.take(9).batch.rows)
    assert (left.id, left.route, left.reason, left.path, left.cohorts) == (
        odd.id,
        odd.route,
        odd.reason,
        "",
        (),
    )


def test_one_of_which_nothing_can_be_left_is_counted(make: Make) -> None:
    """As one for which there is no room."""
    intake = Intake(1 << 20)
    assert not intake.put(make(route="\ud800"))
    assert (len(intake), intake.lost) == (0, 1)


def head(pairs: int, size: int) -> tuple[tuple[bytes, bytes], ...]:
    """Give headers that nobody else holds."""
    return tuple((bytes(bytearray(b"X-A")), b"v" * size + b"%d" % n) for n in range(pairs))


@pytest.mark.parametrize(
    "shape",
    [(0, 0, 0), (6, 20, 400), (100, 10, 0), (1, 30_000, 0), (6, 20, 100_000)],
    ids=["nothing", "as usual", "many headers", "a long header", "large bodies"],
)
def test_its_weight_is_the_memory_that_it_holds(make: Make, shape: tuple[int, int, int]) -> None:
    """Never less, so that the bound of the queue holds; nor a third more, so that the queue holds something."""
    pairs, size, body = shape
    answer = Answer(200, head(pairs, size), bytes(body))
    request = Request("POST", "/v1/x", head(pairs, size), bytes(body), exchange=new_id())
    sides = {"legacy": Observation(0.1, answer), "model": Observation(0.1, answer)}
    exchanges = [make(request=request, **sides) for _ in range(MANY)]
    intake = Intake(1 << 30)
    tracemalloc.start()
    try:
        for exchange in exchanges:
            assert intake.put(exchange)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    being_packed = 2 * intake.weight / MANY
    assert held - being_packed <= intake.weight <= 1.33 * held
