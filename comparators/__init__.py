"""Measures how far two answers lie apart. Pure: usable in a notebook, without the router."""

from comparators.answer import Answer, Reply, Token
from comparators.catalog import BUILT_IN, build, build_entry, build_panel
from comparators.divergence import Comparator, Difference, Divergence, NotComparable, Verdict
from comparators.exact import Exact
from comparators.json_tree import Json
from comparators.number import Number
from comparators.options import OptionsError
from comparators.panel import Entry, Judgement, Panel, Score
from comparators.text import Text

__all__ = [
    "BUILT_IN",
    "Answer",
    "Comparator",
    "Difference",
    "Divergence",
    "Entry",
    "Exact",
    "Json",
    "Judgement",
    "NotComparable",
    "Number",
    "OptionsError",
    "Panel",
    "Reply",
    "Score",
    "Text",
    "Token",
    "Verdict",
    "build",
    "build_entry",
    "build_panel",
]
