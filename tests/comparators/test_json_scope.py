from comparators.divergence import Severity
from comparators.json_rule import Rule
from comparators.json_scope import PLAIN, Counted, larger, start
from comparators.number import Number
from comparators.pattern import Patterns


def scope_of(**rules):
    """Make the scope of whole documents, with rules by pattern (a_b is /a/b)."""
    patterns = {"".join(f"/{part}" for part in name.split("_")): rule for name, rule in rules.items()}
    return start(Patterns(patterns).of(), (), ())


def test_without_options_nothing_special_holds():
    """Here or further on, and that costs nothing to follow."""
    assert (start((), (), ()) is PLAIN, PLAIN.step("a") is PLAIN, PLAIN.weigh([1, {}])) == (
        True,
        True,
        Counted(2, 0),
    )


def test_what_leads_no_further_is_plain_again():
    """So that the walk is quick beside the patterns, too."""
    assert scope_of(a_b=Rule(severity=Severity.INFO)).step("x") is PLAIN


def test_leaves_are_weighed_by_the_rules_below():
    """And by what holds further up, where a rule is silent."""
    scope = scope_of(
        a=Rule(weight=2),
        a_x=Rule(severity=Severity.MINOR),
        a_y=Rule(severity=Severity.INFO),
        b=Rule(Number()),
    )
    assert scope.weigh({"a": {"x": 1, "y": 2, "z": [1, 2]}, "b": 5, "c": 1}) == Counted(major=4 + 2, minor=2)


def test_below_a_comparator_no_other_rule_holds():
    """It is asked for the whole subtree."""
    scope = scope_of(a=Rule(Number(), weight=3), a_b=Rule(severity=Severity.INFO))
    assert scope.weigh({"a": {"b": 1, "c": 2}}) == Counted(6, 0)


def test_a_rule_for_the_whole_holds_everywhere():
    """Until another says otherwise."""
    rules = Patterns({"": Rule(weight=3, severity=Severity.MINOR), "/a": Rule(severity=Severity.MAJOR)}).of()
    assert start(rules, (), ()).weigh({"a": 1, "b": 1}) == Counted(3, 3)


def test_of_two_unlike_values_the_larger_counts():
    """By each severity."""
    assert larger(Counted(1, 4), Counted(2, 3)) == Counted(2, 4)
