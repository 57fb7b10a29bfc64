from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from fallback.words import Disposition
from shadow.record.rollup import Rollup
from shadow.report.fold import fold_route, fold_traffic
from shadow.report.query import TallyRow

rows = st.builds(
    TallyRow,
    route=st.just("r"),
    phase=st.sampled_from(["shadow", "canary"]),
    served=st.sampled_from(["legacy", "model"]),
    reason=st.sampled_from(["shadow", "confident"]),
    disposition=st.sampled_from(["", *Disposition]),
    n=st.integers(1, 10**6),
    first=st.just(0),
    last=st.just(0),
)


@given(st.lists(rows))
def test_every_way_to_count_the_traffic_gives_the_same_sum(found):
    """Dispositions, reasons, sides and phases each add up to the traffic."""
    traffic = fold_traffic(found, Rollup())
    n = sum(row.n for row in found)
    sums = [
        sum(count.n for count in counts)
        for counts in (traffic.dispositions, traffic.reasons, traffic.served, traffic.phases)
    ]
    assert [traffic.n, *sums] == [n] * 5
    assert traffic.checks[0].difference == 0


@given(st.lists(st.floats(0, 1), min_size=1))
def test_mean_and_median_lie_in_the_ranges_told(values):
    """The histogram's ranges hold the true mean and the true (lower) median."""
    sums = Rollup()
    for value in values:
        sums.count("measured:c")
        sums.share("divergence:c", value)
    found = fold_route("r", [], sums).comparators[0]
    assert found.mean.low - 1e-9 <= math.fsum(values) / len(values) <= found.mean.high + 1e-9
    assert found.median.low - 1e-9 <= sorted(values)[(len(values) - 1) // 2] <= found.median.high + 1e-9


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())), st.integers(0, 20))
def test_compared_answers_with_and_without_confidence_add_up(judged, without):
    """Judged by confidence and none make up all that was compared."""
    sums = Rollup()
    for confidence, match in judged:
        sums.count("verdict:match" if match else "verdict:diverged")
        sums.share("confidence", confidence)
        sums.share("judged", confidence)
        if match:
            sums.share("agreement", confidence)
    sums.count("verdict:diverged", without)
    found = fold_route("r", [], sums)
    assert found.confidence.none == without
    assert sum(b.agreement.n for b in found.confidence.bins) + without == found.agreement.n
