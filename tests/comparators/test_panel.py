import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable, Verdict
from comparators.exact import Exact
from comparators.number import Number
from comparators.panel import Entry, Judgement, Panel, Score, default_label
from comparators.text import Text

ANSWER = Answer.of(text="any")


def giving(value):
    """Make a comparator that gives a value."""
    return lambda _legacy, _model: Divergence(value)


def failing(_legacy, _model):
    """Fail."""
    raise NotComparable("no number")


def judged(*entries):
    """Judge the same answers by some entries (value or None, tolerance, weight)."""
    made = [Entry("x", failing if value is None else giving(value), *rest) for value, *rest in entries]
    found = Panel(made).judge(ANSWER, ANSWER)
    return found.verdict, found.divergence


@pytest.mark.parametrize(
    ("entries", "verdict", "divergence"),
    [
        ([(0.0,)], Verdict.MATCH, 0.0),
        ([(0.1, 0.1)], Verdict.MATCH, 0.1),
        ([(0.2, 0.1)], Verdict.DIVERGED, 0.2),
        ([(0.0,), (0.5,)], Verdict.DIVERGED, 0.25),
        ([(0.0,), (None,)], Verdict.NOT_COMPARABLE, 0.0),
        ([(0.5,), (None,)], Verdict.DIVERGED, 0.5),
        ([(None,)], Verdict.NOT_COMPARABLE, None),
        ([(float("nan"), 1.0)], Verdict.NOT_COMPARABLE, None),
        ([], Verdict.NOT_COMPARABLE, None),
    ],
)
def test_the_verdict_follows_from_the_scores(entries, verdict, divergence):
    """One entry above its tolerance is enough to diverge; one that cannot compare is enough not to match."""
    assert judged(*entries) == (verdict, divergence)


@pytest.mark.parametrize(
    ("weights", "divergence"),
    [((1, 3), 0.75), ((0, 1), 1.0), ((1, 0), 0.0), ((0, 0), None), ((1e308, 1e308), 0.5)],
)
def test_the_divergence_is_the_weighted_mean(weights, divergence):
    """Without any weight there is none."""
    assert judged((0.0, 1.0, weights[0]), (1.0, 1.0, weights[1]))[1] == divergence


def test_a_judgement_holds_every_score_in_order():
    """What cannot compare has a reason in place of a number."""
    panel = Panel([Entry("price", Number("/p")), Entry("", failing), Entry("", lambda a, _b: a.json["x"])])
    found = panel.judge(Answer.of(json={"p": 4}), Answer.of(json={"p": 3}))
    assert found == Judgement(
        Verdict.DIVERGED,
        0.25,
        (
            Score("price", 0.25, "4 -> 3", (Difference("/p", 0.25, "4 -> 3"),)),
            Score("failing", None, "no number"),
            Score("<lambda>", None, "KeyError: 'x'"),
        ),
    )


def test_labels_are_names_and_pointers_made_unique():
    """A label that is given stands, unless it is taken."""
    entries = [Entry(label, Text("/a")) for label in ("", "", "text/a#2", "mine", "mine")]
    assert [entry.label for entry in Panel(entries).entries] == [
        "text/a",
        "text/a#2",
        "text/a#2#2",
        "mine",
        "mine#2",
    ]


class Gap:
    """A user's comparator without a name."""

    def __call__(self, _legacy, _model):
        """Give nothing."""
        return Divergence(0.0)


def test_a_comparator_without_a_name_is_named_by_its_class():
    """Or by its own name if it is a function."""
    assert [default_label(one) for one in (Gap(), failing, Exact(), Number("/a/b"))] == [
        "Gap",
        "failing",
        "exact",
        "number/a/b",
    ]


@pytest.mark.parametrize("tolerance", [-0.1, 1.1, float("nan")])
def test_a_tolerance_lies_in_zero_to_one(tolerance):
    """Anything else is the operator's error."""
    with pytest.raises(ValueError, match=r"tolerance must be in \[0, 1\], not"):
        Entry("", Exact(), tolerance)


@pytest.mark.parametrize("weight", [-1, float("inf"), float("nan")])
def test_a_weight_is_finite_and_not_negative(weight):
    """Anything else is the operator's error."""
    with pytest.raises(ValueError, match="weight must be a finite number of at least 0, not"):
        Entry("", Exact(), weight=weight)
