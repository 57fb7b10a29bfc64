"""The JSON Schema an answer must keep. Knows nothing of answers or models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comparators.json_schema import validator_of
from comparators.pointer import unparse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from comparators.json_schema import Schema

    Check = Callable[[Any], str | None]


def compile_schema(schema: Schema) -> Check:
    """Give a function that tells what in a document breaks the schema, or None when nothing does.

    Told are the place and the schema's keyword, never a value. Raises ValueError as `validator_of` does.
    """
    validator = validator_of(schema)
    return lambda document: _first_break(validator.iter_errors(document))


def _first_break(errors: Iterator[Any]) -> str | None:
    try:
        error = next(errors, None)
    except RecursionError:
        return "the schema or the document is nested too deeply"
    except ArithmeticError:
        return "a number is too large to be judged"
    if error is None:
        return None
    place = unparse(error.absolute_path) or "the whole document"
    return f'{place} breaks "{error.validator or "false"}"'
