"""Templates as values: compiled once, rendered often, bounded. Knows nothing of models or answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shadow.errors import ConfigError, ShadowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Known = Mapping[str, frozenset[str] | None]

_MARKS = ("{{", "{%", "{#")


class AdapterError(ConfigError):
    """A model's adapter cannot be built; `problems` holds one sentence for each reason."""

    def __init__(self, where: str, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{where}: {problem}" for problem in self.problems))


class RenderFailed(ShadowError):  # noqa: N818 - reads as AskFailed does
    """A template cannot be rendered with what it was given; the message never quotes that."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value without a template in it."""

    value: Any

    def render(self, _names: Mapping[str, Any]) -> Any:
        """Give the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """A template that gives text, no longer than `limit` characters."""

    key: str
    pieces: Callable[[Mapping[str, Any]], Iterable[str]]
    limit: int

    def render(self, names: Mapping[str, Any]) -> str:
        """Give the text; RenderFailed when it cannot be made or grows too long."""
        return str(_fenced(self.key, lambda: self._joined(names)))

    def _joined(self, names: Mapping[str, Any]) -> str:
        size, pieces = 0, []
        for piece in self.pieces(names):
            size += len(piece)
            if size > self.limit:
                raise RenderFailed(f"gives more than {self.limit} characters")
            pieces.append(piece)
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class ValueTemplate:
    """A template that is one expression, and gives that expression's value in its own type."""

    key: str
    evaluate: Callable[[Mapping[str, Any]], Any]

    def render(self, names: Mapping[str, Any]) -> Any:
        """Give the value; RenderFailed when it cannot be made."""
        return _fenced(self.key, lambda: self.evaluate(names))


@dataclass(frozen=True, slots=True)
class ObjectTemplate:
    """A JSON object whose members may be templates; its names are not."""

    members: tuple[tuple[str, Template], ...]

    def render(self, names: Mapping[str, Any]) -> dict[str, Any]:
        """Render every member."""
        return {name: member.render(names) for name, member in self.members}


@dataclass(frozen=True, slots=True)
class ArrayTemplate:
    """A JSON array whose elements may be templates."""

    elements: tuple[Template, ...]

    def render(self, names: Mapping[str, Any]) -> list[Any]:
        """Render every element."""
        return [element.render(names) for element in self.elements]


Template = Literal | TextTemplate | ValueTemplate | ObjectTemplate | ArrayTemplate


def _fenced(key: str, make: Callable[[], Any]) -> Any:
    """Run a template; whatever it raises becomes a failure that names the key and quotes no data."""
    try:
        return make()
    except RenderFailed as exc:
        raise RenderFailed(f"{key}: {exc}") from exc
    except Exception as exc:
        from jinja2 import TemplateError  # late: a model without templates needs no Jinja2

        told = exc.message if isinstance(exc, TemplateError) and exc.message else type(exc).__name__
        raise RenderFailed(f"{key}: {told[:200]}") from exc


class Compiler:
    """Compiles the templates of one model and gathers everything that is wrong with it.

    `limit` bounds, in characters, what each template may give. After a problem the compiled value is a
    stand-in; `finish` raises before it can be used.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._problems: list[str] = []

    def problem(self, text: str) -> None:
        """Note something wrong; the text begins with the key below the model."""
        self._problems.append(text)

    def finish(self, where: str) -> None:
        """Raise AdapterError with every problem, if there is any."""
        if self._problems:
            raise AdapterError(where, self._problems)

    def text(self, source: str, key: str, known: Known) -> Literal | TextTemplate:
        """Compile a template that gives text."""
        if not _is_template(source) or not self._sound(source, key, known):
            return Literal(source)
        from shadow.adapters.sandbox import compile_text

        return TextTemplate(key, compile_text(source), self._limit)

    def document(self, document: Any, key: str, known: Known) -> Template:
        """Compile a JSON document whose strings are templates.

        A string that is one `{{ expression }}` gives the expression's value in its own JSON type.
        """
        if isinstance(document, str):
            return self._string(document, key, known)
        if isinstance(document, dict):
            members = ((name, self.document(it, f"{key}.{name}", known)) for name, it in document.items())
            return ObjectTemplate(tuple(members))
        if isinstance(document, list | tuple):
            elements = (self.document(it, f"{key}[{at}]", known) for at, it in enumerate(document))
            return ArrayTemplate(tuple(elements))
        return Literal(document)

    def _string(self, source: str, key: str, known: Known) -> Template:
        if not _is_template(source) or not self._sound(source, key, known):
            return Literal(source)
        from shadow.adapters.sandbox import compile_value, only_expression

        expression = only_expression(source)
        if expression is None:
            return self.text(source, key, known)
        return ValueTemplate(key, compile_value(expression))

    def _sound(self, source: str, key: str, known: Known) -> bool:
        from shadow.adapters.sandbox import problems

        found = list(problems(source, known))
        for text in found:
            self.problem(f"{key}, {text}")
        return not found


def _is_template(source: str) -> bool:
    return any(mark in source for mark in _MARKS)
