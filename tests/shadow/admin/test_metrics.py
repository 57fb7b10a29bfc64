"""Every metric family, by name, label and sum."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.core import CounterMetricFamily

from shadow.admin.metrics import families
from shadow.record import workers
from shadow.record.tallies import read_totals
from shadow.record.workers import STALE

DOCS = Path(__file__).parents[3] / "docs/operations.md"


@pytest.fixture
def samples(office):
    """Give a function that reads all samples: name to labels and value."""

    def read():
        found = families(read_totals(office.store), workers.read(office.store), office.clock.now())
        return {
            name: [(sample.labels, sample.value) for sample in family.samples]
            for family in found
            for name in [family.name + ("_total" if isinstance(family, CounterMetricFamily) else "")]
        }

    return read


def test_the_families_are_those_of_the_documentation(office, samples):
    """With these very labels."""
    office.busy()
    office.beat("proxy")
    office.beat("scorer", state={"obstacles": {"address": {"not_json": 1}}})
    documented = {
        name: {label.strip() for label in labels.split(",") if label.strip()}
        for names, labels in re.findall(
            r"^\| (`shadow_[^|]*) \| ([^|]*?) ?\|", DOCS.read_text(), re.MULTILINE
        )
        for name in re.findall(r"`(\w+)`", names)
    }
    assert {name: set(found[0][0]) for name, found in samples().items()} == documented


def test_dispositions_and_what_waits_add_up_to_the_requests(office, samples):
    """For every route, 0 where nothing waits."""
    office.busy()
    found, sums = samples(), Counter()
    for name, sign in (
        ("shadow_requests_total", 1),
        ("shadow_exchanges_total", -1),
        ("shadow_unscored", -1),
    ):
        for labels, value in found[name]:
            sums[labels["route"]] += sign * value
    assert sums == {"": 4, "address": 0, "plain": 0}
    assert found["shadow_unscored"] == [({"route": "address"}, 3), ({"route": "plain"}, 0)]


def test_served_adds_up_to_all_requests(office, samples):
    """Unmatched ones too."""
    office.busy()
    found = samples()
    total = sum(value for _, value in found["shadow_requests_total"])
    assert sum(value for _, value in found["shadow_served_total"]) == total == 44
    key = {"route": "address", "phase": "canary", "served": "model", "reason": "confident"}
    assert (key, 5) in found["shadow_served_total"]


def test_exchanges_are_counted_by_disposition(office, samples):
    """Whatever the phase and the reason."""
    office.busy()
    assert samples()["shadow_exchanges_total"] == [
        ({"route": "address", "disposition": "compared"}, 25),
        ({"route": "address", "disposition": "model_late"}, 2),
        ({"route": "plain", "disposition": "off"}, 10),
    ]


def test_a_worker_tells_how_it_stands(office, samples):
    """From its heartbeat."""
    office.beat("proxy", "w1")
    office.clock.advance(2)
    office.beat("scorer", "s1")
    found = samples()
    assert found["shadow_seen_seconds"] == [
        ({"role": "proxy", "worker": "w1"}, 2.0),
        ({"role": "scorer", "worker": "s1"}, 0.0),
    ]
    assert found["shadow_active_requests"] == [({"worker": "w1"}, 3)]
    assert found["shadow_tasks"] == [({"worker": "w1"}, 6)]
    assert found["shadow_model_in_flight"] == [({"worker": "w1", "model": "parser"}, 2)]
    assert found["shadow_model_breaker_open"] == [({"worker": "w1", "model": "parser"}, 1)]
    assert found["shadow_config_refused"] == [({"worker": "w1"}, 0)]
    assert found["shadow_record_queued_rows"] == [({"worker": "w1"}, 4)]
    assert found["shadow_record_queued_bytes"] == [({"worker": "w1"}, 5000)]
    assert found["shadow_record_written_rows_total"] == [({"worker": "w1"}, 60)]
    assert found["shadow_record_lost_rows_total"] == [({"worker": "w1"}, 7)]
    assert found["shadow_record_batches_total"] == [({"worker": "w1"}, 8)]
    side = {"worker": "w1", "route": "address", "side": "legacy"}
    assert found["shadow_repeats_total"] == [
        (side | {"end": end}, n) for end, n in (("answered", 5), ("failed", 2), ("shed", 3))
    ]
    assert found["shadow_repeats_in_flight"] == [(side, 1)]


def test_a_refused_file_is_1(office, samples):
    """Until it is good again."""
    office.beat("proxy", state={"refused_config": "1 problem"})
    assert samples()["shadow_config_refused"] == [({"worker": "proxy"}, 1)]


def test_of_a_dead_worker_only_its_counts_are_told(office, samples):
    """And since when it was not heard of: nobody knows what it holds."""
    office.beat("proxy", "dead")
    office.clock.advance(STALE / 1e6)
    found = samples()
    told = {
        name for name, values in found.items() if any(labels.get("worker") == "dead" for labels, _ in values)
    }
    assert told == {
        "shadow_seen_seconds",
        "shadow_repeats_total",
        "shadow_record_written_rows_total",
        "shadow_record_lost_rows_total",
        "shadow_record_batches_total",
        "shadow_refused_requests_total",
        "shadow_own_errors_total",
        "shadow_malformed_requests_total",
        "shadow_refusals_hurried_total",
        "shadow_legacy_pool_refused_total",
        "shadow_legacy_surplus_total",
        "shadow_lookups_full_total",
        "shadow_spared_calls_total",
        "shadow_weighing_total",
        "shadow_samples_total",
        "shadow_samples_cost_total",
    }


def test_the_connections_to_legacy_are_told(office, samples):
    """What is refused for want of one is counted, and what legacy said unasked."""
    office.beat("proxy", "w1")
    found = samples()
    assert found["shadow_legacy_pool_refused_total"] == [({"worker": "w1"}, 5)]
    assert found["shadow_legacy_surplus_total"] == [({"worker": "w1"}, 6)]
    assert found["shadow_legacy_connections"] == [
        ({"worker": "w1", "state": "in_use"}, 3),
        ({"worker": "w1", "state": "idle"}, 1),
        ({"worker": "w1", "state": "waiting"}, 0),
    ]


def test_lookups_of_names_are_told_of_either_side(office, samples):
    """And how often another one was not begun."""
    office.beat("proxy", "w1")
    found = samples()
    sides = [{"worker": "w1", "side": side} for side in ("legacy", "model")]
    assert found["shadow_lookups_full_total"] == [*zip(sides, (8, 9), strict=True)]
    assert found["shadow_lookups"] == [*zip(sides, (1, 2), strict=True)]


def test_what_a_worker_can_afford_is_told(office, samples):
    """And which calls it could not."""
    office.beat("proxy", "w1")
    found = samples()
    assert found["shadow_spared_calls_total"] == [({"worker": "w1"}, 7)]
    assert found["shadow_worker_busy"] == [({"worker": "w1"}, 0.9)]
    assert found["shadow_spare_share"] == [({"worker": "w1"}, 0.25)]


def test_errors_of_the_proxys_own_are_told_by_status_and_kind(office, samples):
    """Apart from legacy's own, which are in no such count; and beside the clients that are connected."""
    office.beat("proxy", "w1")
    found = samples()
    assert found["shadow_refused_requests_total"] == [({"worker": "w1"}, 2)]
    assert found["shadow_own_errors_total"] == [
        ({"worker": "w1", "status": "400", "kind": "malformed"}, 2),
        ({"worker": "w1", "status": "504", "kind": "legacy"}, 1),
    ]
    assert found["shadow_client_connections"] == [({"worker": "w1"}, 4)]
    assert found["shadow_refusals_hurried_total"] == [({"worker": "w1"}, 6)]
    assert found["shadow_malformed_requests_total"] == [
        ({"worker": "w1", "cause": "bare_lf"}, 1),
        ({"worker": "w1", "cause": "nul"}, 1),
    ]


def test_what_a_scorer_was_lost_over_is_told_by_cause(office, samples):
    """An alert on it finds a comparator that hangs."""
    office.beat("scorer", "s1", state={"timed_out": 2, "fallen": 1})
    assert samples()["shadow_scorer_lost_total"] == [
        ({"worker": "s1", "cause": "timed_out"}, 2),
        ({"worker": "s1", "cause": "fallen"}, 1),
    ]


def test_what_could_not_be_compared_is_told_by_why(office, samples):
    """Of each route, for a model that has begun to answer with something else."""
    office.beat("scorer", "s1", state={"obstacles": {"address": {"not_json": 3, "too_deep": 1}}})
    assert samples()["shadow_not_comparable_total"] == [
        ({"worker": "s1", "route": "address", "cause": "not_json"}, 3),
        ({"worker": "s1", "route": "address", "cause": "too_deep"}, 1),
    ]


def test_a_worker_that_left_is_not_waited_for(office, samples):
    """Its counts stay, so that the last ones are not missed."""
    office.beat("proxy", "left", stopped=office.clock.now())
    found = samples()
    assert (found["shadow_seen_seconds"], found["shadow_record_lost_rows_total"]) == (
        [],
        [({"worker": "left"}, 7)],
    )


def test_one_workers_end_takes_nothing_from_anothers_counts(office, samples):
    """A counter that shrinks would be read as a new start, and alert."""
    office.beat("proxy", "old")
    office.beat("proxy", "new")
    before = {labels["worker"]: n for labels, n in samples()["shadow_record_lost_rows_total"]}
    with office.store.transaction() as db:
        db.execute("DELETE FROM workers WHERE id = 'old'")
    after = {labels["worker"]: n for labels, n in samples()["shadow_record_lost_rows_total"]}
    assert (before["new"], after) == (7, {"new": 7})


def test_a_worker_that_has_said_nothing_yet_is_no_error(office):
    """Its first heartbeat may be empty."""
    office.beat("proxy", "w1")
    bare = [replace(worker, state={}) for worker in workers.read(office.store)]
    values = [sample.value for family in families({}, bare, office.clock.now()) for sample in family.samples]
    assert values == [0.0] * 9
