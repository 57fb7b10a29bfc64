"""The rows the demo ships: what is asked, what is right, and what each side answered when it was recorded.

Reads the package's own data only; `data/README.md` has the shape, the source and the licence of each file.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files

import msgspec

FIELDS = ("number", "street", "city", "state", "zip")
"""The fields of an address, in the order both sides write them."""


class Intent(msgspec.Struct, frozen=True):
    """One user query: its text, the right label, and the labels recorded of both sides.

    `probs` are the model's five likeliest labels with their probabilities, likeliest first.
    """

    id: str
    text: str
    gold: str
    legacy: str
    probs: tuple[tuple[str, float], ...]

    @property
    def model(self) -> str:
        """The label the model gave."""
        return self.probs[0][0]

    @property
    def confidence(self) -> float:
        """The probability of the model's label, in [0, 1]."""
        return self.probs[0][1]


class Address(msgspec.Struct, frozen=True):
    """One postal address: its text, the right fields, and the fields recorded of both sides.

    `words` are the words of the text, each with the model's label and the label's marginal probability;
    `confidence` is the model's probability of the whole labelling, in [0, 1].
    """

    id: str
    text: str
    gold: dict[str, str]
    legacy: dict[str, str]
    model: dict[str, str]
    confidence: float
    words: tuple[tuple[str, str, float], ...]


@cache
def intents() -> tuple[Intent, ...]:
    """Give every intent row, in the order of the data set."""
    return tuple(msgspec.json.decode(line, type=Intent) for line in _lines("intent.jsonl.gz"))


@cache
def addresses() -> tuple[Address, ...]:
    """Give every address row, in the order of the data set."""
    return tuple(msgspec.json.decode(line, type=Address) for line in _lines("address.jsonl.gz"))


@cache
def rules() -> tuple[tuple[str, str], ...]:
    """Give the legacy system's keyword rules as (phrase, intent), the most trusted first."""
    rows = (msgspec.json.decode(line, type=tuple[str, str, float, int]) for line in _lines("rules.jsonl"))
    return tuple((phrase, intent) for phrase, intent, _precision, _support in rows)


def text_of(name: str) -> str:
    """Give the text of one of the package's data files."""
    return _content(name).decode()


def _lines(name: str) -> list[bytes]:
    content = _content(name)
    return (gzip.decompress(content) if name.endswith(".gz") else content).splitlines()


def _content(name: str) -> bytes:
    return (files("shadow.demo") / "data" / name).read_bytes()
