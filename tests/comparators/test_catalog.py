import pytest

from comparators.answer import Answer
from comparators.catalog import BUILT_IN, build, build_entry, build_panel
from comparators.divergence import Divergence, Verdict
from comparators.options import OptionsError

KNOWN = f"known: {', '.join(sorted(BUILT_IN))}"
OF_NUMBER = "known: absolute, pointer, relative"


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
    """Without any option."""
    assert type(build({"use": name})) is BUILT_IN[name]


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
        ({"use": "json", "at": 5}, "json: 'at' must map JSON Pointers to comparators"),
        ({"use": "json", "at": {"/a": "number"}}, "json: at /a: expected an entry such as {{use: number}}"),
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


def test_an_entry_has_a_label_a_tolerance_and_a_weight():
    """None of them is an option of the comparator."""
    entry = build_entry({"use": "exact", "pointer": "/a", "label": "mine", "tolerance": 1, "weight": 2})
    assert (entry.label, entry.comparator.pointer, entry.tolerance, entry.weight) == ("mine", "/a", 1.0, 2.0)


def test_an_entry_tells_the_problems_of_all_its_parts():
    """Its comparator's, its rules' and its own."""
    spec = {"use": "json", "ignor": [], "at": {"/a": {"use": "x"}}, "tolerance": "abc"}
    assert problems_of(build_entry, spec) == [
        f"json: at /a: unknown comparator 'x'; {KNOWN}, or package.module:Name",
        "json: unknown option 'ignor' (did you mean 'ignore'?); known: at, ignore, limit, paths",
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


def test_a_panel_tells_the_problems_of_all_its_entries():
    """Each with its position in the list."""
    assert problems_of(
        build_panel, [{"use": "exact"}, {"use": "text", "limit": "x"}, {"use": "number", "weight": -1}]
    ) == [
        "[1] text: 'limit': Expected `int`, got `str`",
        "[2] number: weight must be a finite number of at least 0, not -1.0",
    ]
