import builtins

import pytest

from comparators.answer import Answer
from comparators.checks import EXAMPLES, check_comparator
from comparators.divergence import NotComparable
from comparators.sql import Sql


def apart(old, new, **options):
    """Measure two statements."""
    return Sql(**options)(Answer.of(text=old), Answer.of(text=new)).value


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("select a from t", "SELECT a\n  FROM t;"),
        ("select a from T where b <> 1", "select A from t where B != 1 -- why"),
        (
            "select a from t where b = 1 and c = 2 and d = 3",
            "select a from t where d = 3 and b = 1 and c = 2",
        ),
        (
            "select a from t where (b = 1 or c = 2) and d = 3",
            "select a from t where d = 3 and (c = 2 or b = 1)",
        ),
        ("select a from t where b in (1, 2)", "select a from t where b in (2, 1)"),
        ("select a x from t", "select a as x from t"),
        ("select 1; select 2", "select 1;\n\nselect 2;"),
    ],
)
def test_statements_that_are_written_otherwise_are_equal(old, new):
    """Formatting, comments, case and the order of conditions do not count."""
    assert apart(old, new) == 0.0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("select a from t", "select b from t"),
        ("select a, b from t", "select b, a from t"),
        ("select a from t where b = 1 and c = 2", "select a from t where b = 1 or c = 2"),
        (
            "select a from t where b = 1 and (c = 2 or d = 3)",
            "select a from t where (b = 1 and c = 2) or d = 3",
        ),
        ("select 'A'", "select 'a'"),
        ('select "A" from t', 'select "a" from t'),
        ("select 1; select 2", "select 2; select 1"),
    ],
)
def test_statements_that_say_something_else_differ(old, new):
    """Even by a letter's case inside quotes."""
    assert 0.0 < apart(old, new) < 1.0


def test_the_divergence_is_the_share_of_words_and_signs():
    """1 of 8 is replaced."""
    assert apart("select a from t where b = 1", "select a from t where b = 2") == pytest.approx(1 / 8)


def test_columns_have_an_order_unless_told():
    """Where nothing counts them."""
    pairs = [
        ("select a, b from t", "select b, a from t"),
        ("select a, b from t order by 1", "select b, a from t order by 1"),
    ]
    assert [apart(*pair, unordered=["columns"]) == 0.0 for pair in pairs] == [True, False]


def test_conditions_may_have_an_order():
    """When nothing is said to have none."""
    assert apart("select a from t where b in (1, 2)", "select a from t where b in (2, 1)", unordered=[]) > 0


def test_a_dialect_has_rules_of_its_own():
    """Backticks are names in MySQL."""
    assert apart("select `a` from t", "select a from t", dialect="mysql") > 0
    with pytest.raises(ValueError, match=r"dialect: Unknown dialect 'postgrs'"):
        Sql(dialect="postgrs")


@pytest.mark.parametrize("text", ["select (", "(" * 5000, "select 'a"])
def test_what_is_no_sql_is_not_comparable(text):
    """However deep it is."""
    with pytest.raises(NotComparable, match="model: "):
        apart("select 1", text)


def test_nothing_of_a_statement_reaches_the_log(caplog):
    """Statements are clients' data; sqlglot would write those it does not know."""
    apart("create index foo bar baz 'secret'", "select 1")
    assert caplog.text == ""


def test_it_keeps_the_laws():
    """On any answers."""
    check_comparator(Sql(), examples=EXAMPLES[::3])
    told = ("select a, b from t where c = 1", "select 1", "(", "select b, a from t where c in (2, 1)", "")
    examples = [Answer.of(json={"text": text}) for text in told]
    check_comparator(Sql("/text", unordered=["conditions", "columns"], dialect="postgres"), examples=examples)


def test_an_unknown_part_stops_the_construction():
    """The known ones are listed."""
    with pytest.raises(ValueError, match="unordered must be of conditions, columns, not 'rows'"):
        Sql(unordered=["rows"])


def test_a_missing_extra_is_told_with_the_command(monkeypatch):
    """When the comparator is built, so that `shadow check` tells it."""
    there = builtins.__import__

    def absent(name, *args, **more):
        if name.startswith("sqlglot"):
            raise ImportError(name)
        return there(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ValueError, match=r"sql needs sqlglot: pip install 'shadow-router\[sql\]'"):
        Sql()
