"""The client's request and one side's observation, as plain values. Knows nothing of sockets."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from comparators.answer import Answer, RawHeaders
from fallback.words import Failure


def origin_form(target: str) -> str:
    """Give a target from its path on: of an absolute one (`http://host/path`) without scheme and host."""
    if target.startswith("/"):
        return target
    _, mark, rest = target.partition("://")
    host_ends = next((at for at, sign in enumerate(rest) if sign in "/?"), len(rest))
    path = rest[host_ends:]
    return target if not mark else path if path.startswith("/") else f"/{path}"


class Request(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """One client request: the target byte for byte (as latin-1 text), headers as they came, the whole body."""

    method: str
    target: str
    headers: RawHeaders = ()
    body: bytes = b""
    exchange: str = ""

    @property
    def path(self) -> str:
        """The target's path, percent-decoded."""
        return unquote(origin_form(self.target).partition("?")[0])

    @property
    def query(self) -> dict[str, str]:
        """The target's query parameters; of a repeated one the last."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @cached_property
    def json(self) -> Any:
        """The body as a JSON document, parsed once; ValueError when it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise ValueError(f"the request's body is not JSON: {exc}") from exc

    @property
    def text(self) -> str:
        """The body as UTF-8 text; bytes that are none become U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str | None:
        """Give the first header of that name, in any case, or None."""
        wanted = name.lower().encode("latin-1")
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("latin-1")
        return None


class Observation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One side's outcome: an answer or a failure, and the seconds it took.

    An answer may stand beside the failure `status`: the side answered, but with an error.
    """

    seconds: float
    answer: Answer | None = None
    failure: Failure | None = None
    detail: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether there is an answer to compare or serve."""
        return self.failure is None and self.answer is not None
