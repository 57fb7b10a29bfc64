"""What a JSON value is to a comparator: its kind, its leaves, when two are the same, how one is shown.

Everything iterates, at the latest where recursion ends, so no document exhausts the stack. Knows no comparator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from comparators.answer import Answer
from comparators.divergence import NotComparable, Obstacle
from comparators.pointer import MISSING, resolve, unparse

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTAINERS = frozenset({dict, list})
SHOWN = 80  # characters of one value in a detail

_AS_JSON = ((b"Content-Type", b"application/json"),)
_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


def kind(value: Any) -> str:
    """Name a value's JSON type; 1 and 1.0 are both a number, true is none."""
    return _KINDS.get(type(value), "null")


def same(old: Any, new: Any) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, true and 1 are not, members have no order."""
    try:
        if old != new:
            return False
    except RecursionError:
        return _same_by_walking(old, new)
    return truly_same(old, new)


def truly_same(old: Any, new: Any) -> bool:
    """Tell `same` of two values Python holds equal: one may still have true where the other has 1."""
    try:
        if msgspec.json.encode(old) == msgspec.json.encode(new):
            return True
    except RecursionError:
        pass
    return _same_by_walking(old, new)


def _same_by_walking(old: Any, new: Any) -> bool:
    stack = [(old, new)]
    while stack:
        left, right = stack.pop()
        if type(left) not in CONTAINERS:
            if kind(left) != kind(right) or left != right:
                return False
        elif type(left) is not type(right) or len(left) != len(right):
            return False
        elif type(left) is list:
            stack.extend(zip(left, right, strict=True))
        elif left.keys() == right.keys():
            stack.extend((value, right[key]) for key, value in left.items())
        else:
            return False
    return True


def leaves(value: Any) -> int:
    """Count a value's leaves: its scalars and empty containers, itself when it is one; MISSING is none."""
    if type(value) not in CONTAINERS or not value:
        return 0 if value is MISSING else 1
    try:
        return _leaves_within(value)
    except RecursionError:
        return _leaves_by_walking(value)


def _leaves_within(container: Any) -> int:
    """Count a container's leaves by recursion, which is the quicker way where it can go deep enough."""
    count = len(container)
    for one in container.values() if type(container) is dict else container:
        cls = type(one)
        if cls is str or cls is float or cls is int:  # the commonest first
            continue
        if cls is dict or cls is list:
            if one:
                count += _leaves_within(one) - 1
        elif one is MISSING:
            count -= 1
    return count


def _leaves_by_walking(container: Any) -> int:
    count, stack = 1, [container]
    while stack:
        top = stack.pop()
        count += len(top) - 1  # in place of the container itself come its members
        for one in top.values() if type(top) is dict else top:
            if type(one) in CONTAINERS and one:
                stack.append(one)
            elif one is MISSING:
                count -= 1
    return count


def without_nulls(value: Any) -> Any:
    """Copy a document without the members of objects that are null; elements of arrays keep their places."""
    if type(value) not in CONTAINERS:
        return value
    whole = value.copy()
    stack = [whole]
    while stack:
        top = stack.pop()
        items = list(top.items() if type(top) is dict else enumerate(top))
        for key, one in items:
            if type(one) in CONTAINERS:
                top[key] = one.copy()
                stack.append(top[key])
            elif one is None and type(top) is dict:
                del top[key]
    return whole


def show(value: Any) -> str:
    """Write a value as JSON text for a detail, cut at 80 characters."""
    if value is MISSING:
        return "nothing"
    if type(value) is str:
        value = value[:SHOWN]
    try:
        text = msgspec.json.encode(value).decode()
    except (RecursionError, ValueError, OverflowError):
        text = f"a deep {kind(value)}"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def change(old: Any, new: Any) -> str:
    """Write what became of a value: `old -> new`."""
    return f"{show(old)} -> {show(new)}"


def document(answer: Answer, side: str) -> Any:
    """Give an answer's JSON document; NotComparable when it has none."""
    try:
        return answer.json
    except ValueError as exc:
        raise NotComparable(f"{side}: {exc}", _obstacle(exc.__cause__)) from exc


def _obstacle(exc: BaseException | None) -> Obstacle:
    if isinstance(exc, RecursionError):
        return Obstacle.TOO_DEEP
    return Obstacle.NOT_UTF8 if isinstance(exc, UnicodeDecodeError) else Obstacle.NOT_JSON


def values_at(legacy: Answer, model: Answer, path: Sequence[str]) -> tuple[Any, Any]:
    """Give both sides' value at a path, MISSING where there is none; NotComparable when neither has one."""
    old = resolve(document(legacy, "legacy"), path)
    new = resolve(document(model, "model"), path)
    if old is MISSING and new is MISSING:
        raise NotComparable(f"neither answer has a value at {unparse(path)}")
    return old, new


def answer_of(value: Any) -> Answer:
    """Make an answer of one JSON value; NotComparable when it is nested too deeply to be written."""
    try:
        answer = Answer(headers=_AS_JSON, body=msgspec.json.encode(value))
    except (RecursionError, ValueError, OverflowError) as exc:
        raise NotComparable("the value cannot be written as JSON", _obstacle(exc)) from exc
    if type(value) not in CONTAINERS:
        answer.__dict__["json"] = value  # what reading its body would give
    return answer
