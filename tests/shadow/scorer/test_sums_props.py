"""Laws of the sums."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from comparators.divergence import Difference, Verdict
from comparators.panel import Judgement, Score
from fallback.words import Disposition, Failure, Reason, Side
from shadow.record.rollup import Rollup
from shadow.scorer.compare import Scored
from shadow.scorer.sums import sum_of
from shadow.scorer.take import Unscored

SHARES = st.none() | st.floats(0, 1)
DIFFERENCES = st.lists(st.builds(Difference, st.sampled_from(["", "/a", "/b"]), st.floats(0, 1)), max_size=3)
SCORES = st.builds(Score, st.sampled_from(["json", "text"]), SHARES, st.just(""), DIFFERENCES.map(tuple))


@cache
def exchanges():
    """Give anything that can have been recorded."""
    seconds, failure = st.none() | st.floats(0, 1e6), st.none() | st.sampled_from(Failure)
    return st.builds(
        Unscored,
        id=st.just("x"),
        at=st.integers(0, 2**50),
        route=st.just("r"),
        phase=st.just("shadow"),
        served=st.sampled_from(Side),
        reason=st.sampled_from(Reason),
        disposition=st.none(),
        cohorts=st.just({}),
        legacy_status=st.none() | st.integers(100, 599),
        legacy_seconds=seconds,
        legacy_failure=failure,
        model_status=st.none() | st.integers(100, 599),
        model_seconds=seconds,
        model_failure=failure,
        confidence=st.none(),
        model=st.just("m"),
        version=st.just("1"),
    )


SCORED = st.builds(
    Scored,
    exchange=exchanges(),
    disposition=st.sampled_from(Disposition),
    judgement=st.none() | st.builds(Judgement, st.sampled_from(Verdict), SHARES, st.lists(SCORES).map(tuple)),
    confidence=SHARES,
    tokens_in=st.none() | st.integers(0, 2**40),
    tokens_out=st.none() | st.integers(0, 2**40),
    cost=st.none() | st.integers(0, 1000).map(float),  # whole numbers: their sum does not depend on the order
)


def added(batch):
    """Sum up a batch."""
    total = Rollup()
    for scored in batch:
        total.add(sum_of(scored, None))
    return total


def without_zeros(rollup):
    """Give what a report can see."""
    counts = {key: n for key, n in rollup.counts.items() if n}
    return counts, rollup.seconds, rollup.shares, dict(rollup.paths), rollup.cost


@given(st.lists(SCORED, max_size=6), st.data())
def test_any_split_and_any_order_give_the_same_sum(batch, data):
    """So it does not matter which scorer scored what, and when."""
    mixed = data.draw(st.permutations(batch))
    cut = data.draw(st.integers(0, len(mixed)))
    parts = added(mixed[:cut])
    parts.add(Rollup.loads(added(mixed[cut:]).dumps()))
    assert without_zeros(parts) == without_zeros(added(batch))


@given(SCORED)
def test_a_sum_survives_the_store(scored):
    """What is read back is what was written."""
    rollup = sum_of(scored, None)
    assert without_zeros(Rollup.loads(rollup.dumps())) == without_zeros(rollup)


@given(st.lists(SCORED, max_size=6))
def test_every_exchange_has_one_disposition_one_side_and_one_reason(batch):
    """So each of the three adds up to the traffic."""
    counts = added(batch).counts
    for kind in ("disposition:", "served:", "reason:"):
        assert sum(n for key, n in counts.items() if key.startswith(kind)) == len(batch)
