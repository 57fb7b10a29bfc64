from __future__ import annotations

from shadow.record.rollup import Rollup
from shadow.report import plots
from shadow.report.fold import fold_route
from shadow.report.model import Latency


def test_bars_are_as_long_as_their_shares():
    """Twice the share is twice the length; a tiny share is still seen, none is not."""
    found = plots.bars(
        "t", [plots.Bar(name, s, "") for name, s in (("a", 1), ("b", 0.5), ("c", 1e-9), ("d", 0))]
    )
    widths = [rect.width for rect in found.rects]
    assert widths == [widths[0], widths[0] / 2, 1.5, 0.0]


def test_bars_of_nothing_do_not_divide():
    """When the longest bar is nothing, all are."""
    found = plots.bars("t", [plots.Bar("a", 0.0, "0")], full=0.0)
    assert [rect.width for rect in found.rects] == [0.0]


def test_a_long_name_is_shortened_but_told_whole():
    """The label fits its column; the tip holds the whole name."""
    found = plots.bars("t", [plots.Bar("/a/very/long/pointer/into/the/answer", 0.5, "1")])
    assert (found.labels[0].text, found.rects[0].tip) == (
        "/a/very/long/pointer/into…",
        "/a/very/long/pointer/into/the/answer: 1",
    )


def test_latencies_lie_on_the_paper_in_order():
    """p50, p90 and p99 go from left to right, even when all are one."""
    for side in (Latency(9, 0.001, 0.05, 2.0), Latency(1, 0.01, 0.01, 0.01)):
        found = plots.latencies("t", [("legacy", side)])
        xs = [dot.x for dot in found.dots]
        assert xs == sorted(xs)
        assert all(0 <= x <= found.width for x in xs)


def test_the_axis_of_time_speaks_in_round_numbers():
    """Powers of ten in their units."""
    found = plots.latencies("t", [("legacy", Latency(1, 0.00001, 0.01, 10.0))])
    axis = [label.text for label in found.labels if label.kind == "axis"]
    assert axis == ["10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"]


def test_a_histogram_has_a_column_for_none():
    """What has no confidence stands apart and to the same scale."""
    found = plots.columns("t", [0, 10], kind="model", none=5)
    assert [(r.kind, r.height, r.tip) for r in found.rects] == [
        ("model", 0.0, "0.00–0.50: 0"),
        ("model", 130.0, "0.50–1.00: 10"),
        ("none", 65.0, "none: 5"),
    ]


def test_an_empty_histogram_does_not_divide():
    """No column stands where nothing was counted."""
    assert {rect.height for rect in plots.columns("t", [0] * 20, kind="model").rects} == {0.0}


def test_agreement_has_a_whisker_for_each_judged_bin():
    """The interval reaches around its point."""
    sums = Rollup()
    for match in (True, True, False):
        sums.share("judged", 0.9)
        if match:
            sums.share("agreement", 0.9)
    found = plots.agreement("t", fold_route("r", [], sums).confidence)
    whisker = next(line for line in found.lines if line.kind == "whisker")
    assert whisker.y2 < found.dots[0].y < whisker.y1
    assert found.told == "0.90–0.95: 66.7 % (20.8–93.9 %) of 3"
