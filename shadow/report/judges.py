"""What judges said, and how far people agree with them: without people's word a judge's is worth nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shadow.report.model import Count, JudgeReport
from shadow.report.wilson import rate

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from shadow.record.rollup import Rollup
    from shadow.report.query import Span

SIDES = ("model", "legacy", "tie")
_REVIEWED_AS = {"model_right": "model", "legacy_right": "legacy", "both": "tie", "neither": "tie"}
"""Which of a judge's words agrees with a person's."""

# Of several reviews of one exchange the newest counts. Reviews are few; each one finds its exchange by its id.
_PAIRS = """
SELECT o.label, o.judge, o.preferred, r.verdict, count(*) FROM reviews AS r
JOIN exchanges AS e ON e.id = r.exchange AND e.route = ? AND e.at >= ? AND e.at < ?
JOIN opinions AS o ON o.exchange = r.exchange
WHERE NOT EXISTS (
  SELECT 1 FROM reviews AS newer WHERE newer.exchange = r.exchange AND (newer.at, newer.id) > (r.at, r.id)
) GROUP BY 1, 2, 3, 4
"""

Table = Counter[tuple[str, str]]
"""How often a judge's word stood beside a person's."""


def judges(db: sqlite3.Connection, span: Span, route: str, sums: Rollup) -> tuple[JudgeReport, ...]:
    """Report a route's judges, each by its comparator's label."""
    tables: dict[str, Table] = {}
    if any(key.startswith("preferred:") for key in sums.counts):
        for label, _, preferred, verdict, n in db.execute(_PAIRS, (route, *span.micros)):
            if verdict in _REVIEWED_AS:
                tables.setdefault(label, Counter())[preferred, _REVIEWED_AS[verdict]] += n
    labels = {
        key.removeprefix("preferred:").rpartition(":")[0]
        for key in sums.counts
        if key.startswith("preferred:")
    }
    return tuple(_judge(label, sums.counts, tables.get(label, Counter())) for label in sorted(labels))


def _judge(label: str, counts: Mapping[str, int], table: Table) -> JudgeReport:
    said = {side: counts.get(f"preferred:{label}:{side}", 0) for side in SIDES}
    n = sum(said.values())
    agreed = sum(k for (judge, person), k in table.items() if judge == person)
    return JudgeReport(
        label=label,
        opinions=n,
        preferred=tuple(Count(side, k, k / n if n else None) for side, k in said.items()),
        reviews=rate(agreed, table.total()),
        kappa=kappa(table),
    )


def kappa(table: Table) -> float | None:
    """Give Cohen's kappa: the agreement beyond what chance alone would give, 1 at most; None when that is everything.

    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960).
    """
    n = table.total()
    if not n:
        return None
    observed = sum(k for (one, other), k in table.items() if one == other) / n
    first, second = Counter[str](), Counter[str]()
    for (one, other), k in table.items():
        first[one] += k
        second[other] += k
    chance = sum(first[side] * second[side] for side in SIDES) / n**2
    return None if chance == 1 else (observed - chance) / (1 - chance)
