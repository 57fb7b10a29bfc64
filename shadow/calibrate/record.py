"""Reads labels from the record: what was scored, what was reviewed, and with which probability it was drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from fallback.certify.labels import Labels, first_of_each
from fallback.certify.terms import Loss
from shadow.calibrate.rows import Labelled
from shadow.record.fingerprint import of_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlite_utils import Database

    from fallback.certify.labels import Floats
    from shadow.record.epochs import Noted

_FRONTIER = (
    "coalesce((SELECT min(seq) - 1 FROM exchanges WHERE state < 2), (SELECT max(seq) FROM exchanges), 0)"
)

# What an inline panel would have stopped is not served, whatever the confidence.
_CONFIDENCE = (
    "CASE WHEN :inline IS NULL OR x.verdict = 'match' OR (x.verdict = 'diverged' AND x.divergence <= :inline)"
    " THEN x.confidence END"
)
_COLUMNS = f"x.seq, x.id, x.at, {_CONFIDENCE}, x.cohorts, x.method, x.path, b.target, b.body, b.fingerprint, x.verdict"
_REQUEST = "LEFT JOIN bodies b ON b.exchange = x.id AND b.side = 'request'"
_MINE = "x.route = :route AND x.config_hash = :model AND x.at >= :since AND x.unweighed IS NULL"
_COMPARED = f"""
SELECT {_COLUMNS}, NULL, 1.0 FROM exchanges x {_REQUEST}
WHERE x.seq > :after AND x.seq <= :upto AND {_MINE} AND x.state = 2 AND x.verdict IN ('match', 'diverged')
ORDER BY x.seq LIMIT :most
"""  # noqa: S608 - own words
_REVIEWED = f"""
SELECT {_COLUMNS}, r.verdict, r.probability FROM (
    SELECT *, min(at) OVER of AS began, row_number() OVER (of ORDER BY at DESC, id DESC) AS newest
    FROM reviews WINDOW of AS (PARTITION BY exchange)
) r JOIN exchanges x ON x.id = r.exchange {_REQUEST}
WHERE r.newest = 1 AND {_MINE} AND x.state = 2 AND x.model_status IS NOT NULL ORDER BY r.began, x.seq
"""  # noqa: S608 - own words
_TRAFFIC = f"""
SELECT {_CONFIDENCE}, x.cohorts FROM exchanges x WHERE {_MINE} AND x.state = 2
AND x.disposition IN ('compared', 'not_comparable') ORDER BY x.seq DESC LIMIT :most
"""  # noqa: S608 - own words

MOST_TRAFFIC = 10_000
"""Exchanges, the latest, that a coverage is measured on."""

AT_LOSS = {
    Loss.REGRET: frozenset({"legacy_right"}),
    Loss.WRONG: frozenset({"legacy_right", "neither"}),
}
"""The reviewers' verdicts that are a loss."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which exchanges may give labels: a route's, with this model hash, from a time (µs) on.

    Of those with a divergence above `inline`, where the route has an inline panel, none would be served.
    """

    route: str
    model: str
    since: int = 0
    inline: float | None = None

    def values(self, **more: int) -> dict[str, Any]:
        """Give the statement's parameters."""
        return {
            "route": self.route,
            "model": self.model,
            "since": self.since,
            "inline": self.inline,
            **more,
        }


class Label(msgspec.Struct, frozen=True, gc=False):
    """One label as the record has it. `fingerprint` None: its request was not kept in any form."""

    seq: int
    exchange: str
    at: int
    confidence: float | None
    loss: float
    probability: float
    cohorts: dict[str, str]
    fingerprint: str | None


def frontier(db: Database) -> int:
    """Give the last exchange up to which all are scored: nothing before it will change behind one's back."""
    return int(db.execute(f"SELECT {_FRONTIER}").fetchone()[0])


def labels_after(
    db: Database, where: Where, loss: Loss, *, after: int = 0, upto: int = 1 << 62, most: int = -1
) -> list[Label]:
    """Give labels in their order of arrival.

    Divergence: of exchanges scored after a place in the record and up to another, at most so many (-1: all). Else of
    all reviews: of an exchange that was reviewed more than once its newest word, in the place of its first.
    """
    if loss is Loss.DIVERGENCE:
        rows = db.execute(_COMPARED, where.values(after=after, upto=upto, most=most))
    else:
        rows = db.execute(_REVIEWED, where.values())
    return [_label(row, loss) for row in rows]


def _label(row: tuple[Any, ...], loss: Loss) -> Label:
    seq, exchange, at, confidence, cohorts, method, path, target, body, kept, verdict, review, drawn = row
    lost = verdict == "diverged" if loss is Loss.DIVERGENCE else review in AT_LOSS[loss]
    found = of_row(method, path, target, body, kept)
    return Label(
        seq, exchange, at, confidence, float(lost), drawn, msgspec.json.decode(cohorts or "{}"), found
    )


def columns(found: Sequence[Label | Noted]) -> Labels:
    """Make columns of labels."""
    return Labels.of(
        [np.nan if label.confidence is None else label.confidence for label in found],
        [label.loss for label in found],
        probability=[label.probability for label in found],
    )


def traffic(db: Database, where: Where) -> tuple[Floats, list[dict[str, str]]]:
    """Give the confidences of the latest exchanges that the model answered (NaN: none), and their cohorts."""
    rows = db.execute(_TRAFFIC, where.values(most=MOST_TRAFFIC)).fetchall()
    known = np.array(
        [np.nan if confidence is None else confidence for confidence, _ in rows], dtype=np.float64
    )
    return known, [msgspec.json.decode(cohorts or "{}") for _, cohorts in rows]


def read_labels(db: Database, where: Where, loss: Loss) -> Labelled:
    """Read all labels of a route as they are now, one a request, with the traffic around them."""
    found = labels_after(db, where, loss)
    known = [label for label in found if label.fingerprint is not None]
    kept = [known[place] for place in first_of_each(label.fingerprint for label in known)]
    population, _ = traffic(db, where)
    return Labelled(
        columns(kept),
        tuple(label.cohorts for label in kept),
        retries=len(known) - len(kept),
        population=population if population.size else None,
        times=tuple(label.at for label in kept),
        left_out=tuple(_left_out(db, where, len(found) - len(known), loss)),
    )


def _left_out(db: Database, where: Where, unkept: int, loss: Loss) -> Iterator[str]:
    if unkept:
        yield f"{unkept:,} labels of exchanges whose request was not kept were left out: they may be retries"
    if loss is Loss.DIVERGENCE:
        found: Counter[str] = Counter()
        rows = db.execute(
            f"SELECT x.disposition, count(*) FROM exchanges x WHERE {_MINE} AND x.state = 2 GROUP BY 1",  # noqa: S608 - own words
            where.values(),
        )
        for disposition, n in rows:
            found[disposition] += n
        if missing := found["not_comparable"]:
            yield f"{missing:,} exchanges could not be compared and are no labels"
