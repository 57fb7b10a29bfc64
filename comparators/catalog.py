"""The comparators that ship, by their short names, and how one is built from a config file's entry.

Loads no code itself: whoever may import a user's module passes a loader.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from comparators.code import Code
from comparators.exact import Exact
from comparators.json_tree import Json
from comparators.markup import Html, Xml
from comparators.number import Number
from comparators.options import OptionsError, build_from, suggest
from comparators.panel import Entry, Panel
from comparators.sql import Sql
from comparators.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Final

    from comparators.divergence import Comparator

    Load = Callable[[str], Any]
    Spec = Mapping[str, Any]

BUILT_IN: Final[Mapping[str, Callable[..., Comparator]]] = {
    "code": Code,
    "exact": Exact,
    "html": Html,
    "json": Json,
    "number": Number,
    "sql": Sql,
    "text": Text,
    "xml": Xml,
}

_OF_ENTRY = ("label", "tolerance", "weight")


def build(spec: Spec, *, load: Load | None = None) -> Comparator:
    """Build a comparator from `{"use": name, **options}`.

    `name` is a built-in's short name, or `package.module:Name`, which `load` resolves to a class or factory.
    The values of json's `at` are such entries themselves. Raises OptionsError, a ValueError that lists all
    problems; what `load` raises passes through, unless it is an ImportError, AttributeError or ValueError.
    """
    name = spec.get("use")
    options = {option: value for option, value in spec.items() if option != "use"}
    maker = _maker(name, load)
    problems: list[str] = []
    if maker is Json and "at" in options:
        options["at"], problems = _nested(options["at"], load)
    try:
        built = build_from(maker, options, name=str(name))
    except OptionsError as exc:
        raise OptionsError([*problems, *exc.problems]) from exc
    if problems:
        raise OptionsError(problems)
    if not callable(built):
        raise OptionsError([f"{name}: what it builds cannot be called, so it is no comparator"])
    return built


def build_entry(spec: Spec, *, load: Load | None = None) -> Entry:
    """Build a panel's entry: a comparator's entry with `label`, `tolerance` and `weight` besides.

    Raises OptionsError, which lists all problems.
    """
    problems: list[str] = []
    comparator: Comparator = Exact()  # stands in while the rest is checked
    try:
        comparator = build({key: value for key, value in spec.items() if key not in _OF_ENTRY}, load=load)
    except OptionsError as exc:
        problems += exc.problems
    own = {key: spec[key] for key in _OF_ENTRY if key in spec}
    try:
        entry = build_from(
            Entry, {"label": "", "comparator": comparator, **own}, name=str(spec.get("use", "entry"))
        )
    except OptionsError as exc:
        raise OptionsError([*problems, *exc.problems]) from exc
    if problems:
        raise OptionsError(problems)
    return entry


def build_panel(specs: Iterable[Spec], *, load: Load | None = None) -> Panel:
    """Build a panel from a route's `compare` list; raises OptionsError, which lists all entries' problems."""
    entries, problems = [], []
    for position, spec in enumerate(specs):
        try:
            entries.append(build_entry(spec, load=load))
        except OptionsError as exc:
            problems += [f"[{position}] {problem}" for problem in exc.problems]
    if problems:
        raise OptionsError(problems)
    return Panel(entries)


def _maker(name: object, load: Load | None) -> Callable[..., Comparator]:
    if not isinstance(name, str):
        raise OptionsError([f"'use' must name a comparator{suggest(name or '', BUILT_IN)}"])
    if name in BUILT_IN:
        return BUILT_IN[name]
    if ":" not in name:
        raise OptionsError([f"unknown comparator {name!r}{suggest(name, BUILT_IN)}, or package.module:Name"])
    if load is None:
        raise OptionsError([f"{name}: only built-in comparators can be named here"])
    try:
        maker = load(name)
    except (ImportError, AttributeError, ValueError) as exc:
        raise OptionsError([f"{name}: {exc}"]) from exc
    if not callable(maker):
        raise OptionsError([f"{name} is a {type(maker).__name__}, not a class or factory"])
    return maker  # type: ignore[no-any-return]  # what it builds is checked when built


def _nested(specs: object, load: Load | None) -> tuple[dict[str, Comparator], list[str]]:
    if not isinstance(specs, Mapping):
        return {}, ["json: 'at' must map JSON Pointers to comparators"]
    built: dict[str, Comparator] = {}
    problems = []
    for pointer, spec in specs.items():
        if not isinstance(spec, Mapping):
            problems.append(f"json: at {pointer}: expected an entry such as {{use: number}}")
            continue
        try:
            built[str(pointer)] = build(spec, load=load)
        except OptionsError as exc:
            problems += [f"json: at {pointer}: {problem}" for problem in exc.problems]
    return built, problems
