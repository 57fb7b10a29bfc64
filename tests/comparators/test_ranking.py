import pytest

from comparators.answer import Answer
from comparators.divergence import NotComparable
from comparators.ranking import Ranking, rank_biased_overlap


def apart(old, new, *measure, **options):
    """Compare two rankings."""
    return Ranking("", *measure, **options)(Answer.of(json=old), Answer.of(json=new)).value


def defined(first, second, p):
    """Write equation 32 of the paper down as it stands: S is the shorter list, X the agreements at each depth."""
    short, long = sorted((first, second), key=len)
    s, ell = len(short), len(long)
    x = [len(set(short[:d]) & set(long[:d])) for d in range(ell + 1)]
    total = sum(x[d] / d * p**d for d in range(1, ell + 1))
    total += sum(x[s] * (d - s) / (s * d) * p**d for d in range(s + 1, ell + 1))
    return (1 - p) / p * total + ((x[ell] - x[s]) / ell + x[s] / s) * p**ell


@pytest.mark.parametrize("p", [0.5, 0.9, 0.98])
@pytest.mark.parametrize(
    ("first", "second"),
    [([1, 2, 3], [3, 2, 1]), ([1, 2], [1, 3, 2, 4]), ([1], [2, 1]), ([1, 2, 3, 4], [4, 5]), ([1], [2])],
)
def test_rank_biased_overlap_is_the_one_defined(first, second, p):
    """Whichever list is longer."""
    expected = pytest.approx(defined(first, second, p), abs=1e-12)
    assert rank_biased_overlap(first, second, p) == expected
    assert rank_biased_overlap(second, first, p) == expected


def test_the_top_counts_most():
    """A swap of the first two is worse than one of the last two."""
    base = list("abcdef")
    assert apart(base, list("bacdef")) > apart(base, list("abcdfe")) > 0


def test_equal_rankings_and_strangers():
    """From end to end."""
    assert (apart([1, 2], [1, 2]), apart([], []), apart([1, 2], [3, 4]), apart([], [1])) == (
        0.0,
        0.0,
        1.0,
        1.0,
    )


@pytest.mark.parametrize(
    ("old", "new", "depth", "value"),
    [
        (["a", "b", "c"], ["b", "a", "x"], 2, 0.0),
        (["a", "b", "c"], ["a", "x", "b"], 2, 0.5),
        (["a"], ["a", "b", "c", "d"], 4, 0.75),
        ([], ["a"], 3, 1.0),
    ],
)
def test_overlap_counts_what_both_have_at_the_top(old, new, depth, value):
    """In any order; over the longer list's length where one is short."""
    assert apart(old, new, "overlap", depth=depth) == value


def test_elements_may_be_known_by_a_key():
    """What comes again does not count."""
    old = [{"id": 1, "score": 0.9}, {"id": 2, "score": 0.5}, {"id": 1, "score": 0.1}]
    new = [{"id": 1.0, "score": 0.8}, {"id": 2, "score": 0.7}]
    assert (apart(old, new, key="/id"), apart(old, new) > 0) == (0.0, True)


@pytest.mark.parametrize(
    ("value", "why"), [({}, "the object is no ranking"), ([{"id": 1}, {}], "an element has no key")]
)
def test_what_is_no_ranking_is_not_comparable(value, why):
    """The side is named."""
    with pytest.raises(NotComparable, match=f"model: {why}"):
        apart([{"id": 1}], value, key="/id")


@pytest.mark.parametrize(
    ("options", "message"),
    [({"depth": 0}, "depth must be at least 1"), ({"persistence": 1.0}, r"persistence must be in \(0, 1\)")],
)
def test_bad_options_stop_the_construction(options, message):
    """They are the operator's errors."""
    with pytest.raises(ValueError, match=message):
        Ranking(**options)
