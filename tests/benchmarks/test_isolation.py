"""The table of isolation: its rows, its ratios, and a short run of some of it. Nothing is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.cells import DNS, MODELS, NOBODY, OFF, TROUBLES, cell, config_of
from benchmarks.house import until
from benchmarks.isolation import ROWS, SLICE, Figures, Row, Slice, arguments, table
from benchmarks.load import Load
from benchmarks.processes import (
    open_descriptors,
    own_resident,
    proportional,
    resident_at_most,
    stubs,
    threads,
)
from benchmarks.stubs import BEHAVIOURS, ENDLESS, bomb
from shadow.config.load import load

SCRIPT = Path(__file__).parents[2] / "benchmarks/isolation.py"


def test_every_row_has_a_model_to_call():
    """A stub, or a port or a name where none is."""
    assert set(ROWS) == {*MODELS, DNS, *TROUBLES}
    assert {*MODELS} - {*BEHAVIOURS} == set()
    assert NOBODY in MODELS


@pytest.mark.parametrize("name", [*OFF, *ROWS])
def test_every_cell_has_a_file_that_is_accepted(name, tmp_path):
    """In phase off where it is what the others are held against; with a breaker only if it is asked for."""
    path = tmp_path / "shadow.yaml"
    for breaker in (False, True):
        path.write_text(json.dumps(config_of(name, 8080, 9001, "http://model.example:9002", breaker=breaker)))
        config = load(path, environ={})
        assert str(config.routes["x"].rollout.phase) == ("off" if name in OFF else "shadow")
        assert (config.models["m"].breaker.failures > 1000) is not breaker


def test_a_row_shows_its_figures_and_their_ratios_to_off():
    """Times and memory above, throughput below: worse each."""
    off = Figures(p50=100.0, p99=200.0, p99_of_all=210.0, cpu=50.0, rate=8000.0, most=2**26)
    hang = Figures(p50=150.0, p99=400.0, p99_of_all=500.0, cpu=75.0, rate=6000.0, most=2**27)
    head, rule, *rows = table({"off": off, "hang": hang})
    assert {line.count("|") for line in (head, rule, *rows)} == {12}
    assert rows == [
        "| *off* | 100 | 200 | 210 | 50 | 8000 | 64 | 1.00 | 1.00 | 1.00 | 1.00 |",
        "| hang | 150 | 400 | 500 | 75 | 6000 | 128 | 1.50 | 2.00 | 0.75 | 2.00 |",
    ]


def test_stalls_of_the_machine_move_nothing_but_the_p99_of_all():
    """Not even where more slices have them than not; one that was lucky moves nothing either."""
    lucky, quiet = Slice([0.0005] * 100, 0.005, 1000.0), Slice([0.001] * 100, 0.01, 900.0)
    stalled = Slice([0.1] * 100, 0.5, 10.0)
    found = Figures.of(Row([stalled, quiet, stalled, lucky, quiet, *[stalled] * 3]))
    assert (found.p50, found.p99, found.rate, found.cpu) == (1000.0, 1000.0, 900.0, 100.0)
    assert found.p99_of_all == 100_000.0


def test_quick_is_one_turn():
    """Of one slice, with a short closed loop."""
    options = arguments(["--quick", "--cells", "hang", "store locked"])
    assert (options.requests, options.cells) == (SLICE, ["hang", "store locked"])
    assert options.closed < arguments([]).closed


def test_a_bomb_is_small_until_it_is_unpacked():
    """A hundred megabytes in a tenth of one."""
    sent = []
    bomb(type("Peer", (), {"write": lambda _, data: sent.append(data)})())
    head, _, body = sent[0].partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert head != ENDLESS
    assert (len(body) < 200_000, int.from_bytes(body[-4:], "little")) == (True, 100_000_000)


def test_what_has_ended_holds_nothing_that_is_known():
    """No figure is no number."""
    told = [of(0) for of in (own_resident, resident_at_most, proportional, open_descriptors, threads)]
    assert [str(each) for each in told] == ["nan"] * 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "role", "told"),
    [
        ("store locked", "proxy", "shadow.record_failed"),
        ("store full", "proxy", "shadow.record_failed"),
        ("scorer crashes", "scorer", "SIGKILL"),
    ],
)
async def test_a_cell_in_trouble_is_in_that_trouble(name, role, told, tmp_path):
    """Its worker tells, or its scorer; all requests of the load are answered 200."""
    log = tmp_path / f"{role}.log"
    with (
        stubs(None, ["soon", "answer"]) as (legacy, model),
        cell(name, None, tmp_path, legacy=legacy, model=model) as each,
    ):
        async with each.turn():
            await Load(each.port, "/v1/x", 20).run(4, 0)
            await until(lambda: told in log.read_text(), told)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_short_run_has_its_rows():
    """Each once, though it is all done twice; every request was answered 200, or it would have ended with an error."""
    cells = ["scorer busy"]
    command = [sys.executable, str(SCRIPT), "--quick", "--anew", "2", "--cells", *cells]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert ended.returncode == 0, ended.stderr
    rows = [line.split(" | ")[0].strip("| *") for line in ended.stdout.splitlines()[2:]]
    assert rows == [*OFF, *cells]
    assert ended.stderr.count("turn 1 is over") == 2
