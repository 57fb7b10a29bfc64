"""What a worker and its panel process say to each other. Knows the shape of the messages, compares nothing."""

from __future__ import annotations

import msgspec

from comparators.answer import Answer
from comparators.divergence import Verdict


class Question(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One answer to be judged against each of several others, by a panel (JSON: what `build_panel` takes)."""

    number: int
    panel: bytes
    left: Answer
    right: list[Answer]


class Word(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a question came to: a verdict and a divergence for each pair, or the kind of error that kept it."""

    number: int
    judged: list[tuple[Verdict, float | None]] = []
    error: str = ""


decode_question = msgspec.msgpack.Decoder(Question).decode
decode_word = msgspec.msgpack.Decoder(Word).decode
