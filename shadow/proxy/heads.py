"""What has to be known of a request before a parser sees it: where its head ends, and whether its method is a rare one.

So the parser can be given one request at a time, with a method that it knows. Reads no further.
"""

from __future__ import annotations

END = b"\r\n\r\n"
SEAM = len(END) - 1
"""Bytes at the end of a head's beginning that must be kept, for its end may be cut in two."""

_LENGTHS = (b"\r\nContent-Length: ", b"\r\ncontent-length: ")
"""How the length of a body is written most often; a body whose length is written otherwise takes one turn more."""

STAND_IN = b"PATCH"
"""What a parser is told in the place of a method that it may not know: one that says nothing of the framing."""

LONGEST_METHOD = 64
"""Bytes of a method that is not the parser's own; IANA's longest has 17."""

_ITS_OWN = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"CONNECT", b"PRI"})
"""Methods that are the commonest, or that mean more to a parser than a word."""

_TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def rare_method(data: bytes, at: int) -> bytes | None:
    """Give the method of the request that begins at `at`, where a parser may not know it; else nothing.

    None where the method may still go on in what is to come.
    """
    end = data.find(b" ", at, at + LONGEST_METHOD + 1)
    if end < 0:
        begun = data[at : at + LONGEST_METHOD + 1]
        return b"" if len(begun) > LONGEST_METHOD or begun.translate(None, _TOKEN) else None
    method = data[at:end]
    return b"" if method in _ITS_OWN or method.translate(None, _TOKEN) else method


def request_at(data: bytes, at: int, seam: bytes = b"") -> tuple[int, int]:
    """Give how many bytes from `at` belong to a head, and how many with those of its body.

    `seam` is how what came before `data` ends, at most `SEAM` bytes, where the head has begun there. A head that does
    not end here is all of the rest. A body is told only where its length is written as usual and nothing lies behind
    it; else the two sizes are alike.
    """
    if seam and (found := (seam + data[at : at + SEAM]).find(END)) >= 0:
        head = found + len(END) - len(seam)
        return head, head
    size = len(data)
    found = data.find(END, at)
    if found < 0:
        return size - at, size - at
    end = found + len(END)
    for written in _LENGTHS if end < size else ():
        length = data.find(written, at, end)
        if length >= 0:
            length += len(written)
            told = data[length : data.find(b"\r", length)]
            if told.isdigit() and size - end <= int(told):
                return end - at, size - at
    return end - at, end - at
