"""The Jinja2 environment of all templates: no files, no Python, no chance, no HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_GLOBALS = ("range", "dict", "namespace")
_UNFIT_FILTERS = ("random", "urlize", "xmlattr", "forceescape", "escape", "e", "safe", "pprint")


class _Sandbox(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        """Let a member of a JSON object win over a method of its Python type: `reply.items` is data."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def to_json(value: Any, indent: int | None = None) -> str:
    """Write a value as JSON, with no HTML escapes; `indent` spreads it over lines."""
    if isinstance(value, Undefined):
        return str(value)  # raises, and says which name is missing
    encoded = msgspec.json.encode(value)
    return (encoded if indent is None else msgspec.json.format(encoded, indent=indent)).decode()


def _as_text(value: Any) -> Any:
    """Put what is no text or number into a text as JSON, never as Python would show it."""
    return to_json(value) if value is None or isinstance(value, bool | dict | list | tuple) else value


def _environment() -> _Sandbox:
    sandbox = _Sandbox(
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        finalize=_as_text,
        loader=None,
    )
    sandbox.globals = {name: sandbox.globals[name] for name in _GLOBALS}
    for name in _UNFIT_FILTERS:
        del sandbox.filters[name]
    sandbox.filters["tojson"] = to_json
    return sandbox


_SANDBOX = _environment()


def compile_text(source: str) -> Callable[[Mapping[str, Any]], Iterable[str]]:
    """Compile a template that gives text, piece by piece; TemplateSyntaxError when it is none."""
    return _SANDBOX.from_string(source).generate


def compile_value(expression: str) -> Callable[[Mapping[str, Any]], Any]:
    """Compile one expression that gives a value of its own type; TemplateSyntaxError when it is none."""
    evaluate = _SANDBOX.compile_expression(expression, undefined_to_none=False)

    def value(names: Mapping[str, Any]) -> Any:
        found = evaluate(names)
        return str(found) if isinstance(found, Undefined) else found  # raises, and says what is missing

    return value


def only_expression(source: str) -> str | None:
    """Give the expression of a template that is one `{{ expression }}` and nothing else, else None."""
    tokens = list(_SANDBOX.lex(source.strip()))
    kinds = [kind for _, kind, _ in tokens]
    if len(kinds) < 3 or kinds[0] != "variable_begin" or kinds.index("variable_end") != len(kinds) - 1:
        return None
    return "".join(text for _, _, text in tokens[1:-1])


def problems(source: str, known: Mapping[str, frozenset[str] | None]) -> Iterator[str]:
    """Tell what in a template can never work, each with its line.

    `known` maps each name a template sees to the attributes it can have, or to None where any is possible.
    """
    try:
        tree = _SANDBOX.parse(source)
        found = list(_unknown_parts(tree))
        if not found:
            found = [*_unknown_names(tree, known), *_unknown_attributes(tree, known)]
        if not found:
            _SANDBOX.compile(source)
    except TemplateSyntaxError as exc:
        found = [(exc.lineno, exc.message or "is no template")]
    for line, text in sorted(found):
        yield f"template line {line}: {text}"


Finding = tuple[int, str]


def _unknown_names(tree: nodes.Template, known: Mapping[str, Any]) -> Iterator[Finding]:
    unknown = meta.find_undeclared_variables(tree) - known.keys() - _SANDBOX.globals.keys()
    seen = " and ".join(sorted(known))
    for name in unknown:
        line = min(node.lineno for node in tree.find_all(nodes.Name) if node.name == name)
        yield line, f'"{name}" is unknown; a template here sees {seen}'


def _unknown_parts(tree: nodes.Template) -> Iterator[Finding]:
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        yield node.lineno, "a template stands alone: no include, import or extends"
    for use in tree.find_all((nodes.Filter, nodes.Test)):
        there: Mapping[str, Any] = _SANDBOX.filters if isinstance(use, nodes.Filter) else _SANDBOX.tests
        if use.name not in there:
            yield use.lineno, f'there is no {type(use).__name__.lower()} "{use.name}"'


def _unknown_attributes(
    tree: nodes.Template, known: Mapping[str, frozenset[str] | None]
) -> Iterator[Finding]:
    for node in tree.find_all(nodes.Getattr):
        owner = node.node.name if isinstance(node.node, nodes.Name) else ""
        possible = known.get(owner)
        if possible is not None and node.attr not in possible:
            yield node.lineno, f'{owner} has no "{node.attr}"; it has {", ".join(sorted(possible))}'
