"""The parts of the performance benchmarks that compute and write: nothing here is timed, nothing is started."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from benchmarks import (
    closed_loop,
    figures,
    goals,
    memory,
    peers,
    processes,
    recorder,
    scorer,
    starting,
    workers,
)
from benchmarks.peer_configs import (
    ENVOY,
    ENVOY_MIRROR,
    HAPROXY,
    LITELLM,
    NGINX,
    NGINX_MIRROR,
    OFF,
    PEERS,
    SHADOW,
    Place,
    nginx_stub,
)
from shadow.config.load import load

NAN = float("nan")
WRK = """\
Running 2s test @ http://127.0.0.1:9000/v1/x
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.45ms  350.20us   9.11ms   88.10%
    Req/Sec    18.61k   520.10    19.50k    70.00%
  37211 requests in 2.01s, 17.32MB read
Requests/sec:  18512.93
Transfer/sec:      8.62MB
"""
PLACE = Place(9000, 9001, 9002, Path("folder"))


# --- the load


def test_what_wrk_tells_is_read():
    """Requests and seconds, not its own rate, which is rounded."""
    assert closed_loop.parsed(WRK) == closed_loop.Closed(37211, 2.01)
    assert closed_loop.parsed(WRK.replace("2.01s", "1.50m")).seconds == 90.0


@pytest.mark.parametrize(
    "told",
    [
        "unable to connect to 127.0.0.1:9000 Connection refused",
        WRK.replace("37211 requests", "0 requests"),
        WRK + "  Non-2xx or 3xx responses: 12\n",
        WRK + "  Socket errors: connect 0, read 3, write 0, timeout 0\n",
    ],
)
def test_a_load_that_failed_is_no_figure(told):
    """A proxy that answers with errors is fast."""
    with pytest.raises(closed_loop.LoadError):
        closed_loop.parsed(told)


def test_wrk_sends_the_peers_body():
    """Quoted as its language wants it."""
    assert 'wrk.body = "{\\"text\\": \\"aa\\"}"' in closed_loop.script(b'{"text": "aa"}')


# --- the configurations


def test_every_peer_listens_and_knows_its_upstream():
    """At the places it was given."""
    assert [peer.name for peer in PEERS if "9001" not in peer.text(PLACE)] == []
    listening = [peer.text(PLACE) + " ".join(peer.command("program", PLACE)) for peer in PEERS]
    assert [text for text in listening if "9000" not in text] == []


def test_only_a_mirror_sends_a_copy():
    """To the model's port."""
    copies = {peer.name: "mirror" in peer.text(PLACE) for peer in (NGINX, NGINX_MIRROR, ENVOY, ENVOY_MIRROR)}
    assert copies == {
        NGINX.name: False,
        NGINX_MIRROR.name: True,
        ENVOY.name: False,
        ENVOY_MIRROR.name: True,
    }
    assert "9002" not in HAPROXY.text(PLACE)
    silent = json.loads(LITELLM.text(PLACE))["model_list"]
    assert [each["litellm_params"].get("silent_model") for each in silent] == ["candidate", None]


def test_envoys_file_is_its_own_language():
    """JSON, with a cluster for each side."""
    clusters = json.loads(ENVOY_MIRROR.text(PLACE))["static_resources"]["clusters"]
    assert [each["name"] for each in clusters] == ["legacy", "model"]


@pytest.mark.parametrize(("peer", "phase"), [(OFF, "off"), (SHADOW, "shadow")])
def test_this_proxys_file_is_accepted(peer, phase, tmp_path):
    """By the product's own rules."""
    path = tmp_path / peer.file
    path.write_text(peer.text(PLACE))
    assert str(load(path, environ={}).routes["x"].rollout.phase) == phase


def test_a_stub_answers_at_both_ports_and_counts():
    """One nginx stands for legacy and for the model."""
    text = nginx_stub(PLACE, 9003)
    assert [port in text for port in ("127.0.0.1:9001 ", "127.0.0.1:9002 ", "127.0.0.1:9003;")] == [True] * 3
    told = "Active connections: 1 \nserver accepts handled requests\n 3 3 41 \nReading: 0 Writing: 1 Waiting: 0 \n"
    assert starting.counted(told) == 40


def test_what_is_not_installed_is_not_found():
    """And what was named is, wherever it lies."""
    missing = starting.found([ENVOY], {"envoy": "no-such-program"})
    assert (missing, list(starting.found([OFF], {}))) == ({}, [OFF.name])


# --- the figures


def test_a_goal_is_met_at_its_bound_and_not_by_what_was_not_measured():
    """Either way round."""
    at_most = goals.Goal("x", " µs", 12, 7)
    at_least = goals.Goal("x", " ×", 1.8, 1.95, at_least=True)
    assert [at_most.judge(figure) for figure in (7, 12, 12.1, NAN)] == [
        "met, and the aim",
        "met",
        "**not met**",
        "not measured",
    ]
    assert [at_least.judge(figure) for figure in (2, 1.8, 1.79)] == [
        "met, and the aim",
        "met",
        "**not met**",
    ]


def test_there_is_no_ratio_to_nothing():
    """An added time at 0 or below is noise."""
    assert goals.ratio(3, 2) == 1.5
    assert [goals.shown(goals.ratio(3, other)) for other in (0, -1, NAN)] == ["–"] * 3


def test_numbers_keep_three_digits():
    """So that a table can be read."""
    assert [goals.shown(each) for each in (0.123, 12.34, 18100.5)] == ["0.12", "12.3", "18,100"]


def test_figures_are_medians_less_the_upstreams_own_time():
    """A stall in one round moves none of them."""
    rounds = figures.Rounds(cpu=[50, 52, 900], p50=[150, 160, 9000], p99=[400, 500, 600])
    found = figures.Figures.of(rounds, figures.Rounds(p50=[30], p99=[100]), idle=(2**21, 2**20), held=NAN)
    assert (found.cpu, found.p50, found.p99, found.resident, found.own) == (52, 130, 400, 2**21, 2**20)


def test_the_table_shows_each_figure_beside_both_mirrors():
    """To nginx first, then to Envoy; a dash for what was not measured."""
    rows = {
        NGINX_MIRROR.name: figures.Figures(cpu=50.0),
        ENVOY_MIRROR.name: figures.Figures(cpu=40.0),
        SHADOW.name: figures.Figures(cpu=100.0, busy=0.981, mirrored=1.0),
    }
    head, rule, *lines = figures.table(rows)
    assert {line.count("|") for line in (head, rule, *lines)} == {10}
    assert lines[-1] == f"| {SHADOW.name} | 100 (2.00, 2.50) | – | 98% | 100% | – | – | – | – |"


def test_the_goals_are_computed_from_the_rows():
    """From this run's own mirrors; a missing peer leaves its goal unmeasured."""
    rows = {
        ENVOY_MIRROR.name: figures.Figures(cpu=40.0, p50=100.0),
        SHADOW.name: figures.Figures(cpu=60.0, p50=120.0, held=6144.0, resident=2**20 * 70, own=2**20 * 50),
    }
    judged = figures.for_goals(rows)
    assert {key: value for key, value in judged.items() if value == value} == {  # noqa: PLR0124 - not NaN
        "cpu to envoy": 1.5,
        "p50 to envoy": 1.2,
        "held": 6.0,
        "resident": 50.0,
    }
    lines = list(goals.table(judged))
    assert len(lines) == 2 + len(judged)
    assert lines[2] == "| CPU a shadowed request, to Envoy mirror | 1.50 × | ≤ 1.6 × | ≤ 1 × | met |"


def test_calls_held_are_the_connections_to_the_model():
    """Those of clients, established; not those that listen or have ended."""
    listed = """\
  sl  local_address rem_address   st tx_queue rx_queue
   0: 0100007F:232A 00000000:0000 0A 00000000:00000000
   1: 0100007F:C350 0100007F:232A 01 00000000:00000000
   2: 0100007F:232A 0100007F:C350 01 00000000:00000000
   3: 0100007F:C351 0100007F:232A 06 00000000:00000000
"""
    assert memory.connections_to(9002, listed) == 1
    fewer = memory.within(1024)
    assert fewer + fewer // memory.WARM_UP <= 1024


def test_two_workers_are_worth_what_the_busiest_of_them_leaves():
    """Twice as much only if the work costs the same and is shared evenly."""
    one = workers.Pace(1000, 50.0, 20.0, 1.0, 0.2)
    even, alone = workers.Pace(1500, 50.0, 20.0, 0.5, 0.0), workers.Pace(1000, 50.0, 20.0, 1.0, 0.4)
    assert (workers.accounted(one, even), workers.accounted(one, alone)) == (2.0, 1.0)
    assert workers.by_cpu(one, alone, 2) == 2.0
    lines = list(workers.table({("off", 1): one, ("off", 2): even}))
    assert lines[-1] == "| off | 2 | 1,500 | 1.50 | 50.0 | 20.0 | 50% | 0% | 2.00 | 2.00 |"
    assert workers.idle_ticks("cpu  10 0 10 70 10 0 0 0 0 0\n") == (80, 100)


def test_documents_that_differ_do_so_in_three_leaves():
    """At about a kilobyte a side."""
    old, new = scorer.document(differs=False), scorer.document(differs=True)
    assert 900 < len(json.dumps(old)) < 1100
    changed = [key for key in old if old[key] != new[key]]
    lines = [pair for pair in zip(old["lines"], new["lines"], strict=True) if pair[0] != pair[1]]
    assert (changed, len(lines)) == (["price", "lines"], 2)


# --- the scripts


def test_every_script_has_defaults():
    """One line runs each."""
    assert peers.arguments([]).parts == peers.PARTS
    assert peers.arguments(["--envoy", "/x/envoy", "--parts", "memory"]).envoy == "/x/envoy"
    assert memory.arguments([]).held == memory.HELD
    assert workers.arguments(["--workers", "1", "2", "4"]).workers == [1, 2, 4]
    assert scorer.arguments([]).exchanges > 0
    assert recorder.arguments(["--rate", "100"]).rate == 100


def test_a_processs_own_tree_has_itself_first():
    """Where the system shows processes at all; what has ended has no figures."""
    assert processes.tree(os.getpid())[0] == os.getpid()
    assert str(processes.resident(0)) == "nan"


def test_the_record_of_a_run_that_kept_none_is_not_spoken_of(tmp_path):
    """As when this proxy was not measured."""
    assert peers.written(tmp_path / "shadow.db") == ""
