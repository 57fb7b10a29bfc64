"""What judges and embeddings were asked, as Prometheus families: from the store's own counts by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from shadow.record.workers import Worker

_TOTALS = "SELECT kind, name, outcome, sum(n), sum(cost) FROM asked_days GROUP BY 1, 2, 3"


def asked_families(connection: sqlite3.Connection, workers: list[Worker], now: int) -> Iterator[Metric]:
    """Give how often each was asked by outcome, what it cost, and how many exchanges wait; `now` in µs UTC."""
    asked = CounterMetricFamily(
        "shadow_asked", "Questions to judges and embeddings.", labels=["kind", "name", "outcome"]
    )
    costs = CounterMetricFamily(
        "shadow_asked_cost", "What they cost, in their price's currency.", labels=["kind", "name"]
    )
    total: dict[tuple[str, str], float] = {}
    for kind, name, outcome, n, cost in connection.execute(_TOTALS):
        asked.add_metric([kind, name, outcome], n)
        total[kind, name] = total.get((kind, name), 0.0) + cost
    for key, cost in total.items():
        costs.add_metric(list(key), cost)
    waiting = GaugeMetricFamily(
        "shadow_asking_waiting",
        "Exchanges that wait for a judge or an embedding.",
        labels=["worker", "kind", "name"],
    )
    for worker in workers:
        for key, state in worker.state.get("asking", {}).items() if worker.alive(now) else ():
            waiting.add_metric([worker.id, *key.split(" ", 1)], state["waiting"])
    yield from (asked, costs, waiting)
