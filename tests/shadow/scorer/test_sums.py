"""The numbers one exchange adds, key by key."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest

from comparators import Answer, Divergence, Json, Number, Reply
from fallback.words import Disposition, Failure, Reason, Side, Unweighed
from shadow.record.exchange import Samples
from shadow.record.rollup import Rollup, seconds_bucket
from shadow.record.rows import MINUTE
from shadow.request import Observation
from shadow.scorer.compare import score
from shadow.scorer.sums import PATHS, bound_paths, keys_of, sum_of
from shadow.scorer.take import take

SAME = Answer.of(json={"number": "1", "street": "Main St"})


@pytest.fixture
def summed(desk, make):
    """Give a function that records an exchange, scores it, and sums it up."""

    def add_up(lens, *answers, **changes):
        desk.record(make(*answers, **changes))
        return sum_of(score(take(desk.store.db.conn, 1000)[-1], lens), lens.panel)

    return add_up


def test_an_exchange_counts_under_every_word_that_holds_of_it(summed, lens):
    """Who served it and why, what became of it, how each side ended, and what was measured."""
    assert summed(lens()).counts == {
        "exchanges": 1,
        "served:legacy": 1,
        "reason:shadow": 1,
        "disposition:compared": 1,
        "legacy:200": 1,
        "model:200": 1,
        "verdict:diverged": 1,
        "measured:json": 1,
        "diverged:json": 1,
        "measured:text/street": 1,
        "tokens_in": 0,
        "tokens_out": 0,
    }


def test_further_answers_count_beside_the_own_one(summed, lens):
    """Their tokens and cost are part of what the model used; why there were none is counted, too."""
    price = SimpleNamespace(input_per_million=1.0, output_per_million=0.0, per_call=0.5)
    found = summed(lens(price=price), samples=Samples(4, 2_000_000, 7))
    assert (found.counts["samples"], found.counts["tokens_in"], found.counts["tokens_out"]) == (
        4,
        2_000_000,
        7,
    )
    assert found.cost == 0.5 + 4 * 0.5 + 2.0
    assert summed(lens(), unweighed=Unweighed.SHED).counts["unweighed:shed"] == 1


def test_a_failed_side_counts_by_its_failure(summed, lens):
    """Its status too, where it had one; and there is no verdict."""
    error = Observation(0.01, Answer.of(text="down", status=502), Failure.STATUS)
    counts = summed(
        lens(),
        legacy=error,
        model=Observation(3.0, failure=Failure.TIMEOUT),
        disposition=Disposition.LEGACY_FAILED,
    ).counts
    assert counts == {
        "exchanges": 1,
        "served:legacy": 1,
        "reason:shadow": 1,
        "disposition:legacy_failed": 1,
        "legacy:502": 1,
        "legacy_failure:status": 1,
        "model_failure:timeout": 1,
        "tokens_in": 0,
        "tokens_out": 0,
    }


def test_a_served_model_counts_as_such(summed, lens):
    """With its reason."""
    counts = summed(lens(), served=Side.MODEL, reason=Reason.CONFIDENT).counts
    assert (counts["served:model"], counts["reason:confident"]) == (1, 1)


def test_seconds_fall_into_their_buckets(summed, lens):
    """A side that was not asked has none."""
    assert summed(lens()).seconds == {
        "legacy": {seconds_bucket(0.01): 1},
        "model": {seconds_bucket(0.2): 1},
    }
    assert summed(lens(), model=None, disposition=Disposition.SAMPLED_OUT).seconds.keys() == {"legacy"}


def test_a_diverged_answer_with_confidence_is_judged_and_does_not_agree(summed, lens):
    """Its confidence falls into the same bin of both histograms."""
    shares = summed(lens(Json()), confidence=0.93).shares
    assert shares == {
        "confidence": {18: 1},
        "judged": {18: 1},
        "divergence": {10: 1},
        "divergence:json": {10: 1},
    }


def test_a_match_with_confidence_agrees(summed, lens):
    """Agreement is a share of what was judged."""
    shares = summed(lens(Json()), SAME, SAME, confidence=1.0).shares
    assert (shares["judged"], shares["agreement"], shares["divergence"]) == ({19: 1}, {19: 1}, {0: 1})


def test_what_is_not_comparable_is_not_judged(summed, lens):
    """Its confidence is known all the same."""
    rollup = summed(lens(Number()), confidence=0.5)
    assert rollup.counts["verdict:not_comparable"] == 1
    assert rollup.shares == {"confidence": {10: 1}}
    assert "measured:number" not in rollup.counts


def test_a_divergence_within_the_tolerance_is_measured_and_no_difference(desk, make, lens):
    """The tolerance is the panel's."""
    desk.record(make())
    looked = lens(lambda _old, _new: Divergence(0.1))
    (entry,) = looked.panel.entries
    scored = score(take(desk.store.db.conn, 1)[0], looked)
    assert sum_of(scored, looked.panel).counts[f"diverged:{entry.label}"] == 1
    object.__setattr__(entry, "tolerance", 0.1)
    assert sum_of(scored, looked.panel).counts[f"diverged:{entry.label}"] == 0


def test_minor_differences_alone_are_no_diverged_comparator(desk, make, lens):
    """They are in the divergence, and not held against the tolerance."""
    desk.record(make())
    looked = lens(lambda _old, _new: Divergence(0.5, major=0.0))
    (entry,) = looked.panel.entries
    counts = sum_of(score(take(desk.store.db.conn, 1)[0], looked), looked.panel).counts
    assert (
        counts[f"measured:{entry.label}"],
        counts[f"diverged:{entry.label}"],
        counts["verdict:match"],
    ) == (1, 0, 1)


def test_paths_are_counted_by_comparator_and_pointer(summed, lens):
    """Once for each place that differs."""
    model = Answer.of(json={"number": "2", "zip": "1"})
    assert summed(lens(Json()), None, model).paths == {
        ("json", "/number"): 1,
        ("json", "/street"): 1,
        ("json", "/zip"): 1,
    }


def test_usage_adds_up(summed, lens):
    """Tokens of the reply, and what they cost."""
    from types import SimpleNamespace

    price = SimpleNamespace(input_per_million=1.0, output_per_million=0, per_call=0)
    answer = Answer.of(json={}, reply=Reply("{}", tokens_in=500_000, tokens_out=7))
    rollup = summed(lens(price=price), None, answer)
    assert (rollup.counts["tokens_in"], rollup.counts["tokens_out"], rollup.cost) == (500_000, 7, 0.5)


def test_an_exchange_belongs_to_everyone_and_to_each_of_its_cohorts(desk, make):
    """In the minute it came in, by model and version."""
    desk.record(make(cohorts=(("tier", "gold"), ("language", "de"))))
    (scored,) = desk.scored()
    place = (scored.exchange.at // MINUTE, "address", "parser", "v1")
    assert list(keys_of(scored.exchange)) == [(*place, ""), (*place, "tier=gold"), (*place, "language=de")]


def test_rare_paths_are_summed_up(lens):
    """The frequent ones stay, nothing is lost, and doing it again changes nothing."""
    rollup = Rollup(paths=Counter({("json", f"/{n}"): n for n in range(1, PATHS + 51)}))
    total = sum(rollup.paths.values())
    bound_paths(rollup)
    assert (len(rollup.paths), sum(rollup.paths.values())) == (PATHS, total)
    assert rollup.paths["", "…"] == sum(range(1, 52))
    before = Counter(rollup.paths)
    bound_paths(rollup)
    assert rollup.paths == before


def test_the_rest_stays_the_rest_when_more_is_added(lens):
    """However frequent it is by then."""
    rollup = Rollup(paths=Counter({("json", f"/{n}"): 1 for n in range(PATHS + 100)}))
    bound_paths(rollup)
    rollup.paths.update({("json", f"/new{n}"): 2 for n in range(50)})
    total = sum(rollup.paths.values())
    bound_paths(rollup)
    assert (len(rollup.paths) <= PATHS, sum(rollup.paths.values())) == (True, total)
    assert rollup.paths["", "…"] >= 101
