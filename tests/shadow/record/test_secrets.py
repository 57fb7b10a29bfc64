"""What is kept out of the record."""

import json

import pytest

from shadow.record import secrets
from shadow.record.secrets import clean_headers, clean_target, is_secret


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-API-Key", "api_key", "OpenAI-Api-Key",
        "X-Amz-Security-Token", "access_token", "client_secret", "Password", "X-Session-Id", "X-CSRF", "X-Auth",
        "apiKey", "key", "sig",
    ],
)  # fmt: skip
def test_names_that_hold_secrets_are_known(name: str) -> None:
    """In any case and with any joints."""
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["Content-Type", "Idempotency-Key", "X-Account-Id", "Author", "keyword", "monkey", "X-Tier", "signal"],
)
def test_plain_names_are_kept(name: str) -> None:
    """A name that only looks a little like one is none."""
    assert not is_secret(name)


def test_secret_headers_are_left_out_and_the_rest_stay_as_they_came() -> None:
    """Names keep their case, repeated ones stay, bytes are read as latin-1."""
    raw = ((b"X-A", b"1"), (b"Cookie", b"s=1"), (b"X-A", b"\xe9"), (b"authorization", b"Bearer abc"))
    assert json.loads(clean_headers(raw)) == [["X-A", "1"], ["X-A", "é"]]


def test_secrets_in_the_urls_of_headers_are_hidden() -> None:
    """A redirect or a referer carries its parameters along."""
    raw = ((b"Location", b"https://me:pw@x.test/cb?id=7&access_token=abc#id_token=def"),)
    assert json.loads(clean_headers(raw)) == [
        ["Location", "https://***@x.test/cb?id=7&access_token=***#id_token=***"],
    ]


@pytest.mark.parametrize(
    ("target", "cleaned"),
    [
        ("/v1/address", "/v1/address"),
        ("/a?q=1&api_key=abc&b=2", "/a?q=1&api_key=***&b=2"),
        ("/a?api%5Fkey=abc", "/a?api%5Fkey=***"),
        ("/a;session=1&x=2", "/a;session=***&x=2"),
        ("/a?token=a?b", "/a?token=***"),
        ("http://user:pw@host/a", "http://***@host/a"),
        ("/a?mail=me@host", "/a?mail=me@host"),
        ("/a?token=", "/a?token=***"),
    ],
)
def test_the_values_of_secret_parameters_are_hidden(target: str, cleaned: str) -> None:
    """The rest of the target stays byte for byte."""
    assert clean_target(target) == cleaned


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with empty memories that hold two things."""
    monkeypatch.setattr(secrets, "_REMEMBERED", 2)
    monkeypatch.setattr(secrets, "_names", secrets._Names())
    monkeypatch.setattr(secrets, "_pairs", secrets._Pairs())


def test_the_memory_for_headers_is_bounded(forgetful: None) -> None:
    """Clients may send any number of them; beyond the limit they are decided anew."""
    headers = (*((f"X-{i}".encode(), b"v") for i in range(9)), (b"X-Token", b"v"))
    told = [json.loads(clean_headers(headers)) for _ in range(2)]
    assert told == [[[f"X-{i}", "v"] for i in range(9)]] * 2
    assert max(len(secrets._names), len(secrets._pairs)) <= 2


def test_neither_secrets_nor_long_values_are_remembered(forgetful: None) -> None:
    """What is left out of the record does not stay in memory either."""
    clean_headers(((b"Cookie", b"s=1"), (b"X-Long", b"v" * 200), (b"X-Short", b"v")))
    assert list(secrets._pairs) == [(b"X-Short", b"v")]
