"""Where a request's head ends in what came, so that a parser can be given one request at a time. Reads no further."""

from __future__ import annotations

END = b"\r\n\r\n"
SEAM = len(END) - 1
"""Bytes at the end of a head's beginning that must be kept, for its end may be cut in two."""

_LENGTHS = (b"\r\nContent-Length: ", b"\r\ncontent-length: ")
"""How the length of a body is written most often; a body whose length is written otherwise takes one turn more."""


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
