"""Measures how far two answers lie apart. Pure: usable in a notebook, without the router.

What is named here is imported when it is first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comparators.answer import Answer, Reply, Token
    from comparators.catalog import BUILT_IN, build, build_entry, build_panel
    from comparators.code import Code
    from comparators.date_time import DateTime
    from comparators.distribution import Distribution
    from comparators.divergence import (
        Comparator,
        Difference,
        Divergence,
        NotComparable,
        Obstacle,
        Severity,
        Verdict,
    )
    from comparators.exact import Exact
    from comparators.json_rule import Rule
    from comparators.json_tree import Json
    from comparators.label import Label
    from comparators.markup import Html, Xml
    from comparators.number import Number
    from comparators.options import OptionsError
    from comparators.panel import Entry, Judgement, Panel, Score
    from comparators.ranking import Ranking
    from comparators.schema import Schema
    from comparators.sql import Sql
    from comparators.status import Status
    from comparators.text import Text
    from comparators.vectors import Vectors

__all__ = [
    "BUILT_IN",
    "Answer",
    "Code",
    "Comparator",
    "DateTime",
    "Difference",
    "Distribution",
    "Divergence",
    "Entry",
    "Exact",
    "Html",
    "Json",
    "Judgement",
    "Label",
    "NotComparable",
    "Number",
    "Obstacle",
    "OptionsError",
    "Panel",
    "Ranking",
    "Reply",
    "Rule",
    "Schema",
    "Score",
    "Severity",
    "Sql",
    "Status",
    "Text",
    "Token",
    "Vectors",
    "Verdict",
    "Xml",
    "build",
    "build_entry",
    "build_panel",
]

_HOMES = {
    "answer": ("Answer", "Reply", "Token"),
    "catalog": ("BUILT_IN", "build", "build_entry", "build_panel"),
    "divergence": (
        "Comparator",
        "Difference",
        "Divergence",
        "NotComparable",
        "Obstacle",
        "Severity",
        "Verdict",
    ),
    "code": ("Code",),
    "date_time": ("DateTime",),
    "distribution": ("Distribution",),
    "label": ("Label",),
    "markup": ("Html", "Xml"),
    "ranking": ("Ranking",),
    "schema": ("Schema",),
    "sql": ("Sql",),
    "status": ("Status",),
    "vectors": ("Vectors",),
    "exact": ("Exact",),
    "json_rule": ("Rule",),
    "json_tree": ("Json",),
    "number": ("Number",),
    "options": ("OptionsError",),
    "panel": ("Entry", "Judgement", "Panel", "Score"),
    "text": ("Text",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import what is asked for from its module, and keep it."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Give the public names."""
    return sorted(__all__)
