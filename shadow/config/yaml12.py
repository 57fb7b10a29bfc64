"""YAML text to a plain document by the rules of YAML 1.2's core schema, with the line of everything in it.

Knows nothing of what the keys mean, nor of the environment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from shadow.config.problems import Path, Problem, dotted
from shadow.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Hashable

LARGEST = 1 << 20
"""Bytes of YAML that are read at most: far above any configuration, far below what would stall a start."""

MOST_NODES = 50_000
"""Values a document may hold once its aliases are written out."""

DEEPEST = 64
"""Levels of nesting."""

_PLAIN = "plain"
_INT = re.compile(r"[-+]?[0-9]{1,300}")
_BASED = {re.compile(r"0o[0-7]{1,300}"): 8, re.compile(r"0x[0-9a-fA-F]{1,300}"): 16}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,9})?")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + word: float("inf") for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


def scalar(text: str) -> str | float | bool | None:
    """Read an unquoted scalar: null, true, false, a number, or – whatever else it looks like – text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    for pattern, radix in _BASED.items():
        if pattern.fullmatch(text):
            return int(text[2:], radix)
    return float(text) if _FLOAT.fullmatch(text) else text


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its value, the line of every key and item, which texts stood unquoted, what is wrong."""

    value: dict[str, Any]
    lines: dict[Path, int] = field(default_factory=dict)
    unquoted: set[Path] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def parse(text: str) -> Document:
    """Read YAML text whose top level is a mapping.

    Raises ConfigError when it is too large or no YAML at all; what can be told beside other problems
    (keys given twice, tags, merge keys) is in the document's `problems`.
    """
    if len(text) > LARGEST:
        raise ConfigError(f"larger than {LARGEST} bytes: this is no configuration")
    try:
        node = _Reader(text).get_single_node()
    except yaml.MarkedYAMLError as exc:
        raise ConfigError(_syntax(exc)) from None
    except yaml.reader.ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        raise ConfigError(f"line {line}: a character that YAML does not allow") from None
    except RecursionError:
        raise ConfigError(f"nested deeper than {DEEPEST} levels") from None
    if node is None:
        raise ConfigError("the file is empty; the least it needs is legacy.url")
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"line {node.start_mark.line + 1}: the top level must be a mapping of keys")
    builder = _Builder()
    return Document(builder.mapping(node, ()), builder.lines, builder.unquoted, builder.problems)


def _syntax(exc: yaml.MarkedYAMLError) -> str:
    """Tell a syntax error without quoting the line, which may hold a secret."""
    mark = exc.problem_mark or exc.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    context = f" ({exc.context})" if exc.context else ""
    return f"{where}not YAML: {exc.problem}{context}"


class _Reader(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer):
    """PyYAML's reader without its YAML 1.1 rules: a plain scalar is only marked as such."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)

    def resolve(self, kind: type[yaml.Node], _value: Hashable, implicit: Any) -> str:
        """Name the tag of a node that carries none."""
        return _PLAIN if kind is not yaml.ScalarNode or implicit[0] else "text"

    def descend_resolver(self, _parent: object, _index: object) -> None:
        """Path resolvers are not used."""

    def ascend_resolver(self) -> None:
        """Path resolvers are not used."""


class _Builder:
    """Makes plain values of nodes, writing aliases out within bounds."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.unquoted: set[Path] = set()
        self.problems: list[Problem] = []
        self._nodes = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        self._bound(node, path)
        if node.tag not in (_PLAIN, "text"):
            self.problems.append(Problem(path, "YAML tags (!…) are not used here; leave the tag out"))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, path)
        if node.tag != _PLAIN:
            return node.value
        self.unquoted.add(path)
        return scalar(node.value)

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem(path, f"line {line}: a key must be a word or a text"))
                continue
            below = (*path, key.value)
            if key.value == "<<" and key.tag == _PLAIN:
                self.problems.append(
                    Problem(path, f"line {line}: YAML 1.2 has no merge keys (<<); write the keys out")
                )
            elif key.value in built:
                first = self.lines[below]
                self.problems.append(Problem(below, f"given twice, on lines {first} and {line}"))
            else:
                self.lines[below] = line
                built[key.value] = self.value(value, below)
        return built

    def _sequence(self, node: yaml.SequenceNode, path: Path) -> list[Any]:
        built = []
        for index, item in enumerate(node.value):
            self.lines[*path, index] = item.start_mark.line + 1
            built.append(self.value(item, (*path, index)))
        return built

    def _bound(self, node: yaml.Node, path: Path) -> None:
        """Refuse alias bombs and aliases that hold themselves, before they are written out."""
        self._nodes += 1
        where = f"line {node.start_mark.line + 1}: {dotted(path)[:200]} "
        if len(path) > DEEPEST:
            raise ConfigError(f"{where}is nested deeper than {DEEPEST} levels (an alias that holds itself?)")
        if self._nodes > MOST_NODES:
            raise ConfigError(f"{where}makes more than {MOST_NODES} values (aliases of aliases?)")
