import inspect

import pytest

from comparators.answer import Answer
from comparators.catalog import BUILT_IN, build
from comparators.checks import EXAMPLES, check_comparator
from comparators.divergence import Difference, Divergence, NotComparable


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


RULES = {
    "/price": {"use": "number", "relative": 0.1, "weight": 3},
    "/name": {"severity": "info"},
    "/text": {"use": "exact", "severity": "minor", "tolerance": 0.5},
    "$.lines[?@.price > 1].sku": {"weight": 0.5, "severity": "minor"},
}
SETS = {
    "code": [{"pointer": "/text"}, {"pointer": "/text", "language": "css", "limit": 9}],
    "datetime": [
        {"pointer": "/at"},
        {"pointer": "/at", "within": "1h", "scale": "7d", "zone": "+02:00", "order": "dmy"},
        {"epoch": "ms"},
        {"epoch": "s", "zone": "UTC", "order": "ymd"},
    ],
    "distribution": [
        {"pointer": "/shares"},
        {"pointer": "/shares", "measure": "jensen_shannon"},
        {"pointer": "/vector", "scale": True},
        {"measure": "jensen_shannon", "scale": True},
        {"pointer": "/lines", "label": "/sku", "probability": "/price", "scale": True},
    ],
    "exact": [{}, {"pointer": "/price"}],
    "html": [{"pointer": "/text", "ignore": ["id"]}, {"limit": 20}],
    "json": [
        {},
        {"ignore": ["/id", "/lines/*/sku", "$..price"]},
        {"paths": ["/lines/*/price", "/name"], "limit": 1},
        {"paths": ["$..price", "$.ranks[-1]"], "ignore": ["/lines/0"]},
        {"at": RULES},
        {"arrays": {"": "set", "$..*": "set"}, "at": RULES},
        {"arrays": {"": "best", "$..*": "best"}, "at": RULES, "numeric_strings": True},
        {"arrays": {"/lines": {"key": "/sku"}, "": {"key": ["", "/x"]}}, "null_is_missing": True},
        {"arrays": {"/lines": "ordered"}, "null_is_missing": True, "numeric_strings": True, "limit": 0},
    ],
    "label": [
        {},
        {"pointer": "/label", "order": ["bronze", "silver", "gold"]},
        {"pointer": "/ranks", "normalise": False},
        {"pointer": "/text", "separator": " ", "synonyms": {"two": ["2", "II"]}},
    ],
    "number": [
        {},
        {"pointer": "/price", "absolute": 1.0},
        {"pointer": "/score", "relative": 0.5, "ulp": 4},
        {"decimals": 0},
        {"digits": 1},
    ],
    "ranking": [
        {},
        {"pointer": "/ranks", "measure": "overlap", "depth": 2},
        {"pointer": "/lines", "key": "/sku", "persistence": 0.5},
    ],
    "schema": [
        {"schema": {"type": "object", "required": ["price"], "properties": {"price": {"type": "number"}}}},
        {"schema": {"items": {"type": "integer", "multipleOf": 2}, "maxItems": 1}, "limit": 1},
        {"schema": {"exclusiveMinimum": 0}, "pointer": "/price"},
        {"schema": False},
    ],
    "sql": [
        {"pointer": "/text"},
        {"pointer": "/label", "dialect": "mysql", "unordered": ["columns"], "limit": 9},
    ],
    "status": [{}, {"class_only": True, "headers": ["ETag", "Content-Type"]}],
    "text": [{}, {"pointer": "/text", "measure": "partial"}, {"measure": "jaro_winkler", "squeeze": True}],
    "vectors": [{}, {"pointer": "/vector"}],
    "xml": [{"ignore": ["id"]}, {"pointer": "/text", "limit": 20}],
}
CASES = [
    pytest.param(name, each, id=f"{name}{n}") for name, some in SETS.items() for n, each in enumerate(some)
]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_comparator_that_ships_keeps_the_laws(name, options):
    """With options that touch each other."""
    check_comparator(build({"use": name, **options}))


def test_every_option_is_checked():
    """Of those named above; text has more measures than fit here, and a file of its own."""
    for name in SETS.keys() - {"text"}:
        known = set(inspect.signature(BUILT_IN[name]).parameters)
        assert (name, known - {option for options in SETS[name] for option in options}) == (name, set())


@pytest.mark.parametrize("comparator", [PriceGap(), PriceGap(field="cost"), OneSided()])
def test_a_users_comparator_passes(comparator):
    """Fifteen lines are enough."""
    check_comparator(comparator)


def test_a_major_part_above_the_value_is_named():
    """It is a part of it."""
    with pytest.raises(
        AssertionError, match=r"bounded: the major part 0\.5 is no number from 0 to the value 0\.25"
    ):
        check_comparator(giving(Divergence(0.25, major=0.5)))


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
        AssertionError,
        match=r"not one pair of the examples was \(KeyError: 'a field of my own'\); pass examples= of your own kind",
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
    assert (bodies >= {b"", b"gold", b"{}", b"null", b"\xff\xfe\x00"}, statuses) == (
        True,
        {200, 201, 404, 410},
    )


def test_what_one_comparator_spoils_is_not_the_next_one_s_fault():
    """The examples are shared by all checks of a process; each check has copies of its own."""

    def spoiling(legacy, _model):
        legacy.json["spoiled"] = True
        return Divergence(0.0)

    mine = [Answer.of(json={"price": 1}), Answer.of(json={"price": 2})]
    for examples in (None, mine):
        with pytest.raises(AssertionError, match=r"^pure"):
            check_comparator(spoiling, examples=examples)
        check_comparator(PriceGap(), examples=examples)


def test_a_comparator_that_ends_the_process_is_named():
    """It would end the scorer, and ends no test run."""

    def leaving(_legacy, _model):
        raise SystemExit(3)

    with pytest.raises(AssertionError, match=r"^raises only what data can cause: SystemExit: 3"):
        check_comparator(leaving)
