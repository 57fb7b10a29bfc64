from __future__ import annotations

from shadow.record.rollup import Rollup
from shadow.report.fold import COHORTS, PATHS, fold_cohorts, fold_route, fold_versions
from shadow.report.model import Usage


def test_nothing_recorded_folds_to_nothing_without_dividing():
    """An empty roll-up has no quantiles, no shares and no bins filled."""
    found = fold_route("r", [], Rollup())
    assert (found.agreement.share, found.legacy.latency.p50, found.comparators) == (None, None, ())
    assert (found.confidence.known, found.usage) == (0, Usage(0, 0, 0.0))


def test_a_comparator_that_measured_without_a_histogram_has_no_mean():
    """A count alone makes no mean and no median."""
    sums = Rollup()
    sums.count("measured:c", 3)
    found = fold_route("r", [], sums).comparators[0]
    assert (found.mean, found.median) == (None, None)


def test_a_path_of_an_unmeasured_comparator_has_no_share():
    """No division by what was never measured."""
    sums = Rollup()
    sums.paths["c", "/a"] = 2
    assert fold_route("r", [], sums).paths[0].share is None


def test_only_the_most_frequent_paths_are_listed():
    """The rest is summed up."""
    sums = Rollup()
    for i in range(PATHS + 5):
        sums.paths["c", f"/{i}"] = 100 - i
    found = fold_route("r", [], sums)
    assert [path.n for path in found.paths] == [100 - i for i in range(PATHS)]
    assert found.differences_left_out == sum(100 - i for i in range(PATHS, PATHS + 5))


def test_only_the_busiest_cohorts_are_listed():
    """A cohort with endless values cannot flood the report."""
    sums = {}
    for i in range(COHORTS + 3):
        sums[str(i)] = Rollup()
        sums[str(i)].count("exchanges", i + 1)
    found, left = fold_cohorts(sums)
    assert (len(found), found[0].exchanges, left) == (COHORTS, COHORTS + 3, 3)


def test_exchanges_without_a_model_are_no_version():
    """Where the model was not called there is no version to list."""
    sums = Rollup()
    sums.count("exchanges", 4)
    assert fold_versions({("", ""): sums.counts}) == ()


def test_statuses_and_failures_are_kept_by_side():
    """A key's prefix tells whose it is."""
    sums = Rollup()
    sums.count("legacy:200", 3)
    sums.count("model:500", 2)
    sums.count("model_failure:status", 2)
    found = fold_route("r", [], sums)
    assert [(c.word, c.n) for c in found.legacy.statuses] == [("200", 3)]
    assert [(c.word, c.n) for c in found.model.statuses + found.model.failures] == [("500", 2), ("status", 2)]
    assert found.legacy.failures == ()
