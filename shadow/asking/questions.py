"""What is asked about two answers, and the key its answer is kept by. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from comparators.divergence import NotComparable, Obstacle
from comparators.json_value import document
from comparators.pointer import MISSING, resolve

if TYPE_CHECKING:
    from comparators.answer import Answer
    from shadow.asking.entries import AskedComparator, Kind

REQUEST_LIMIT = 20_000
"""Characters of the client's request that a judge is shown."""

Upstream = tuple["Kind", str]
"""Kind and name."""


@dataclass(frozen=True, slots=True)
class Question:
    """One call: whom to ask, what to send, and the hash of all that its answer depends on."""

    upstream: Upstream
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What one entry of a panel has to ask about one exchange: nothing where both answers say the same."""

    label: str
    comparator: AskedComparator
    questions: tuple[Question, ...]


def sampled(exchange: str, label: str, share: float) -> bool:
    """Tell whether an exchange is among the share that is asked about: always the same answer for the same one."""
    digest = hashlib.sha256(f"{label}\0{exchange}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def inquiry(
    label: str, comparator: AskedComparator, *, version: str, request: str, answers: tuple[Answer, Answer]
) -> Inquiry:
    """Make the questions about two answers (legacy, model); NotComparable when there is nothing to ask about.

    `version` is the upstream's hash, rubric included; `request` is the client's, as text.
    """
    old, new = (
        _text(answer, side, comparator) for answer, side in zip(answers, ("legacy", "model"), strict=True)
    )
    if old == new:
        return Inquiry(label, comparator, ())
    upstream = (comparator.name, comparator.of)
    if comparator.name == "embedding":
        bodies: list[dict[str, Any]] = [{"text": old}, {"text": new}]
    else:
        about = {"request": request[:REQUEST_LIMIT]}
        bodies = [{**about, "first": old, "second": new}, {**about, "first": new, "second": old}]
    questions = (_question(upstream, version, body) for body in bodies)
    return Inquiry(label, comparator, tuple(questions))


def _question(upstream: Upstream, version: str, body: dict[str, Any]) -> Question:
    encoded = msgspec.json.encode(body)
    key = hashlib.sha256(msgspec.json.encode([*upstream, version]) + encoded).hexdigest()
    return Question(upstream, key, encoded)


def _text(answer: Answer, side: str, comparator: AskedComparator) -> str:
    if comparator.path:
        value = resolve(document(answer, side), comparator.path)
        if value is MISSING:
            raise NotComparable(f"{side}: there is nothing at {comparator.pointer}")
        text = value if isinstance(value, str) else _written(value, side)
    else:
        try:
            text = answer.body.decode()
        except UnicodeDecodeError:
            raise NotComparable(f"{side}: the body is not UTF-8 text", Obstacle.NOT_UTF8) from None
    if not text.strip():
        raise NotComparable(f"{side}: the text is empty")
    if len(text) > comparator.limit:
        raise NotComparable(
            f"{side}: {len(text)} characters are beyond the limit {comparator.limit}", Obstacle.TOO_LARGE
        )
    return text


def _written(value: Any, side: str) -> str:
    try:
        return msgspec.json.encode(value, order="sorted").decode()
    except (RecursionError, ValueError, OverflowError):
        raise NotComparable(f"{side}: the value cannot be written as text") from None
