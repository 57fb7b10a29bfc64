import pytest

from comparators.answer import Answer
from comparators.catalog import BUILT_IN, build, build_entry, build_panel
from comparators.divergence import Divergence, Severity, Verdict
from comparators.exact import Exact
from comparators.options import OptionsError

KNOWN = f"known: {', '.join(sorted(BUILT_IN))}"
OF_JSON = "arrays, at, ignore, limit, null_is_missing, numeric_strings, paths"
OF_NUMBER = "known: absolute, decimals, digits, pointer, relative, ulp"


class Gap:
    """Stands for a user's comparator."""

    def __init__(self, *, by: float = 1.0):
        """Keep the option."""
        self.by = by

    def __call__(self, _legacy, _model):
        """Give the option."""
        return Divergence(self.by)


def load(name):
    """Stand for the loader of users' code."""
    if name != "mine:Gap":
        raise ImportError(f"no module named {name!r}")
    return Gap


def problems_of(make, *args, **more):
    """Build in vain."""
    with pytest.raises(OptionsError) as caught:
        make(*args, **more)
    return list(caught.value.problems)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_built_in_is_built_by_its_name(name):
    """Without any option but those it needs."""
    needed = {"schema": {"schema": {}}}
    assert type(build({"use": name, **needed.get(name, {})})) is BUILT_IN[name]


def test_options_reach_the_comparator():
    """As they stand in the file."""
    built = build({"use": "number", "pointer": "/p", "relative": 0.5})
    assert built(Answer.of(json={"p": 2}), Answer.of(json={"p": 1})).value == 0.0


def test_rules_of_json_are_built_too():
    """They are entries themselves, however deep."""
    spec = {"use": "json", "at": {"/o": {"use": "json", "at": {"/p": {"use": "mine:Gap", "by": 0.5}}}}}
    built = build(spec, load=load)
    assert built(Answer.of(json={"o": {"p": 1}}), Answer.of(json={"o": {"p": 2}})).value == 0.5


def test_a_users_comparator_is_loaded_by_the_caller():
    """The catalog imports nothing itself."""
    assert build({"use": "mine:Gap", "by": 1}, load=load).by == 1.0


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"use": "jsn"}, "unknown comparator 'jsn' (did you mean 'json'?); {known}, or package.module:Name"),
        ({}, "'use' must name a comparator; {known}"),
        ({"use": 5}, "'use' must name a comparator; {known}"),
        ({"use": "yours:Gap"}, "yours:Gap: no module named 'yours:Gap'"),
        ({"use": "mine:Gap", "bye": 1}, "mine:Gap: unknown option 'bye' (did you mean 'by'?); known: by"),
        ({"use": "text", "limit": 0}, "text: limit must be at least 1, not 0"),
        ({"use": "number", "absolute": "abc"}, "number: 'absolute': Expected `float`, got `str`"),
        ({"use": "json", "ignore": "/a"}, "json: 'ignore': Expected `array`, got `str`"),
        ({"use": "json", "at": 5}, "json: 'at' must map patterns to comparators"),
        ({"use": "json", "at": {"/a": "number"}},
         "json: at /a: expected an entry such as {{use: number}} or {{severity: info}}"),
        ({"use": "json", "at": {"/a": {"use": "number", "x": 1}}},
         "json: at /a: number: unknown option 'x'; {mine}"),
    ],
)  # fmt: skip
def test_a_bad_entry_is_refused_with_its_problem(spec, problem):
    """In words that name the entry and the option."""
    assert problems_of(build, spec, load=load) == [problem.format(known=KNOWN, mine=OF_NUMBER)]


def test_without_a_loader_no_code_is_named():
    """Only built-ins can be."""
    assert problems_of(build, {"use": "mine:Gap"}) == [
        "mine:Gap: only built-in comparators can be named here"
    ]


@pytest.mark.parametrize(
    ("loaded", "problem"),
    [
        (5, "a:B is a int, not a class or factory"),
        (lambda: 5, "a:B: what it builds cannot be called, so it is no comparator"),
    ],
)
def test_what_is_no_comparator_is_refused(loaded, problem):
    """Neither a value nor a factory of values is one."""
    assert problems_of(build, {"use": "a:B"}, load=lambda _name: loaded) == [problem]


def test_an_entry_has_a_label_a_tolerance_a_weight_and_a_severity():
    """None of them is an option of the comparator."""
    own = {"label": "mine", "tolerance": 1, "weight": 2, "severity": "minor"}
    entry = build_entry({"use": "exact", "pointer": "/a", **own})
    assert (entry.label, entry.comparator.pointer, entry.tolerance, entry.weight, entry.severity) == (
        "mine",
        "/a",
        1.0,
        2.0,
        Severity.MINOR,
    )


def test_a_rule_has_a_tolerance_a_weight_and_a_severity_too():
    """With a comparator, or with none."""
    rules = {"/a": {"use": "number", "weight": 2, "severity": "minor"}, "/b": {"severity": "info"}}
    found = build({"use": "json", "at": rules})(
        Answer.of(json={"a": 100, "b": 1, "c": 1}), Answer.of(json={"a": 75, "b": 2, "c": 1})
    )
    assert [(one.pointer, one.severity) for one in found.differences] == [("/a", "minor"), ("/b", "info")]
    assert (found.value, found.major) == (2 * 0.25 / 3, 0.0)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"severity": "bad"}, "rule: 'severity': 'bad' is none of its values; known: info, major, minor"),
        ({"use": "number", "severity": "mino"},
         "number: 'severity': 'mino' is none of its values (did you mean 'minor'?); known: info, major, minor"),
        ({"tolerance": 0.1}, "rule: a tolerance needs a comparator whose divergence it bounds: name one by 'use'"),
        ({"use": "number", "weight": -1}, "number: weight must be a finite number of at least 0, not -1.0"),
        ({"use": "number", "weight": 1e10},
         "number: weight must be at most 1e+09 within a document, not 10000000000.0"),
        ({"use": "number", "label": "x"}, "'label' names an entry of the panel, not a rule"),
        ({}, "expected an entry such as {use: number} or {severity: info}"),
    ],
)  # fmt: skip
def test_a_bad_rule_is_refused_with_its_problem(rule, problem):
    """In words that name the pattern."""
    assert problems_of(build, {"use": "json", "at": {"/a": rule}}) == [f"json: at /a: {problem}"]


def test_an_entry_tells_the_problems_of_all_its_parts():
    """Its comparator's, its rules' and its own."""
    spec = {"use": "json", "ignor": [], "at": {"/a": {"use": "x"}}, "tolerance": "abc"}
    assert problems_of(build_entry, spec) == [
        f"json: at /a: unknown comparator 'x'; {KNOWN}, or package.module:Name",
        f"json: unknown option 'ignor' (did you mean 'ignore'?); known: {OF_JSON}",
        "json: 'tolerance': Expected `float`, got `str`",
    ]


def test_an_entry_out_of_range_is_refused():
    """By the entry's own words."""
    assert problems_of(build_entry, {"use": "exact", "tolerance": 2}) == [
        "exact: tolerance must be in [0, 1], not 2.0"
    ]


def test_a_panel_is_built_from_a_routes_list():
    """With default labels."""
    panel = build_panel(
        [{"use": "exact", "pointer": "/a"}, {"use": "exact", "pointer": "/a", "tolerance": 1.0}]
    )
    found = panel.judge(Answer.of(json={"a": 1}), Answer.of(json={"a": 1}))
    assert (found.verdict, [score.label for score in found.scores]) == (
        Verdict.MATCH,
        ["exact/a", "exact/a#2"],
    )


def test_a_panel_has_a_tolerance_of_its_own():
    """Of what minor comparators find together."""
    minor = [{"use": "exact", "pointer": "/a", "severity": "minor"}]
    old, new = Answer.of(json={"a": 1}), Answer.of(json={"a": 2})
    assert [build_panel(minor, tolerance=t).judge(old, new).verdict for t in (1.0, 0.9)] == [
        Verdict.MATCH,
        Verdict.DIVERGED,
    ]


def test_a_built_in_is_imported_when_it_is_named():
    """Known by name before."""
    assert (
        "exact" in BUILT_IN,
        "x" in BUILT_IN,
        BUILT_IN["exact"],
        len(BUILT_IN) == len(list(BUILT_IN)),
    ) == (
        True,
        False,
        Exact,
        True,
    )


def test_a_panel_tells_the_problems_of_all_its_entries():
    """Each with its position in the list."""
    assert problems_of(
        build_panel, [{"use": "exact"}, {"use": "text", "limit": "x"}, {"use": "number", "weight": -1}]
    ) == [
        "[1] text: 'limit': Expected `int`, got `str`",
        "[2] number: weight must be a finite number of at least 0, not -1.0",
    ]
