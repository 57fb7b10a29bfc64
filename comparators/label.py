"""Label: whether two labels, or two sets of labels, say the same; how far apart they are where labels have an order."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import msgspec

from comparators.divergence import Divergence, NotComparable
from comparators.json_value import kind
from comparators.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from comparators.answer import Answer

_BLANKS = re.compile(r"[\s_-]+")


class Label:
    """0 for the same label, 1 for another; between labels of an `order`, the share of the way from end to end.

    Arrays are sets of labels: their divergence is 1 minus what they share, over all labels of both (Jaccard).
    So is a text that a `separator` parts. A number, true, false or null is the label it is written as; an
    object is not comparable, and neither is missing on both sides. Missing on one side is 1.

    - `normalise`: case, runs of white space, hyphens and underscores, and compatible forms of a character (Unicode
      NFKC) do not count: "In-Transit" is "IN_TRANSIT";
    - `synonyms`: other words of a label, as {"delivered": ["done", "complete"]};
    - `order`: labels from one end to the other; one that is not among them lies 1 from any other.
    Raises ValueError for a word that stands for two labels, and for an order of fewer than two.
    """

    name = "label"

    def __init__(
        self,
        pointer: str = "",
        *,
        normalise: bool = True,
        synonyms: Mapping[str, Sequence[str]] | None = None,
        order: Sequence[str] = (),
        separator: str = "",
    ) -> None:
        self.pointer = pointer
        self._place = Place(pointer)
        self._normalise, self._separator = normalise, separator
        self._meaning = self._meanings(synonyms or {})
        ranks = list(dict.fromkeys(map(self._read, order)))
        if order and len(ranks) < 2:
            raise ValueError("an order needs two labels that are not the same")
        self._rank = {label: rank for rank, label in enumerate(ranks)}

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        old, new = self._place.values(legacy, model)
        alone = self._place.one_sided(old, new)
        if alone is not None:
            return alone
        first, second = self._labels(old, "legacy"), self._labels(new, "model")
        if first == second:
            return Divergence(0.0)
        if isinstance(first, str) and isinstance(second, str):
            return self._place.differ(self._apart(first, second), old, new)
        ours, theirs = _as_set(first), _as_set(second)
        value = len(ours ^ theirs) / len(ours | theirs) if ours | theirs else 0.0
        return self._place.differ(value, old, new, detail=_told(ours - theirs, theirs - ours))

    def _apart(self, first: str, second: str) -> float:
        if first in self._rank and second in self._rank:
            return abs(self._rank[first] - self._rank[second]) / (len(self._rank) - 1)
        return 1.0

    def _meanings(self, synonyms: Mapping[str, Sequence[str]]) -> dict[str, str]:
        meaning: dict[str, str] = {}
        for label, others in synonyms.items():
            if isinstance(others, str):
                raise ValueError(f"synonyms of {label!r} must be a list")  # noqa: TRY004 - an option's error
            for word in (label, *others):
                folded = self._folded(word)
                if meaning.setdefault(folded, self._folded(label)) != self._folded(label):
                    raise ValueError(f"{word!r} stands for both {meaning[folded]!r} and {label!r}")
        return meaning

    def _labels(self, value: Any, side: str) -> str | frozenset[str]:
        if type(value) is list:
            return frozenset(self._read(_text(one, side)) for one in value)
        text = _text(value, side)
        if not self._separator:
            return self._read(text)
        parts = (self._read(part.strip()) for part in text.split(self._separator))
        return frozenset(part for part in parts if part)

    def _read(self, text: str) -> str:
        folded = self._folded(text)
        return self._meaning.get(folded, folded)

    def _folded(self, text: str) -> str:
        if not self._normalise:
            return text
        return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _as_set(labels: str | frozenset[str]) -> frozenset[str]:
    return frozenset({labels}) if isinstance(labels, str) else labels


def _text(value: Any, side: str) -> str:
    if type(value) is str:
        return value
    if type(value) in {dict, list}:
        raise NotComparable(f"{side}: the {kind(value)} is no label")
    whole = type(value) is float and value.is_integer()
    return msgspec.json.encode(int(value) if whole else value).decode()


def _told(lost: frozenset[str], added: frozenset[str]) -> str:
    parts = [
        f"{name}: {', '.join(sorted(some))}" for name, some in (("missing", lost), ("added", added)) if some
    ]
    return "; ".join(parts)[:200]
