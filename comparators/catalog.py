"""The comparators that ship, by their short names, and how one is built from a config file's entry.

A comparator's module is imported when it is named, and not before. Loads no code but this package's own: whoever
may import a user's module passes a loader.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from comparators.divergence import NotComparable
from comparators.json_rule import Rule
from comparators.options import OptionsError, build_from, suggest
from comparators.panel import Entry, Panel
from comparators.weighing import read_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Final

    from comparators.answer import Answer
    from comparators.divergence import Comparator, Divergence

    Load = Callable[[str], Any]
    Maker = Callable[..., Comparator]
    Spec = Mapping[str, Any]


Built = TypeVar("Built")


class Makers(Mapping[str, "Maker"]):
    """Comparators' classes by their short names, each given as `module:Class` and imported when asked for."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Maker:
        module, _, maker = self._places[name].partition(":")
        found: Maker = getattr(import_module(f"comparators.{module}"), maker)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places


BUILT_IN: Final[Mapping[str, Maker]] = Makers(
    {
        "code": "code:Code",
        "datetime": "date_time:DateTime",
        "distribution": "distribution:Distribution",
        "exact": "exact:Exact",
        "html": "markup:Html",
        "json": "json_tree:Json",
        "label": "label:Label",
        "number": "number:Number",
        "ranking": "ranking:Ranking",
        "schema": "schema:Schema",
        "sql": "sql:Sql",
        "status": "status:Status",
        "text": "text:Text",
        "vectors": "vectors:Vectors",
        "xml": "markup:Xml",
    }
)

_OF_RULE = ("tolerance", "weight", "severity")
_OF_ENTRY = ("label", *_OF_RULE)


def build(spec: Spec, *, load: Load | None = None) -> Comparator:
    """Build a comparator from `{"use": name, **options}`.

    `name` is a built-in's short name, or `package.module:Name`, which `load` resolves to a class or factory.
    A maker's `nests` names the options whose values map patterns to such entries themselves, as json's `at`
    does; these may hold `tolerance`, `weight` and `severity`, too, and do without `use`.

    Raises OptionsError, a ValueError that lists all problems; what `load` raises passes through, unless it is an
    ImportError, AttributeError or ValueError.
    """
    name = spec.get("use")
    options = {option: value for option, value in spec.items() if option != "use"}
    maker = _maker(name, load)
    problems: list[str] = []
    for option in getattr(maker, "nests", ()):
        if option in options:
            options[option], found = _rules(options[option], str(name), option, load)
            problems += found
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
    """Build a panel's entry: a comparator's entry with `label`, `tolerance`, `weight` and `severity` besides.

    Raises OptionsError, which lists all problems.
    """
    own = {key: spec[key] for key in _OF_ENTRY if key in spec}
    return _weighed(Entry, spec, {"label": ""} | own, load)


def _weighed(cls: Callable[..., Built], spec: Spec, own: Mapping[str, Any], load: Load | None) -> Built:
    """Build a comparator, and what holds it: an entry or a rule, whose keys stand beside the comparator's."""
    problems: list[str] = []
    comparator: Comparator = _nothing  # stands in while the rest is checked
    try:
        comparator = build({key: value for key, value in spec.items() if key not in _OF_ENTRY}, load=load)
    except OptionsError as exc:
        problems += exc.problems
    try:
        built = build_from(cls, {"comparator": comparator, **own}, name=str(spec.get("use", "entry")))
    except OptionsError as exc:
        raise OptionsError([*problems, *exc.problems]) from exc
    if problems:
        raise OptionsError(problems)
    return built


def _nothing(_legacy: Answer, _model: Answer, /) -> Divergence:
    raise NotComparable("no comparator")


def build_panel(specs: Iterable[Spec], *, tolerance: float = 1.0, load: Load | None = None) -> Panel:
    """Build a panel from a route's `compare` list; raises OptionsError, which lists all entries' problems."""
    entries, problems = [], []
    for position, spec in enumerate(specs):
        try:
            entries.append(build_entry(spec, load=load))
        except OptionsError as exc:
            problems += [f"[{position}] {problem}" for problem in exc.problems]
    if problems:
        raise OptionsError(problems)
    return Panel(entries, tolerance=tolerance)


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


def _rules(specs: object, name: str, option: str, load: Load | None) -> tuple[dict[str, Rule], list[str]]:
    if not isinstance(specs, Mapping):
        return {}, [f"{name}: {option!r} must map patterns to comparators"]
    built: dict[str, Rule] = {}
    problems = []
    for pattern, spec in specs.items():
        try:
            built[str(pattern)] = _rule(spec, load)
        except OptionsError as exc:
            problems += [f"{name}: {option} {pattern}: {problem}" for problem in exc.problems]
    return built, problems


def _rule(spec: object, load: Load | None) -> Rule:
    if not isinstance(spec, Mapping) or not spec:
        raise OptionsError(["expected an entry such as {use: number} or {severity: info}"])
    own = {key: read_share(spec[key]) if key == "tolerance" else spec[key] for key in _OF_RULE if key in spec}
    if own.keys() == spec.keys():
        return build_from(Rule, own, name="rule")
    if "label" in spec:
        raise OptionsError(["'label' names an entry of the panel, not a rule"])
    return _weighed(Rule, spec, own, load)
