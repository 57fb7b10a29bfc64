"""Pairs of texts of kinds that the judged answers do not hold: addresses, and pairs written for the purpose.

The addresses are the demo's, written down again in ways that leave them the same, or with one thing changed.
The other pairs (benchmarks/data/text_pairs.jsonl) were written before any of them was measured.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shadow.demo.data import addresses as recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Change = Callable[[str, random.Random], str]

PAIRS = Path(__file__).parent / "data" / "text_pairs.jsonl"
_SHORT = {
    "street": "st",
    "avenue": "ave",
    "road": "rd",
    "drive": "dr",
    "boulevard": "blvd",
    "lane": "ln",
    "court": "ct",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "suite": "ste",
}
_LONG = {short: long for long, short in _SHORT.items()}
_WORD = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, whether they say the same, and of what kind they are."""

    legacy: str
    model: str
    same: bool
    kind: str = ""


def written() -> list[Pair]:
    """Read the pairs that were written for the purpose."""
    rows = map(json.loads, PAIRS.read_text(encoding="utf-8").splitlines())
    return [Pair(row["legacy"], row["model"], row["same"], row["kind"]) for row in rows]


def addresses(seed: int = 1) -> list[Pair]:
    """Make of each address one that is the same, and one that is another."""
    rng = random.Random(seed)
    return list(_addresses(rng))


def _addresses(rng: random.Random) -> Iterator[Pair]:
    texts = [row.text for row in recorded()]
    for text in texts:
        for changes, same in ((_SAME, True), (_OTHER, False)):
            for change in rng.sample(changes, len(changes)):
                changed = change(text, rng)
                if changed != text:
                    yield Pair(text, changed, same, "address")
                    break


def _shortened(text: str, _rng: random.Random) -> str:
    return _WORD.sub(lambda word: _like(word[0], _SHORT.get(word[0].lower(), word[0])), text)


def _written_out(text: str, _rng: random.Random) -> str:
    return _WORD.sub(lambda word: _like(word[0], _LONG.get(word[0].lower(), word[0])), text)


def _like(word: str, other: str) -> str:
    return other if other == word else other.upper() if word.isupper() and len(word) > 2 else other.title()


def _shouted(text: str, _rng: random.Random) -> str:
    return text.upper()


def _without_commas(text: str, _rng: random.Random) -> str:
    return text.replace(",", "")


def _with_words(text: str, _rng: random.Random) -> str:
    return f"The address is {text}."


def _other_digit(text: str, rng: random.Random) -> str:
    places = [at for at, sign in enumerate(text) if sign.isdigit()]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + str((int(text[at]) + rng.randint(1, 9)) % 10) + text[at + 1 :]


def _other_way(text: str, _rng: random.Random) -> str:
    turned = {"N": "S", "S": "N", "E": "W", "W": "E", "North": "South", "South": "North"}
    return _WORD.sub(lambda word: turned.get(word[0], word[0]), text)


def _other_word(text: str, rng: random.Random) -> str:
    words = [found for found in _WORD.finditer(text) if len(found[0]) > 4]
    if not words:
        return text
    found = rng.choice(words)
    name = rng.choice(["Madison", "Oakwood", "Fairview", "Hudson", "Lincoln", "Prospect"])
    return text[: found.start()] + name + text[found.end() :]


_SAME: list[Change] = [_shortened, _written_out, _shouted, _without_commas, _with_words]
_OTHER: list[Change] = [_other_digit, _other_way, _other_word]
