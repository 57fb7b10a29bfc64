import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.text import Text


def apart(old, new, **options):
    """Measure two plain texts."""
    return Text(**options)(Answer.of(text=old), Answer.of(text=new)).value


@pytest.mark.parametrize(
    ("measure", "old", "new", "value"),
    [
        ("edit", "kitten", "sitting", 3 / 7),
        ("ratio", "ab", "ac", 0.5),
        ("partial", "Main Street", "12 Main Street, London", 0.0),
        ("tokens", "main street", "street main main street", 0.0),
        ("sorted_tokens", "lovelace ada", "ada lovelace", 0.0),
        ("sorted_tokens", "ada", "ada ada", 0.4),
        ("jaro_winkler", "martha", "marhta", 1 - 0.9611111111111111),
        ("equal", "ab", "ac", 1.0),
        ("edit", "", "abc", 1.0),
    ],
)
def test_each_measure_gives_its_known_value(measure, old, new, value):
    """Textbook examples, in either order."""
    assert (apart(old, new, measure=measure), apart(new, old, measure=measure)) == pytest.approx(
        (value, value)
    )


@pytest.mark.parametrize(
    "measure", ["edit", "ratio", "partial", "tokens", "sorted_tokens", "jaro_winkler", "equal"]
)
def test_texts_with_nothing_in_common_diverge_by_one(measure):
    """Whatever the measure."""
    assert apart("aaa bbb", "cccxddd", measure=measure) == pytest.approx(1.0, abs=0.25)


def test_partial_is_symmetric_for_texts_of_one_length():
    """The better of both orders counts."""
    pair = ("abcbc bcbca", "bcbcaabcbc ")
    assert apart(*pair, measure="partial") == apart(*pair[::-1], measure="partial")


def test_case_counts_unless_folded():
    """ß folds to ss."""
    assert (apart("STRASSE", "straße", casefold=True), apart("A", "a")) == (0.0, 1.0)


def test_white_space_counts_unless_squeezed():
    """Runs of any white space become one blank, and the ends go."""
    assert (apart(" a\n\tb ", "a b", squeeze=True), apart("a  b", "a b")) == (0.0, 0.25)


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("gold", "silver", 5 / 6),
        (12, "12", 0.0),
        (True, "true", 0.0),
        (None, "null", 0.0),
        ({"b": 1, "a": [2]}, '{"a":[2],"b":1}', 0.0),
    ],
)
def test_a_value_that_is_no_string_counts_as_its_json(old, new, value):
    """At a pointer, and as a whole body."""
    inside = Text("/x")(Answer.of(json={"x": old}), Answer.of(json={"x": new})).value
    whole = Text()(Answer.of(json=old), Answer.of(json=new)).value
    assert (inside, whole) == pytest.approx((value, value))


def test_a_json_string_body_is_unwrapped():
    """Its quotes are no part of the text."""
    assert Text()(Answer.of(json="a"), Answer.of(json="b")).value == 1.0


def test_quotes_of_a_plain_text_body_are_text():
    """Only a body declared JSON is one, and only if it is."""
    broken = Answer.of(body=b'"a', headers={"Content-Type": "application/json"})
    assert (apart('"a"', '"b"'), Text()(broken, Answer.of(text='"a')).value) == (pytest.approx(1 / 3), 0.0)


@pytest.mark.parametrize(
    ("old", "new", "kind", "detail"),
    [
        ({"t": "ab"}, {"t": "ac"}, "changed", '"ab" -> "ac"'),
        ({"t": "ab"}, {}, "missing", '"ab" -> nothing'),
        ({}, {"t": "ab"}, "added", 'nothing -> "ab"'),
    ],
)
def test_a_difference_names_its_place_and_kind(old, new, kind, detail):
    """A text on one side only is 1."""
    value = 0.5 if kind == "changed" else 1.0
    found = Text("/t")(Answer.of(json=old), Answer.of(json=new))
    assert found == Divergence(value, detail, (Difference("/t", value, detail, kind),))


def test_binary_bodies_are_not_comparable():
    """Their replacement characters would look alike."""
    with pytest.raises(NotComparable, match="model: the body is not UTF-8 text"):
        Text()(Answer.of(text="a"), Answer(body=b"\xff"))


@pytest.mark.parametrize(
    ("measure", "lengths"), [("edit", (5, 11)), ("jaro_winkler", (11, 5)), ("partial", (16, 16))]
)
def test_long_texts_that_differ_are_not_comparable(measure, lengths):
    """The cost is bounded, and the measure is never another one than asked for."""
    with pytest.raises(NotComparable, match="characters are beyond the limit 10"):
        apart("a" * lengths[0], "b" * lengths[1], measure=measure, limit=10)


@pytest.mark.parametrize(
    ("measure", "length", "value"), [("edit", 10, 1.0), ("partial", 15, 1.0), ("equal", 99, 1.0)]
)
def test_texts_at_the_limit_are_measured(measure, length, value):
    """Only `equal` has none."""
    assert apart("a" * length, "b" * length, measure=measure, limit=10) == value


def test_equal_texts_of_any_length_diverge_by_nothing():
    """Finding that out costs next to nothing."""
    assert apart("a" * 100_000, "A" * 100_000, casefold=True) == 0.0


def test_a_text_on_neither_side_is_not_comparable():
    """A pointer that leads nowhere must not look like a match."""
    with pytest.raises(NotComparable, match="neither answer has a value at /t"):
        Text("/t")(Answer.of(json={}), Answer.of(json={}))


def test_a_value_nested_too_deeply_to_be_written_is_not_comparable():
    """It has no text to compare."""
    deep: list = []
    for _ in range(50_000):
        deep = [deep]
    answer = Answer(body=b"deep")
    answer.__dict__["json"] = {"x": deep}
    with pytest.raises(NotComparable, match="nested too deeply to be read as text"):
        Text("/x")(answer, Answer.of(json={"x": "a"}))


def test_an_unknown_measure_stops_the_construction():
    """The known ones are listed."""
    with pytest.raises(ValueError, match=r"measure must be one of edit, ratio, partial, .*, not 'edits'"):
        Text(measure="edits")


def test_the_limit_is_at_least_one():
    """A limit of nothing would compare nothing."""
    with pytest.raises(ValueError, match="limit must be at least 1, not 0"):
        Text(limit=0)
