"""Takes off a text what is only form: case, runs of white space, Markdown, the ways to write a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from comparators.text_numbers import plain_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

# Every pattern is bounded or possessive, so that no text makes one go back over it.
_LINES = re.compile(
    r"^[ \t]*+(?:(?:```|~~~)[^\n]*+$"  # the fence of a code block
    r"|(?:[-*_][ \t]*+){3,}+$"  # a rule
    r"|\|?+[ \t]*+:?+-{3,}+[-:| \t]*+$"  # the line below a table's head
    r"|#{1,6}+[ \t]++"  # a heading
    r"|(?:>[ \t]?+)++"  # a quotation
    r"|(?:[-*+]|\d{1,9}+[.)])[ \t]++)",  # an item of a list
    re.MULTILINE,
)
_LINK = re.compile(r"!?+\[([^\[\]\n]{0,500})\]\([^()\s]{0,2000}(?: \"[^\"\n]{0,500}\")?\)")
_CELL = re.compile(r"^[ \t]*+\||\|[ \t]*+$| \| ", re.MULTILINE)
_MARKS = re.compile(r"`{1,3}|~~|(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)")


def normaliser(*, casefold: bool, squeeze: bool, markdown: bool, numerals: bool) -> Callable[[str], str]:
    """Give the function that takes off a text what is asked for, or leaves it as it is."""
    steps: list[Callable[[str], str]] = []
    if markdown:
        steps.append(without_markdown)
    if numerals:
        steps.append(plain_numbers)
    if casefold:
        steps.append(str.casefold)
    if squeeze:
        steps.append(lambda text: " ".join(text.split()))

    def normal(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return normal


def without_markdown(text: str) -> str:
    """Take Markdown's marks off a text; of a link its words stay, of a table its cells."""
    text = _LINK.sub(r"\1", _LINES.sub("", text))
    return _MARKS.sub("", _CELL.sub(" ", text))
