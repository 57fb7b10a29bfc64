"""Puts environment variables in place of ${NAME}, and keeps their values out of everything that is told."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shadow.config.problems import Path, Problem, under
from shadow.config.yaml12 import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shadow.config.yaml12 import Document

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TELLING = 4
"""A shorter value is masked only where it was used: masked anywhere, `1` would blot out every digit."""


@dataclass(slots=True)
class Environment:
    """What came from the environment: where, as written in the file, and the values to keep silent about.

    `whole` holds, for a scalar that is one ${NAME}, the value in its other reading: text for one that
    was read by YAML's rules, and the other way round; the field it stands in decides which is meant.
    """

    values: Mapping[str, str]
    written: dict[Path, str] = field(default_factory=dict)
    whole: dict[Path, Any] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def touches(self, path: Path) -> bool:
        """Tell whether a value from the environment stands at this path, above it or below it."""
        return any(under(path, [own]) or under(own, [path]) for own in self.written)

    def masked(self, problem: Problem) -> Problem:
        """Give the problem with every value from the environment replaced by its ${NAME}."""
        text, near = problem.text, self.touches(problem.path)
        for name, value in sorted(self.used.items(), key=lambda item: -len(item[1])):
            if len(value) >= _TELLING or (value and near):
                text = _blotted(text, value, f"${{{name}}}")
        return Problem(problem.path, text)


def _blotted(text: str, value: str, instead: str) -> str:
    for form in {value, value.strip(), repr(value)[1:-1], json.dumps(value)[1:-1]} - {""}:
        if len(form) >= _TELLING:
            text = text.replace(form, instead)
        else:
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", instead.replace("\\", r"\\"), text)
    return text


def substitute(document: Document, environ: Mapping[str, str]) -> tuple[dict[str, Any], Environment]:
    """Replace every ${NAME} in the document's texts; `$${` stands for a literal `${`.

    A scalar that is one ${NAME} and unquoted is then read by YAML's rules for scalars. A variable that
    is not set is a problem, and its place holds None.
    """
    environment = Environment(environ)
    return _walk(document.value, (), document, environment), environment


def _walk(value: Any, path: Path, document: Document, environment: Environment) -> Any:
    if isinstance(value, dict):
        return {key: _walk(below, (*path, key), document, environment) for key, below in value.items()}
    if isinstance(value, list):
        return [_walk(below, (*path, index), document, environment) for index, below in enumerate(value)]
    if isinstance(value, str) and "${" in value:
        return _filled(value, path, environment, unquoted=path in document.unquoted)
    return value


def _filled(text: str, path: Path, environment: Environment, *, unquoted: bool) -> Any:
    wrong = len(environment.problems)
    filled = _REFERENCE.sub(lambda found: _looked_up(found, path, environment), text)
    if path not in environment.written and wrong == len(environment.problems):
        return filled
    environment.written[path] = text
    if wrong < len(environment.problems):
        return None
    whole = _REFERENCE.fullmatch(text)
    if whole is None:
        return filled
    read = scalar(filled)
    environment.whole[path] = filled if unquoted else read
    return read if unquoted else filled


def _looked_up(found: re.Match[str], path: Path, environment: Environment) -> str:
    name = found[1]
    if name is None:
        return "${"
    if not found[0].endswith("}") or not _NAME.fullmatch(name):
        text = "${ must be followed by a variable's name and }; for a literal ${ write $${"
        environment.problems.append(Problem(path, text))
        return ""
    if name not in environment.values:
        environment.problems.append(Problem(path, f"the environment variable {name} is not set"))
        return ""
    environment.written[path] = ""
    environment.used[name] = environment.values[name]
    return environment.values[name]
