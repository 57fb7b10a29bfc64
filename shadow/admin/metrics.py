"""The counters and gauges of the whole house as Prometheus families, made from the store on each scrape.

Traffic comes from the tallies, which are written in the same transaction as the rows: so a scrape, a report and
the store cannot disagree. Gauges come from the workers' heartbeats.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shadow.record.workers import Worker

    Totals = Mapping[tuple[str, str, str, str, str], int]

RECORD_COUNTERS = {
    "written_rows": "Exchanges written to the store.",
    "lost_rows": "Exchanges whose record was lost; their disposition is unrecorded.",
    "batches": "Transactions of the recorder.",
}
RECORD_GAUGES = {
    "queued_rows": "Exchanges that wait to be written.",
    "queued_bytes": "Bytes that wait to be written.",
}


def families(totals: Totals, workers: list[Worker], now: int) -> Iterator[Metric]:
    """Give every metric family, from the tallies' totals and the heartbeats; `now` in microseconds UTC."""
    yield from _traffic(totals)
    yield from _workers(workers, now)


def _traffic(totals: Totals) -> Iterator[Metric]:
    requests: Counter[str] = Counter()
    dispositions: Counter[tuple[str, str]] = Counter()
    served: Counter[tuple[str, str, str, str]] = Counter()
    unscored: Counter[str] = Counter()
    for (route, phase, side, reason, disposition), n in totals.items():
        requests[route] += n
        served[route, phase, side, reason] += n
        if disposition:
            dispositions[route, disposition] += n
        else:
            unscored[route] += n
    family = CounterMetricFamily(
        "shadow_requests", "Requests; route '' is what no route matched.", labels=["route"]
    )
    for route, n in requests.items():
        family.add_metric([route], n)
    yield family
    family = CounterMetricFamily(
        "shadow_exchanges",
        "Matched requests by what became of the comparison.",
        labels=["route", "disposition"],
    )
    for (route, disposition), n in dispositions.items():
        if route:
            family.add_metric([route, disposition], n)
    yield family
    family = CounterMetricFamily(
        "shadow_served", "Requests by who answered, and why.", labels=["route", "phase", "served", "reason"]
    )
    for key, n in served.items():
        family.add_metric(list(key), n)
    yield family
    gauge = GaugeMetricFamily("shadow_unscored", "Exchanges that wait for the scorer.", labels=["route"])
    for route in filter(None, requests):  # 0 is said too: a missing number adds up with nothing
        gauge.add_metric([route], unscored[route])
    yield gauge


def _workers(workers: list[Worker], now: int) -> Iterator[Metric]:
    seen = GaugeMetricFamily(
        "shadow_seen_seconds", "Seconds since a process was last heard of.", labels=["role", "worker"]
    )
    active = GaugeMetricFamily("shadow_active_requests", "Client requests under way.", labels=["worker"])
    refused = GaugeMetricFamily(
        "shadow_config_refused", "1 while a changed file is refused.", labels=["worker"]
    )
    flights = GaugeMetricFamily(
        "shadow_model_in_flight", "Model calls under way.", labels=["worker", "model"]
    )
    breakers = GaugeMetricFamily(
        "shadow_model_breaker_open", "1 while the breaker is open.", labels=["worker", "model"]
    )
    tasks = GaugeMetricFamily(
        "shadow_tasks", "Tasks that may outlive a request: calls of models, for one.", labels=["worker"]
    )
    living = [worker for worker in workers if worker.stopped is None]
    for worker in living:
        seen.add_metric([worker.role, worker.id], (now - worker.seen) / 1e6)
        if worker.role != "proxy" or not worker.alive(now):  # of a dead one nobody knows how it stands
            continue
        active.add_metric([worker.id], worker.state.get("active", 0))
        tasks.add_metric([worker.id], worker.state.get("tasks", 0))
        refused.add_metric([worker.id], float(worker.state.get("refused_config") is not None))
        for name, model in worker.state.get("models", {}).items():
            flights.add_metric([worker.id, name], model["in_flight"])
            breakers.add_metric([worker.id, name], float(model["breaker"] != "closed"))
    yield from (seen, active, tasks, refused, flights, breakers)
    yield from _clients(workers, now)
    yield from _legacy(workers, now)
    yield from _lookups(workers, now)
    yield from _spare(workers, now)
    yield from _weighing(workers)
    yield from _repeats(workers, now)
    yield from _record(workers, now)
    yield from _scorers(workers)


def _scorers(workers: list[Worker]) -> Iterator[Metric]:
    """Give how often a scorer was lost over an exchange, and to what; and what could not be compared, and why."""
    lost = CounterMetricFamily(
        "shadow_scorer_lost",
        "Scorer processes that an exchange kept too long, or killed.",
        labels=["worker", "cause"],
    )
    obstacles = CounterMetricFamily(
        "shadow_not_comparable",
        "Exchanges of which a comparator could not compare the answers, by why.",
        labels=["worker", "route", "cause"],
    )
    for worker in workers:
        if worker.role == "scorer":
            for cause in ("timed_out", "fallen"):
                lost.add_metric([worker.id, cause], worker.state.get(cause, 0))
            for route, found in worker.state.get("obstacles", {}).items():
                for cause, n in found.items():
                    obstacles.add_metric([worker.id, route, cause], n)
    yield from (lost, obstacles)


def _clients(workers: list[Worker], now: int) -> Iterator[Metric]:
    """Give what each proxy answered clients by itself, and how many are connected."""
    unread = CounterMetricFamily(
        "shadow_refused_requests", "Requests that were refused before any route saw them.", labels=["worker"]
    )
    own = CounterMetricFamily(
        "shadow_own_errors",
        "Errors that were the proxy's own answer, or broke an answer off.",
        labels=["worker", "status", "kind"],
    )
    malformed = CounterMetricFamily(
        "shadow_malformed_requests",
        "Requests that could not be read, or had two meanings.",
        labels=["worker", "cause"],
    )
    hurried = CounterMetricFamily(
        "shadow_refusals_hurried", "Refused connections that were closed at once.", labels=["worker"]
    )
    connections = GaugeMetricFamily(
        "shadow_client_connections", "Connections of clients that are open.", labels=["worker"]
    )
    for worker in workers:
        state = worker.state
        if "own_errors" not in state:
            continue
        unread.add_metric([worker.id], state["refused_requests"])
        hurried.add_metric([worker.id], state.get("hurried", 0))
        for cause, n in state.get("malformed", {}).items():
            malformed.add_metric([worker.id, cause], n)
        for status, kinds in state["own_errors"].items():
            for kind, n in kinds.items():
                own.add_metric([worker.id, status, kind], n)
        if worker.alive(now):
            connections.add_metric([worker.id], state["client_connections"])
    yield from (unread, own, malformed, hurried, connections)


def _legacy(workers: list[Worker], now: int) -> Iterator[Metric]:
    """Give how each proxy's connections to legacy stand."""
    full = CounterMetricFamily(
        "shadow_legacy_pool_refused", "Calls to legacy for which no connection came free.", labels=["worker"]
    )
    surplus = CounterMetricFamily(
        "shadow_legacy_surplus",
        "Connections to legacy that were closed for what it sent behind an answer.",
        labels=["worker"],
    )
    connections = GaugeMetricFamily(
        "shadow_legacy_connections", "Connections to legacy, and calls that wait.", labels=["worker", "state"]
    )
    for worker in workers:
        pool = worker.state.get("legacy_pool")
        if pool is None:
            continue
        full.add_metric([worker.id], pool["refused"])
        surplus.add_metric([worker.id], pool.get("surplus", 0))
        for state in ("in_use", "idle", "waiting"):
            if worker.alive(now):
                connections.add_metric([worker.id, state], pool[state])
    yield from (full, surplus, connections)


def _lookups(workers: list[Worker], now: int) -> Iterator[Metric]:
    """Give how each proxy's lookups of the names of legacy and of the models stand."""
    full = CounterMetricFamily(
        "shadow_lookups_full",
        "Calls that waited for lookups that hang, because no other might begin.",
        labels=["worker", "side"],
    )
    under_way = GaugeMetricFamily(
        "shadow_lookups", "Lookups of upstreams' names under way.", labels=["worker", "side"]
    )
    for worker in workers:
        for side, key in (("legacy", "legacy_pool"), ("model", "model_lookups")):
            found = worker.state.get(key, {})
            if "lookups" not in found:
                continue
            full.add_metric([worker.id, side], found["lookups_full"])
            if worker.alive(now):
                under_way.add_metric([worker.id, side], found["lookups"])
    yield from (full, under_way)


def _spare(workers: list[Worker], now: int) -> Iterator[Metric]:
    """Give how busy each proxy is, and for which share of its unexposed requests it can call a model."""
    refused = CounterMetricFamily(
        "shadow_spared_calls", "Model calls that a worker was too busy to make.", labels=["worker"]
    )
    busy = GaugeMetricFamily(
        "shadow_worker_busy", "How busy a worker's thread is, as a share of a core.", labels=["worker"]
    )
    share = GaugeMetricFamily(
        "shadow_spare_share",
        "Share of its unexposed requests for which a worker calls models.",
        labels=["worker"],
    )
    for worker in workers:
        spare = worker.state.get("spare")
        if spare is None:
            continue
        refused.add_metric([worker.id], spare["refused"])
        if worker.alive(now):
            busy.add_metric([worker.id], spare["busy"])
            share.add_metric([worker.id], spare["share"])
    yield from (refused, busy, share)


def _weighing(workers: list[Worker]) -> Iterator[Metric]:
    """Give what each proxy spent on weighing answers before they are scored; nothing where no route asks for it."""
    counter = CounterMetricFamily(
        "shadow_weighing",
        "Comparisons before an answer is scored, and further calls of models, by what became of them.",
        labels=["worker", "what"],
    )
    for worker in workers:
        for what, n in worker.state.get("weighing", {}).items():
            counter.add_metric([worker.id, what], n)
    used = CounterMetricFamily(
        "shadow_samples", "Further answers of models, and their tokens.", labels=["worker", "route", "what"]
    )
    cost = CounterMetricFamily(
        "shadow_samples_cost", "What they cost, in their price's currency.", labels=["worker", "route"]
    )
    for worker in workers:
        for route, found in worker.state.get("samples", {}).items():
            cost.add_metric([worker.id, route], found["cost"])
            for what in ("answers", "tokens_in", "tokens_out"):
                used.add_metric([worker.id, route, what], found[what])
    yield from (counter, used, cost)


def _record(workers: list[Worker], now: int) -> Iterator[Metric]:
    """Give the recorders' numbers, worker by worker: a sum would shrink when a worker is forgotten."""
    proxies = [worker for worker in workers if worker.role == "proxy"]
    for key, text in RECORD_COUNTERS.items():
        counter = CounterMetricFamily(f"shadow_record_{key}", text, labels=["worker"])
        _fill(counter, proxies, key)
        yield counter
    for key, text in RECORD_GAUGES.items():
        gauge = GaugeMetricFamily(f"shadow_record_{key}", text, labels=["worker"])
        _fill(gauge, [worker for worker in proxies if worker.alive(now)], key)
        yield gauge


def _repeats(workers: list[Worker], now: int) -> Iterator[Metric]:
    """Give how each proxy's repeats of the sides ended."""
    ended = CounterMetricFamily(
        "shadow_repeats",
        "Second calls of a side for its noise, by how they ended; shed were not made.",
        labels=["worker", "route", "side", "end"],
    )
    flights = GaugeMetricFamily(
        "shadow_repeats_in_flight", "Second calls under way.", labels=["worker", "route", "side"]
    )
    for worker in workers:
        for route, sides in worker.state.get("repeats", {}).items():
            for side, found in sides.items():
                for end in ("answered", "failed", "shed"):
                    ended.add_metric([worker.id, route, side, end], found[end])
                if worker.alive(now):
                    flights.add_metric([worker.id, route, side], found["in_flight"])
    yield from (ended, flights)


def _fill(family: CounterMetricFamily | GaugeMetricFamily, workers: list[Worker], key: str) -> None:
    for worker in workers:
        record: dict[str, Any] = worker.state.get("record", {})
        family.add_metric([worker.id], float(record.get(key, 0)))
