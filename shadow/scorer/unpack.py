"""Takes the Content-Encoding off a captured answer, within a bound, so that it can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from comparators.divergence import NotComparable, Obstacle
from shadow.upstream.encoding import TooLargeError, decoded

if TYPE_CHECKING:
    from comparators.answer import Answer

LARGEST = 16 * 1024 * 1024
"""Bytes a compressed body may grow to when it is unpacked for comparing."""


def unpacked(answer: Answer, side: str) -> Answer:
    """Give an answer with its body as it was before it was compressed; NotComparable, naming the side, if none."""
    try:
        body = decoded(answer.headers, answer.body, LARGEST)
    except TooLargeError as exc:
        raise NotComparable(f"{side}: {exc}", Obstacle.TOO_LARGE) from exc
    except ValueError as exc:
        raise NotComparable(f"{side}: {exc}", Obstacle.BAD_CODING) from exc
    return answer if body is answer.body else replace(answer, body=body)
