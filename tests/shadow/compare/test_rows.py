"""One row of a file of answers."""

from __future__ import annotations

import pytest

from shadow.compare.rows import answer_of, id_of, path_of, request_of, row_of


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"[1]", "a row is a JSON object"),
        (b'{"id": 1', "not JSON: Input data was truncated"),
        (b'{"id": "\xff"}', "not JSON: .utf-8. codec"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_line_that_is_no_row_says_why(line, told):
    """In words."""
    with pytest.raises(ValueError, match=told):
        row_of(line)


@pytest.mark.parametrize(
    ("key", "row", "told"),
    [
        ("id", {"id": "a"}, "a"),
        ("id", {"id": 7}, "7"),
        ("/meta/n", {"meta": {"n": 0}}, "0"),
        ("a/b", {"a/b": "x"}, "x"),
    ],
)
def test_an_id_is_a_member_or_stands_at_a_pointer(key, row, told):
    """A number counts as its text, for other tools write it so."""
    assert id_of(row, path_of(key)) == told


@pytest.mark.parametrize(
    ("key", "row", "told"),
    [
        ("id", {}, 'no member "id"'),
        ("/meta/n", {"meta": 1}, 'no member "/meta/n"'),
        ("id", {"id": ""}, "the id is empty"),
        ("id", {"id": None}, "the id is null"),
        ("id", {"id": 1.5}, "the id is a fraction"),
        ("id", {"id": True}, "the id is true or false"),
        ("id", {"id": {}}, "the id is an object"),
    ],
)
def test_a_row_without_a_usable_id_says_why(key, row, told):
    """In words."""
    with pytest.raises(ValueError, match=told):
        id_of(row, path_of(key))


@pytest.mark.parametrize("key", ["", "/a~b"])
def test_a_key_is_a_name_or_a_pointer(key):
    """And nothing else."""
    with pytest.raises(ValueError, match="must"):
        path_of(key)


@pytest.mark.parametrize(
    ("row", "status", "body"),
    [
        ({"answer": {"a": 1}}, 200, b'{"a":1}'),
        ({"answer": "gold"}, 200, b"gold"),
        ({"answer": None}, 200, b"null"),
        ({"body": [1], "status": 404}, 404, b"[1]"),
        ({"response": "text"}, 200, b"text"),
        ({"response": {"status_code": 201, "body": {"a": 1}}}, 201, b'{"a":1}'),
        ({"response": {"status": 202, "body": "x"}}, 202, b"x"),
        ({"response": {"a": 1}}, 200, b'{"a":1}'),
        ({"a": 1, "status": "gold"}, 200, b'{"a":1,"status":"gold"}'),
    ],
)
def test_an_answer_stands_in_one_of_several_members_or_is_the_row(row, status, body):
    """Less its id; text is the body as it is, anything else is JSON."""
    found = answer_of({"id": 1, **row}, ("id",))
    assert (found.status, found.body) == (status, body)


def test_an_id_inside_of_an_answer_is_left_out_of_it():
    """Wherever it stands."""
    assert answer_of({"meta": {"id": 1, "x": 2}, "a": 1}, ("meta", "id")).json == {"meta": {"x": 2}, "a": 1}


def test_headers_go_with_the_answer():
    """As an object or a list of pairs."""
    for headers in ({"Content-Type": "text/html"}, [["Content-Type", "text/html"]]):
        assert answer_of({"answer": "x", "headers": headers}, ("id",)).header("content-type") == "text/html"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"answer": 1, "body": 2}, "it has answer and body: which is the answer?"),
        ({"answer": 1, "status": "200"}, "status must be a whole number from 100 to 599"),
        ({"answer": 1, "status": 42}, "status must be a whole number from 100 to 599"),
        ({"answer": 1, "headers": {"a": 1}}, "headers must be an object of texts, or a list of pairs"),
        ({"answer": 1, "headers": {"a": "€"}}, "headers hold only characters of ISO 8859-1"),
    ],
)
def test_a_row_that_holds_no_clear_answer_says_why(row, told):
    """In words."""
    with pytest.raises(ValueError, match=told):
        answer_of({"id": 1, **row}, ("id",))


def test_headers_that_hold_secrets_are_left_out():
    """As in the record: so no comparison of files shows one."""
    headers = {"Set-Cookie": "sid=1", "X-Api-Key": "k", "ETag": '"1"'}
    answer = answer_of({"id": 1, "answer": "x", "headers": headers}, ("id",))
    assert (answer.header("Set-Cookie"), answer.header("X-Api-Key"), answer.header("ETag")) == (
        None,
        None,
        '"1"',
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"answer": 1, "request": "where?"}, "where?"),
        ({"answer": 1, "request": {"q": 1}}, '{"q":1}'),
        ({"answer": 1}, ""),
        ({"request": "part of the answer"}, ""),
    ],
)
def test_a_request_may_stand_beside_an_answer(row, told):
    """A row that is the answer as a whole has none."""
    assert request_of(row) == told
