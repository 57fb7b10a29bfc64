"""Preference: what a judge says of two answers, asked twice, each of them shown first once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from comparators.divergence import Difference, Divergence, NotComparable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comparators.answer import Answer

Side = Literal["legacy", "model", "tie"]

WORDS: Final[Mapping[str, int]] = {"first": -1, "tie": 0, "second": 1}
"""What a judge may say in `better`, seen with legacy shown first: -1 legacy is better, 1 the model."""


class Preference:
    """How much one side is preferred: 1 when it is in both orders, 0.5 when in one and the other is a tie, else 0.

    The two answers are the judge's: the first with legacy shown first, the second with the model shown first;
    each is JSON like `{"better": "first"}`, with `first`, `second` or `tie`. A judge that prefers whatever
    stands first, or second, contradicts itself when the order is changed: such a flip is a tie.
    """

    name = "preference"

    def __call__(self, legacy_first: Answer, model_first: Answer, /) -> Divergence:
        """Tell how much one side is preferred; NotComparable when an answer is not understood."""
        both = (_said(legacy_first), -_said(model_first))
        value, side = abs(sum(both)) / 2, "model" if sum(both) > 0 else "legacy"
        if not value:
            return Divergence(0.0, "preferred as it stands first or second: a tie" if any(both) else "")
        detail = f"{side} preferred" if value == 1 else f"{side} preferred in one order, a tie in the other"
        return Divergence(value, detail, (Difference("", value, detail),))

    def side(self, legacy_first: Answer, model_first: Answer) -> Side:
        """Name the side that is preferred in both orders, else `tie`; NotComparable as above."""
        total = _said(legacy_first) - _said(model_first)
        return "model" if total == 2 else "legacy" if total == -2 else "tie"


def better(answer: Answer) -> str:
    """Give the judge's word, `first`, `second` or `tie`; NotComparable when the answer holds none."""
    try:
        document = answer.json
    except ValueError:
        document = None
    word = document.get("better") if isinstance(document, dict) else None
    if not isinstance(word, str) or word.strip().lower() not in WORDS:
        raise NotComparable('the judge\'s reply has no "better" that is first, second or tie')
    return word.strip().lower()


def _said(answer: Answer) -> int:
    return WORDS[better(answer)]
