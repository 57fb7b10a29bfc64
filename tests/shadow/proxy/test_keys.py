"""Keys and cohort values, from every place in a request."""

from __future__ import annotations

import pytest

from shadow.config.sources import Source
from shadow.proxy.keys import LONGEST, read_key
from shadow.request import Request

REQUEST = Request(
    "POST",
    "/x?user=7&empty=&user=8",
    ((b"x-account-ID", b"a-1"), (b"Cookie", b"id=c-1; theme=dark"), (b"X-Account-Id", b"a-2")),
    b'{"a": {"b": "text", "n": 12, "t": true, "z": null, "l": [1]}, "": "root"}',
)
CASES = [
    ("header:X-Account-Id", "a-1"),
    ("header:X-Missing", None),
    ("query:user", "8"),
    ("query:empty", ""),
    ("query:missing", None),
    ("cookie:id", "c-1"),
    ("cookie:missing", None),
    ("json:/a/b", "text"),
    ("json:/a/n", "12"),
    ("json:/a/t", "true"),
    ("json:/a/z", None),
    ("json:/a/l", None),
    ("json:/a", None),
    ("json:/a/missing", None),
    ("json:/", "root"),
    ("client_ip", "192.0.2.1"),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_a_key_is_read_from_its_place(source, expected):
    """None where there is none: what is missing is never a key that many share."""
    assert read_key(Source.parse(source), REQUEST, "192.0.2.1") == expected


@pytest.mark.parametrize("body", [b"", b"no json", b"\xff", b"[" * 5000, b'["a"]'])
def test_a_body_that_is_no_object_has_no_key(body):
    """Whatever it is instead."""
    assert read_key(Source.parse("json:/a/b"), Request("POST", "/", body=body), "") is None


@pytest.mark.parametrize("cookie", [b"id=a\x07b; \xff", b"=;==", b"a b=c", b""])
def test_a_cookie_that_cannot_be_read_has_no_key(cookie):
    """A client may send anything."""
    request = Request("GET", "/", ((b"Cookie", cookie),))
    assert read_key(Source.parse("cookie:missing"), request, "") is None


def test_a_client_without_an_address_has_no_key():
    """As over a socket file."""
    assert read_key(Source.parse("client_ip"), REQUEST, "") is None


def test_a_long_value_is_cut_alike_on_every_request():
    """A key costs no more than its bound."""
    request = Request("GET", "/", ((b"X-Key", b"k" * 9999),))
    assert read_key(Source.parse("header:X-Key"), request, "") == "k" * LONGEST
