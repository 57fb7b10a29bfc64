"""The two texts that comparators of text look at: whole bodies, or values at a pointer. Knows no comparator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from comparators.assembled import assembled
from comparators.divergence import NotComparable, Obstacle
from comparators.json_value import values_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comparators.answer import Answer


def passages(legacy: Answer, model: Answer, path: Sequence[str]) -> tuple[Any, Any]:
    """Give both sides' value at a path, or without a path their bodies; event streams are put together first.

    A body declared JSON that is JSON gives its document, any other its text. Raises NotComparable when a body
    is no UTF-8, and when neither side has a value at the path.
    """
    legacy, model = assembled(legacy, model)
    if path:
        return values_at(legacy, model, path)
    return _whole(legacy, "legacy"), _whole(model, "model")


def text_of(value: Any) -> str:
    """Give a string as it is, any other value as JSON with sorted members; NotComparable when it is too deep."""
    if type(value) is str:
        return value
    try:
        return msgspec.json.encode(value, order="sorted").decode()
    except RecursionError as exc:
        raise NotComparable("the value is nested too deeply to be read as text", Obstacle.TOO_DEEP) from exc


def _whole(answer: Answer, side: str) -> Any:
    if "json" in answer.media_type:
        try:
            return answer.json
        except ValueError:
            pass  # declared JSON and is none: its text, then
    try:
        return answer.body.decode()
    except UnicodeDecodeError as exc:
        raise NotComparable(f"{side}: the body is not UTF-8 text", Obstacle.NOT_UTF8) from exc
