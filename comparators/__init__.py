"""Measures how far two answers lie apart. Pure: usable in a notebook, without the router."""

from comparators.answer import Answer, Reply, Token
from comparators.catalog import BUILT_IN, build, build_entry, build_panel
from comparators.code import Code
from comparators.divergence import Comparator, Difference, Divergence, NotComparable, Verdict
from comparators.exact import Exact
from comparators.json_tree import Json
from comparators.markup import Html, Xml
from comparators.number import Number
from comparators.options import OptionsError
from comparators.panel import Entry, Judgement, Panel, Score
from comparators.sql import Sql
from comparators.text import Text

__all__ = [
    "BUILT_IN",
    "Answer",
    "Code",
    "Comparator",
    "Difference",
    "Divergence",
    "Entry",
    "Exact",
    "Html",
    "Json",
    "Judgement",
    "NotComparable",
    "Number",
    "OptionsError",
    "Panel",
    "Reply",
    "Score",
    "Sql",
    "Text",
    "Token",
    "Verdict",
    "Xml",
    "build",
    "build_entry",
    "build_panel",
]
