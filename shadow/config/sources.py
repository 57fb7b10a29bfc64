"""Where in a request a key or a cohort's value is read from. Reads nothing itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, cast

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from shadow.config.units import Kind as Told

Kind = Literal["header", "query", "cookie", "json", "client_ip"]

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the grammar of a header's name
_NAMES = {
    "header": re.compile(TOKEN),
    "query": re.compile(r"[^\s&=#]+"),
    "cookie": re.compile(TOKEN),
    "json": re.compile(r"(/([^~]|~[01])*)+", re.DOTALL),
}
_REFUSAL = "must be header:NAME, query:NAME, cookie:NAME, json:/POINTER or client_ip"


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a request: a kind, and the header's, parameter's or cookie's name or the JSON Pointer."""

    kind: Kind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @classmethod
    def parse(cls, text: object) -> Source:
        """Read `header:X-Account-Id` and its like; ValueError when it is none."""
        if isinstance(text, Source):
            return text
        if text == "client_ip":
            return cls("client_ip")
        kind, colon, name = text.partition(":") if isinstance(text, str) else ("", "", "")
        if not colon or kind not in _NAMES or not _NAMES[kind].fullmatch(name):
            raise ValueError(_REFUSAL)
        return cls(cast("Kind", kind), name)


Place = Annotated[
    Source,
    PlainValidator(Source.parse),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(client_ip|(header|query|cookie):\S+|json:/.*)$"}),
    Told("source"),
]
"""A source, written as text."""
