import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable, Obstacle, Severity, Verdict
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
    ("entries", "tolerance", "verdict", "divergence"),
    [
        ([(0.5, "minor"), (0.0, "major")], 1.0, Verdict.MATCH, 0.25),
        ([(0.5, "minor"), (0.0, "major")], 0.2, Verdict.DIVERGED, 0.25),
        ([(0.5, "minor"), (0.0, "major")], 0.25, Verdict.MATCH, 0.25),
        ([(0.5, "info"), (0.0, "major")], 0.0, Verdict.MATCH, 0.0),
        ([(None, "info"), (0.0, "major")], 0.0, Verdict.MATCH, 0.0),
        ([(None, "minor"), (0.0, "major")], 1.0, Verdict.NOT_COMPARABLE, 0.0),
        ([(0.5, "info")], 0.0, Verdict.NOT_COMPARABLE, None),
        ([(0.5, "minor"), (0.5, "major")], 1.0, Verdict.DIVERGED, 0.5),
    ],
)
def test_severity_says_what_a_comparator_has_a_say_in(entries, tolerance, verdict, divergence):
    """Minor: in the divergence of the whole panel; info: in nothing."""
    made = [Entry("x", failing if v is None else giving(v), severity=severity) for v, severity in entries]
    found = Panel(made, tolerance=tolerance).judge(ANSWER, ANSWER)
    assert (found.verdict, found.divergence) == (verdict, divergence)


def test_only_the_major_part_is_held_against_an_entrys_tolerance():
    """The whole counts in the panel's divergence."""
    entry = Entry("x", lambda _old, _new: Divergence(0.5, major=0.1), tolerance=0.1)
    found = Panel([entry]).judge(ANSWER, ANSWER)
    assert (found.verdict, found.divergence, found.scores[0].held) == (Verdict.MATCH, 0.5, 0.1)


@pytest.mark.parametrize(
    ("weights", "divergence"),
    [((1, 3), 0.75), ((0, 1), 1.0), ((1, 0), 0.0), ((0, 0), None), ((1e308, 1e308), 0.5)],
)
def test_the_divergence_is_the_weighted_mean(weights, divergence):
    """Without any weight there is none."""
    assert judged((0.0, 1.0, weights[0]), (1.0, 1.0, weights[1]))[1] == divergence


def test_a_judgement_holds_every_score_in_order():
    """What cannot compare has a reason in place of a number, in words and in one word."""
    panel = Panel([Entry("price", Number("/p")), Entry("", failing), Entry("", lambda a, _b: a.json["x"])])
    found = panel.judge(Answer.of(json={"p": 4}), Answer.of(json={"p": 3}))
    assert found == Judgement(
        Verdict.DIVERGED,
        0.25,
        (
            Score("price", 0.25, "4 -> 3", (Difference("/p", 0.25, "4 -> 3"),)),
            Score("failing", None, "no number", obstacle=Obstacle.OTHER),
            Score("<lambda>", None, "KeyError: 'x'", obstacle=Obstacle.PLUGIN),
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


def test_a_severity_is_one_of_three():
    """A word will do."""
    assert Entry("", Exact(), severity="info").severity is Severity.INFO
    with pytest.raises(ValueError, match="'bad' is not a valid Severity"):
        Entry("", Exact(), severity="bad")


def test_a_panels_tolerance_lies_in_zero_to_one():
    """Anything else is the operator's error."""
    with pytest.raises(ValueError, match=r"tolerance must be in \[0, 1\], not 2"):
        Panel([], tolerance=2)
