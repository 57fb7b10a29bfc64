"""A request as a value: its target taken apart, its body read, its headers found."""

from __future__ import annotations

import pytest

from comparators import Answer
from fallback.words import Failure
from shadow.request import Observation, Request, origin_form

REQUEST = Request(
    "POST",
    "/v1/caf%C3%A9?a=1&b=&a=2",
    ((b"X-Key", b"first"), (b"x-key", b"second"), (b"X-Latin", b"caf\xe9")),
    b'{"text": "hello"}',
)


def test_the_target_is_taken_apart():
    """The path is decoded, and of a repeated parameter the last one counts."""
    assert (REQUEST.path, REQUEST.query) == ("/v1/café", {"a": "2", "b": ""})


def test_a_header_is_found_in_any_case():
    """Of several the first is given; bytes beyond ASCII are read as latin-1."""
    assert [REQUEST.header(name) for name in ("X-KEY", "x-latin", "absent")] == ["first", "café", None]


def test_the_body_is_read_as_json_once():
    """The same document is given each time."""
    assert REQUEST.json == {"text": "hello"}
    assert REQUEST.json is REQUEST.json


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_a_value_error(body):
    """Broken, empty, not UTF-8 or too deep: one kind of error."""
    with pytest.raises(ValueError, match="not JSON"):
        _ = Request("POST", "/", (), body).json


def test_text_never_fails():
    """Bytes that are not UTF-8 are replaced."""
    assert Request("POST", "/", (), b"a\xffb").text == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        (Observation(0.1, Answer()), True),
        (Observation(0.1, Answer(status=500), Failure.STATUS), False),
        (Observation(0.1, None, Failure.TIMEOUT), False),
    ],
)
def test_only_an_answer_without_failure_succeeded(observation, expected):
    """An error status is an answer and a failure at once."""
    assert observation.succeeded == expected


@pytest.mark.parametrize(
    ("target", "form"),
    [
        ("/a//b?c=http://d/e", "/a//b?c=http://d/e"),
        ("http://h/a?b", "/a?b"),
        ("HTTPS://u@h:80//a", "//a"),
        ("http://h", "/"),
        ("http://h?a=/b", "/?a=/b"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_an_absolute_target_has_a_path_like_any_other(target, form):
    """Scheme and host are left out, and a path that is not written is the root."""
    assert (origin_form(target), Request("GET", target).path) == (form, form.partition("?")[0])
