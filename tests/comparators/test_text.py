from typing import get_args

import msgspec
import pytest

from comparators.answer import Answer
from comparators.checks import check_comparator
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.text import Text
from comparators.text_measures import Measure


def compared(old, new, **options):
    """Compare two plain texts."""
    return Text(**options)(Answer.of(text=old), Answer.of(text=new))


def apart(old, new, *, measure="edit", **options):
    """Measure two plain texts."""
    return compared(old, new, measure=measure, **options).value


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


@pytest.mark.parametrize("measure", get_args(Measure))
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
    inside = Text("/x", "edit")(Answer.of(json={"x": old}), Answer.of(json={"x": new})).value
    whole = Text(measure="edit")(Answer.of(json=old), Answer.of(json=new)).value
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
    found = Text("/t", "edit")(Answer.of(json=old), Answer.of(json=new))
    assert found == Divergence(value, detail, (Difference("/t", value, detail, kind),))


def test_binary_bodies_are_not_comparable():
    """Their replacement characters would look alike."""
    with pytest.raises(NotComparable, match="model: the body is not UTF-8 text"):
        Text()(Answer.of(text="a"), Answer(body=b"\xff"))


@pytest.mark.parametrize(
    ("measure", "lengths"),
    [("edit", (5, 11)), ("jaro_winkler", (11, 5)), ("partial", (16, 16)), ("rouge_l_recall", (11, 11))],
)
def test_long_texts_are_measured_by_auto_and_the_detail_says_so(measure, lengths):
    """The cost is bounded, and nobody is left in doubt about what was measured."""
    found = compared("a" * lengths[0], "b" * lengths[1], measure=measure, limit=10)
    assert (found.value, found.detail.endswith(f" (by auto: longer than {measure} allows)")) == (1.0, True)


@pytest.mark.parametrize(
    ("measure", "length", "value"), [("edit", 10, 1.0), ("partial", 15, 1.0), ("equal", 9999, 1.0)]
)
def test_texts_at_the_limit_are_measured(measure, length, value):
    """Only `equal` has none."""
    found = compared("a" * length, "b" * length, measure=measure, limit=10)
    assert (found.value, "auto" in found.detail) == (value, False)


@pytest.mark.parametrize("measure", sorted(set(get_args(Measure)) - {"equal"}))
def test_texts_far_beyond_the_limit_are_not_comparable(measure):
    """Whatever the measure; reading them would cost too much."""
    with pytest.raises(NotComparable, match="a text of 201 characters is beyond 20 times the limit 10"):
        compared("a", "b" * 201, measure=measure, limit=10)


def test_equal_texts_of_any_length_diverge_by_nothing():
    """Finding that out costs next to nothing."""
    assert apart("a" * 100_000, "A" * 100_000, casefold=True, limit=10) == 0.0


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
    with pytest.raises(ValueError, match=r"measure must be one of auto, edit, ratio, .*, not 'edits'"):
        Text(measure="edits")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"limit": 0}, "limit must be at least 1, not 0"),
        ({"least": 1.5}, r"least must be in \[0, 1\], not 1.5"),
        ({"checks": ["dates", "year"]}, "checks must be of numbers, dates, negation, names, not 'year'"),
    ],
)
def test_an_option_out_of_range_stops_the_construction(options, problem):
    """In words that say what it must be."""
    with pytest.raises(ValueError, match=problem):
        Text(**options)


def test_a_check_that_fails_raises_the_divergence_and_names_itself():
    """In the detail and as the difference's kind."""
    found = compared("The fee is 10 euros a month.", "The fee is 19 euros a month.")
    detail = 'numbers (10): "The fee is 10 euros a month." -> "The fee is 19 euros a month."'
    assert found == Divergence(0.5, detail, (Difference("", 0.5, detail, "numbers"),))


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"checks": []}, 3 / 19),
        ({"checks": ["negation"]}, 3 / 19),
        ({"least": 0.9}, 0.9),
        ({"least": 0.0}, 3 / 19),
    ],
)
def test_checks_can_be_chosen(options, value):
    """Each by its name, and how much one that fails weighs."""
    found = compared("The fee is 10 euros.", "The fee is 19 euros.", **options).value
    assert found == pytest.approx(value)


def test_other_measures_check_nothing_unless_told():
    """So those who named one get what they got."""
    pair = ("The fee is 10 euros.", "The fee is 19 euros.")
    assert (apart(*pair), apart(*pair, checks=["numbers"])) == (0.05, 0.5)


def test_a_divergence_above_the_least_stays():
    """A check only ever raises it."""
    assert compared("10 euros", "It costs eleven dollars").value > 0.5


@pytest.mark.parametrize(
    ("old", "new"), [("Gold", "gold."), ("A b", "a  B!"), ("**Bold**", "bold"), ("ＡＢ", "ab")]
)
def test_auto_looks_at_words_alone(old, new):
    """Case, punctuation and white space are no words."""
    assert compared(old, new) == Divergence(0.0)


@pytest.mark.parametrize(
    ("option", "old", "new"),
    [("markdown", "## A *b*", "A b"), ("numerals", "1,234.50", "1234.5"), ("casefold", "A", "a")],
)
def test_form_can_be_taken_off_before_any_measure(option, old, new):
    """So that what is left is equal."""
    assert (
        compared(old, new, measure="equal").value,
        apart(old, new, measure="equal", **{option: True}),
    ) == (1, 0)


def stream(*pieces):
    """Make a chat's event stream of some pieces of text."""
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    body = b"".join(b"data: " + msgspec.json.encode(chunk) + b"\n\n" for chunk in chunks)
    return Answer.of(body=body + b"data: [DONE]\n\n", headers={"Content-Type": "text/event-stream"})


def test_streams_are_compared_by_what_they_assemble_to():
    """Chunks are no difference, nor is a stream beside a whole text."""
    cut, otherwise = stream("Hel", "lo wor", "ld"), stream("Hello", " ", "world")
    assert [Text()(cut, other).value for other in (otherwise, Answer.of(text="Hello world"))] == [0.0, 0.0]


@pytest.mark.parametrize("measure", get_args(Measure))
def test_every_measure_keeps_the_laws(measure):
    """Those with a direction say so."""
    text = Text(measure=measure, checks=["numbers", "dates", "negation", "names"])
    check_comparator(text)
    assert text.symmetric == (measure not in {"rouge_l_recall", "chrf"})
