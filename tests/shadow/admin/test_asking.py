"""The metrics of judges and embeddings."""

from __future__ import annotations

from shadow.admin.asking import asked_families
from shadow.record.workers import Worker


def test_questions_cost_and_waiting_are_told(office):
    """By kind and name; of a scorer that is gone nobody waits."""
    with office.store.transaction() as db:
        for day, outcome, n, cost in ((1, "asked", 5, 0.5), (2, "asked", 3, 0.25), (2, "late", 1, 0.0)):
            db.execute(
                "INSERT INTO asked_days VALUES (?, 'judge', 'fair', ?, ?, 0, 0, ?)", (day, outcome, n, cost)
            )
    now = office.clock.now()
    workers = [
        Worker(
            name,
            "scorer",
            "host",
            1,
            started=seen,
            seen=seen,
            state={"asking": {"judge fair": {"waiting": 7}}},
        )
        for name, seen in (("w1", now), ("w2", 0))
    ]
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in asked_families(office.store.db.conn, workers, now)
        for sample in family.samples
    }
    assert found == {
        ("shadow_asked_total", "judge", "fair", "asked"): 8,
        ("shadow_asked_total", "judge", "fair", "late"): 1,
        ("shadow_asked_cost_total", "judge", "fair"): 0.75,
        ("shadow_asking_waiting", "w1", "judge", "fair"): 7,
    }
