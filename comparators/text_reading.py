"""A text as its words: what punctuation, case and white space hide is taken off once, for measures and checks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import normalize

# What stands around and between words. Signs that carry a meaning of their own (+ # % & @ $ < = >) stay.
_ASCII = ".,;:!?\"'()[]{}*_`~|/\\-"
_OTHERS = "’‘“”„«»…¿¡。、，！？：；（）「」『』·•–—"  # noqa: RUF001 - these are meant
_BETWEEN = re.compile(f"[{re.escape(_ASCII + _OTHERS)}]+")
_LONG = 20_000  # characters
_BLANKS = str.maketrans(dict.fromkeys(_ASCII, " "))


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, its words casefolded, and these joined by blanks."""

    text: str
    words: list[str]
    plain: str


def read(text: str) -> Reading:
    """Read a text in Unicode's compatibility form (NFKC), so that ２ is 2 and ﬁ is fi; a long one as it is.

    For one character may become eighteen.
    """
    if len(text) <= _LONG and not text.isascii():
        text = normalize("NFKC", text)
    words = parted(text.casefold())
    return Reading(text, words, " ".join(words))


def parted(text: str) -> list[str]:
    """Give the words of a text as they are written."""
    if text.isascii():  # a third of the time
        return text.translate(_BLANKS).split()
    return _BETWEEN.sub(" ", text).split()
