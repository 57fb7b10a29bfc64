"""Requests that the parser lets pass, or once did, and that must not be passed on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from aiohttp import HttpVersion, HttpVersion10, HttpVersion11
from multidict import CIMultiDict, CIMultiDictProxy

from shadow.proxy.framing import flaw_of


@dataclass(frozen=True)
class Read:
    """A request as far as it is looked at."""

    raw_headers: tuple[tuple[bytes, bytes], ...]
    version: HttpVersion = HttpVersion11

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        return CIMultiDictProxy(
            CIMultiDict([(k.decode(), v.decode("utf-8", "surrogateescape")) for k, v in self.raw_headers])
        )


HOST = (b"Host", b"h")
HOSTS = ("h", "", "a.b-c_d~", "127.0.0.1:80", "[::1]", "[fe80::1%25eth0]:8443", "h:", "%C3%A4", "a" * 300)
NO_HOSTS = (
    "a b",
    "a/b",
    "u@h",
    "a:b",
    "h:80:81",
    "[::1",
    "::1",
    "a?",
    "a#",
    "%zz",
    "\xe4",
    '"h"',
    "a\\b",
    "<a>",
)
LENGTH = (b"Content-Length", b"2")


def coding(value: bytes) -> tuple[bytes, bytes]:
    """Give the header that names a transfer coding."""
    return b"transfer-encoding", value


@pytest.mark.parametrize(
    "request_",
    [
        Read((HOST,)),
        Read((HOST, LENGTH)),
        Read((HOST, coding(b"chunked"))),
        Read((HOST, coding(b"CHUNKED\t"))),
        Read((HOST, *[(b"X", b"y")] * 9)),
        Read((), HttpVersion10),
        Read((HOST, LENGTH), HttpVersion(1, 0)),
    ],
)
def test_a_request_with_one_meaning_has_no_flaw(request_):
    """An old one needs no Host; as many headers as may be are not too many."""
    assert flaw_of(request_, 10) is None


@pytest.mark.parametrize("version", [HttpVersion10, HttpVersion11])
def test_a_host_is_a_name_or_an_address_and_maybe_a_port(version):
    """Or nothing (RFC 9112, 3.2, and RFC 3986, 3.2.2); twice, for what is known is not looked at again."""
    for _ in range(2):
        for host in HOSTS:
            assert flaw_of(Read(((b"Host", host.encode()),), version), 10) is None
        for host in NO_HOSTS:
            flaw = flaw_of(Read(((b"Host", host.encode("latin-1")),), version), 10)
            assert (flaw.status, flaw.cause) == (400, "host")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (Read((HOST, *[(b"X", b"y")] * 10)), 431),
        (Read(()), 400),
        (Read((HOST, HOST)), 400),
        (Read((HOST, LENGTH, coding(b"chunked"))), 400),
        (Read((HOST, LENGTH, coding(b""))), 400),
        (Read((HOST, coding(b""))), 400),
        (Read((HOST, coding(b"identity"))), 400),
        (Read((HOST, coding(b"chunked, gzip"))), 400),
        (Read((HOST, coding(b"xchunked"))), 400),
        (Read((HOST, coding(b"gzip, chunked"))), 501),
        (Read((HOST, coding(b"gzip"), coding(b"chunked"))), 400),
        (Read((HOST, coding(b"chunked"), coding(b"chunked"))), 400),
        (Read((HOST, coding(b",chunked"))), 501),
        (Read((coding(b"chunked"),), HttpVersion10), 400),
        (Read((HOST,), HttpVersion(0, 9)), 505),
        (Read((HOST,), HttpVersion(2, 0)), 505),
    ],
)
def test_a_request_with_more_meanings_is_refused(request_, status):
    """Whatever an older parser thinks of it."""
    flaw = flaw_of(request_, 10)
    assert flaw is not None
    assert flaw.status == status
