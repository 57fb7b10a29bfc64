import pytest

from comparators.answer import Answer
from comparators.checks import EXAMPLES, check_comparator
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.exact import Exact
from comparators.json_tree import Json
from comparators.number import Number
from comparators.text import Text


class PriceGap:
    """How far apart the quoted prices are, relative to the larger one."""

    def __init__(self, *, field: str = "price") -> None:
        """Keep the field's name."""
        self.field = field

    def __call__(self, legacy: Answer, model: Answer) -> Divergence:
        """Measure."""
        old, new = float(legacy.json[self.field]), float(model.json[self.field])
        return Divergence(min(abs(old - new) / max(abs(old), abs(new), 1e-9), 1.0), f"{old} -> {new}")


class OneSided:
    """How much of the legacy text the model dropped: a divergence with a direction."""

    symmetric = False

    def __call__(self, legacy, model):
        """Measure."""
        return Divergence(float(len(model.text) < len(legacy.text)))


@pytest.mark.parametrize(
    "comparator",
    [
        Exact(),
        Exact("/price"),
        Json(),
        Json(ignore=["/id", "/lines/*/sku"], at={"/price": Number(relative=0.1), "/text": Text()}),
        Json(paths=["/lines/*/price", "/name"], limit=1),
        Number(),
        Number("/price", absolute=1.0),
        Text(),
        Text("/text", "partial"),
        Text("", "jaro_winkler", squeeze=True),
        PriceGap(),
        PriceGap(field="cost"),
        OneSided(),
    ],
)
def test_lawful_comparators_pass(comparator):
    """All that ship, and a user's."""
    check_comparator(comparator)


def giving(result):
    """Make a comparator that gives a result."""
    return lambda _legacy, _model: result


def by_status(legacy, model):
    """Forget to take the absolute difference."""
    return Divergence(float(legacy.status > model.status))


def impure(legacy, model):
    """Change a document."""
    legacy.json.pop("id")
    return Divergence(float(legacy.json != model.json))


def raising(_legacy, _model):
    """Fail as data cannot."""
    raise OSError("no such host")


class Moody:
    """Gives something else every time."""

    def __init__(self):
        """Start at nothing."""
        self.calls = 0

    def __call__(self, _legacy, _model):
        """Count the calls."""
        self.calls += 1
        return Divergence(1 / self.calls)


def half_comparable(legacy, _model):
    """Compare only what the legacy system numbered."""
    return Divergence(0.0, str(legacy.json["id"]))


@pytest.mark.parametrize(
    ("comparator", "law"),
    [
        (giving(Divergence(0.5)), "reflexive: Divergence"),
        (giving(Divergence(1.5)), "bounded: 1.5 is no number in"),
        (giving(Divergence(float("nan"))), "bounded: nan is no number in"),
        (giving(Divergence("0")), "bounded: '0' is no number in"),
        (giving(0.5), "typed: a float, not a Divergence"),
        (giving(Divergence(0.0, "", [Difference("", 0.0)])), "typed: differences is no tuple of Differences"),
        (Moody(), "deterministic: Divergence"),
        (by_status, "symmetric: Divergence"),
        (half_comparable, "symmetric: Divergence.*, but swapped None"),
        (impure, "pure: a document was changed"),
        (raising, "raises only what data can cause: OSError: no such host"),
    ],
)
def test_a_broken_law_is_named(comparator, law):
    """The message begins with it."""
    with pytest.raises(AssertionError, match=f"^{law}"):
        check_comparator(comparator, examples=[Answer.of(json={"id": 1}), Answer.of(json={}, status=404)])


def test_the_answers_that_break_a_law_are_shown():
    """Both sides, cut at 200 bytes."""
    with pytest.raises(AssertionError) as caught:
        check_comparator(giving(Divergence(2.0)), examples=[Answer.of(text="x" * 999)])
    shown = f"b'{'x' * 200}'"
    assert str(caught.value).splitlines()[1:] == [f"  legacy: {shown}", f"  model:  {shown}"]


def test_a_comparator_that_compares_nothing_shows_nothing():
    """Its author is asked for examples of the kind it can compare."""
    with pytest.raises(
        AssertionError, match="not one pair of the examples was; pass examples= of your own kind"
    ):
        check_comparator(PriceGap(field="a field of my own"))


def test_ones_own_examples_make_it_comparable():
    """Any iterable of answers serves."""
    check_comparator(PriceGap(field="mine"), examples=(Answer.of(json={"mine": price}) for price in (1, 2.5)))


def test_not_comparable_is_no_broken_law():
    """As long as something can be compared."""

    def only_good(legacy, model):
        if legacy.status != 200 or model.status != 200:
            raise NotComparable("an error")
        return Divergence(0.0)

    check_comparator(only_good)


def test_the_examples_are_of_every_kind():
    """Empty, binary, text, JSON and errors."""
    bodies = {answer.body for answer in EXAMPLES}
    statuses = {answer.status for answer in EXAMPLES}
    assert (bodies >= {b"", b"gold", b"{}", b"null", b"\xff\xfe\x00"}, statuses) == (True, {200, 404, 410})
