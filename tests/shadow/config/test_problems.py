"""How problems are told."""

from __future__ import annotations

import pytest

from shadow.config.problems import Problem, dotted, one_of, refusal, suggestion, told


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("legacy", "url"), "legacy.url"),
        (("routes", "a", "compare", 0, "tolerance"), "routes.a.compare[0].tolerance"),
        (("routes", "a.b", "match"), 'routes["a.b"].match'),
        (("when", "header:X"), 'when["header:X"]'),
    ],
)
def test_a_path_is_written_as_people_do(path, text):
    """Dots between keys, brackets around positions and odd keys."""
    assert dotted(path) == text


def test_a_problem_is_one_line_with_the_nearest_line_number():
    """A missing key has the line of what it is missing from."""
    assert told(Problem(("a", "b"), "is\nmissing"), {("a",): 4}) == "a.b (line 4): is missing"


def test_a_problem_of_nothing_in_the_file_has_no_line():
    """A default that cannot be used is told by its path alone."""
    assert told(Problem(("store",), "is wrong"), {}) == "store: is wrong"


def test_a_refusal_lists_every_problem_once_in_the_files_order():
    """One message holds everything."""
    problems = [Problem(("b",), "two"), Problem(("a",), "one"), Problem(("b",), "two")]
    assert str(refusal("f.yaml", problems, {("a",): 1, ("b",): 2})) == (
        "f.yaml cannot be used, 2 problems:\n  a (line 1): one\n  b (line 2): two"
    )


@pytest.mark.parametrize(("word", "text"), [("modle", '; did you mean "model"?'), ("zzz", "")])
def test_a_near_word_is_suggested(word, text):
    """A word that is nothing like any gets no suggestion."""
    assert suggestion(word, ["model", "match"]) == text


def test_nothing_to_choose_from_is_said():
    """An empty list of names reads as a word."""
    assert (one_of([]), one_of(["a", "b"])) == ("nothing", "a, b")
