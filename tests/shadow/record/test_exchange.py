"""What an exchange weighs in the recorder's queue: what it holds in memory, whatever its client sent."""

import gc
import tracemalloc

import pytest
from msgspec.structs import replace

from comparators.answer import Answer
from fallback.words import Phase, Reason, Side
from shadow.ids import new_id
from shadow.record.exchange import Exchange
from shadow.request import Observation, Request

MANY = 200


def head(pairs, size):
    """Give headers that nobody else holds."""
    return tuple((bytes(bytearray(b"X-A")), b"v" * size + b"%d" % n) for n in range(pairs))


def exchange(number, *, pairs, size, body, target):
    """Give one as it waits for its row, with bytes of its own throughout."""
    place = "/v1/x/" + "t" * target + f"/{number}"
    request = Request("POST", place, head(pairs, size), b"b" * body + b"%d" % number, exchange=new_id())
    sides = [
        Observation(0.001 * number, Answer(200, head(pairs, size), b"a" * body + b"%d" % number))
        for _ in range(2)
    ]
    return Exchange(
        new_id(),
        1_795_000_000_000_000 + number,
        "x",
        Phase.SHADOW,
        Side.LEGACY,
        Reason.SHADOW,
        None,
        "POST",
        request.path,
        number / MANY,
        request=request,
        legacy=sides[0],
        model=sides[1],
    )


@pytest.mark.parametrize(
    "shape",
    [
        {"pairs": 0, "size": 0, "body": 0, "target": 0},
        {"pairs": 6, "size": 20, "body": 400, "target": 0},
        {"pairs": 100, "size": 10, "body": 0, "target": 0},
        {"pairs": 1, "size": 30_000, "body": 0, "target": 0},
        {"pairs": 2, "size": 10, "body": 0, "target": 30_000},
        {"pairs": 6, "size": 20, "body": 100_000, "target": 100},
    ],
    ids=["nothing", "as usual", "many headers", "a long header", "a long target", "large bodies"],
)
def test_its_weight_is_the_memory_that_it_holds(shape):
    """Never less, so that the bound of the queue holds; nor twice as much, so that the queue holds something."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        held = [exchange(number, **shape) for number in range(MANY)]
        each = (tracemalloc.get_traced_memory()[0] - before) / MANY
    finally:
        tracemalloc.stop()
    assert each <= held[-1].weight() <= 2 * each


@pytest.mark.parametrize("odd", ["text", "no text: \ud800", range(4)])
def test_what_a_plugin_gives_as_headers_has_a_weight_whatever_it_is(odd):
    """The worker's path is no place to fail over it."""
    light, heavy = (
        replace(exchange(0, pairs=0, size=0, body=0, target=0), legacy=Observation(0.1, Answer(200, headers)))
        for headers in ((), (("x", odd),))
    )
    assert heavy.weight() - light.weight() > len("x") + len(odd)
