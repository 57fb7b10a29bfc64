"""Sql: whether two statements are the same but for how they are written down (sqlglot)."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, Literal, get_args

from comparators.parsed import Parsed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from comparators.answer import Answer
    from comparators.divergence import Divergence

Unordered = Literal["conditions", "columns"]

_PART = re.compile(r"'(?:[^']|'')*+'|\"[^\"]*+\"|`[^`]*+`|\w+|[<>=!|:]+|[^\w\s]")


class Sql:
    """The share of words and signs that differ between two SQL texts, written down in one way.

    Formatting, comments, keywords' case and the ways to write an operator do not count, nor does the case of
    names where the `dialect` does not count it (a name of sqlglot's, such as postgres; "" is a common ground).
    `unordered` says what has no order: `conditions`, the operands of AND, of OR and of IN; `columns`, those of a
    SELECT, where no ORDER BY or GROUP BY counts them. Texts longer than `limit` characters, and what is no SQL,
    are not comparable. Needs the extra `sql`.
    """

    name = "sql"

    def __init__(
        self,
        pointer: str = "",
        *,
        dialect: str = "",
        unordered: Sequence[Unordered] = ("conditions",),
        limit: int = 100_000,
    ) -> None:
        for word in unordered:
            if word not in get_args(Unordered):
                raise ValueError(f"unordered must be of {', '.join(get_args(Unordered))}, not {word!r}")
        _load(dialect)
        self.pointer = pointer
        self._dialect = dialect
        self._unordered = frozenset(unordered)
        self._parsed = Parsed(pointer, limit, self._parts)

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        return self._parsed.compare(legacy, model)

    def _parts(self, text: str) -> list[str]:
        import sqlglot
        from sqlglot.errors import ErrorLevel, SqlglotError
        from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

        try:
            statements = [one for one in sqlglot.parse(text, read=self._dialect) if one is not None]
            plain = [
                self._sorted(normalize_identifiers(one, dialect=self._dialect)).sql(
                    dialect=self._dialect, comments=False, unsupported_level=ErrorLevel.IGNORE
                )
                for one in statements
            ]
        except SqlglotError as exc:
            raise ValueError("the text is no SQL") from exc
        return _PART.findall(" ; ".join(plain))

    def _sorted(self, statement: Any) -> Any:
        from sqlglot import exp

        if "conditions" in self._unordered:
            for node in reversed(list(statement.find_all(exp.And, exp.Or, exp.In))):
                _sort_condition(node)
        if "columns" in self._unordered:
            for node in reversed(list(statement.find_all(exp.Select))):
                _sort_columns(node)
        return statement


def _sort_condition(node: Any) -> None:
    """Sort the operands of the uppermost of some nested ANDs, of ORs, or the members of an IN."""
    from sqlglot import exp

    if isinstance(node, exp.In):
        node.set("expressions", _by_text(node.expressions))
    elif type(node.parent) is not type(node):
        first, *others = _by_text(node.flatten(unnest=False))
        whole = reduce(lambda left, right: type(node)(this=left, expression=right), others, first)
        node.set("this", whole.this)
        node.set("expression", whole.expression)


def _sort_columns(select: Any) -> None:
    from sqlglot import exp

    keys = [
        one for part in ("order", "group") if select.args.get(part) for one in select.args[part].expressions
    ]
    counted = [key.this if isinstance(key, exp.Ordered) else key for key in keys]
    if not any(isinstance(key, exp.Literal) for key in counted):
        select.set("expressions", _by_text(select.expressions))


def _by_text(nodes: Any) -> list[Any]:
    return sorted(nodes, key=lambda node: node.sql(comments=False))


def _load(dialect: str) -> None:
    try:
        import sqlglot
        import sqlglot.parser
    except ImportError as exc:
        raise ValueError("sql needs sqlglot: pip install 'shadow-router[sql]'") from exc
    sqlglot.parser.logger.disabled = True  # it would write statements, which are clients' data, to the log
    try:
        sqlglot.Dialect.get_or_raise(dialect)
    except ValueError as exc:
        raise ValueError(f"dialect: {exc}") from exc
