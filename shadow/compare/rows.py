"""Reads one line of a file of answers: its id, and the answer in it. Knows no file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from comparators.answer import Answer
from comparators.pointer import MISSING, parse, resolve, unparse
from shadow.record.secrets import is_secret

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENTS = ("answer", "body", "response")
"""Members that may hold the answer; a row without any of them is an answer itself, less its id."""

_ROW = msgspec.json.Decoder(dict[str, Any])


def path_of(key: str) -> tuple[str, ...]:
    """Read `--key`: a member's name, or a JSON Pointer; ValueError when it is neither."""
    if not key:
        raise ValueError("the key must name a member of each row")
    return parse(key) if key.startswith("/") else (key,)


def row_of(line: bytes) -> dict[str, Any]:
    """Read a line; ValueError says what is wrong with it."""
    try:
        return _ROW.decode(line)
    except msgspec.ValidationError:
        raise ValueError("a row is a JSON object") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ValueError(f"not JSON: {exc}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def id_of(row: dict[str, Any], key: Sequence[str]) -> str:
    """Give a row's id as text, so that 7 and "7" are one; ValueError when it has none."""
    found = resolve(row, key)
    if found is MISSING:
        name = key[0] if len(key) == 1 else unparse(key)
        raise ValueError(f'no member "{name}" to tell the row by')
    if found == "":
        raise ValueError("the id is empty")
    if isinstance(found, str):
        return found
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    raise ValueError(f"the id is {_kind(found)}: it must be text or a whole number")


def answer_of(row: dict[str, Any], key: Sequence[str]) -> Answer:
    """Give a row's answer; ValueError when it has several, or none that can be one.

    The answer is the member `answer`, `body` or `response`: a text is the body as it is, anything else a JSON
    body. `status` and `headers` may stand beside it, or with `body` inside of `response`. Headers that hold secrets
    are left out, so that none is shown.
    """
    named = [name for name in CONTENTS if name in row]
    if len(named) > 1:
        raise ValueError(f"it has {' and '.join(named)}: which is the answer?")
    if not named:
        return Answer.of(json=_without(row, key))
    content = row[named[0]]
    if named == ["response"] and isinstance(content, dict) and "body" in content:
        return _made(
            content["body"], content.get("status", content.get("status_code", 200)), content.get("headers")
        )
    return _made(content, row.get("status", 200), row.get("headers"))


def request_of(row: dict[str, Any]) -> str:
    """Give the request that stands beside a row's answer, as a judge is shown it; "" when there is none."""
    if not any(name in row for name in CONTENTS):
        return ""
    found = row.get("request", "")
    return found if isinstance(found, str) else msgspec.json.encode(found).decode()


def _made(body: Any, status: Any, headers: Any) -> Answer:
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise ValueError("status must be a whole number from 100 to 599")
    pairs = [
        (name, value) for name, value in _pairs(headers) if not is_secret(name)
    ]  # as the record leaves them out
    return (
        Answer.of(text=body, status=status, headers=pairs)
        if isinstance(body, str)
        else Answer.of(json=body, status=status, headers=pairs)
    )


def _pairs(headers: Any) -> list[tuple[str, str]]:
    try:
        pairs = msgspec.convert(headers or [], dict[str, str] | list[tuple[str, str]])
    except msgspec.ValidationError:
        raise ValueError("headers must be an object of texts, or a list of pairs") from None
    listed = list(pairs.items()) if isinstance(pairs, dict) else pairs
    if not all(ord(sign) < 256 for pair in listed for text in pair for sign in text):
        raise ValueError("headers hold only characters of ISO 8859-1")
    return listed


def _without(row: dict[str, Any], key: Sequence[str]) -> dict[str, Any]:
    """Leave the id out: it says which answer it is, not what the answer is."""
    first, *rest = key
    below = row[first]
    if not rest:
        return {name: value for name, value in row.items() if name != first}
    return {**row, first: _without(below, rest)} if isinstance(below, dict) else row


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", float: "a fraction"}
    return kinds.get(type(value), "null" if value is None else "a number")
