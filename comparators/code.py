"""Code: whether two programs are the same but for comments and white space. Every text costs one pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, get_args

from comparators.parsed import Parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comparators.answer import Answer
    from comparators.divergence import Divergence

Language = Literal[
    "python",
    "yaml",
    "toml",
    "shell",
    "ruby",
    "javascript",
    "typescript",
    "php",
    "java",
    "kotlin",
    "scala",
    "c",
    "cpp",
    "csharp",
    "go",
    "rust",
    "swift",
    "css",
    "lua",
]

# Possessive, so that what is not closed is not gone over again.
_COMMENTS: Final = {
    "#": r"#[^\n]*+",
    "//": r"//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?",
    "/*": r"/\*(?:[^*]|\*(?!/))*+(?:\*/)?",
    "--": r"--\[\[(?:[^\]]|\](?!\]))*+(?:\]\])?|--[^\n]*+",
    "//#": r"//[^\n]*+|#(?!\[)[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?",
}
_HASH = frozenset({"python", "yaml", "toml", "shell", "ruby"})
_OTHERS: Final = {"css": "/*", "lua": "--", "php": "//#"}
_STRINGS: Final = (
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?',
    r"'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?",
    r'"(?:[^"\\\n]|\\.)*+"?',
)
_SINGLE = r"'(?:[^'\\\n]|\\.)*+'?"
_CHARACTER = r"'(?:[^'\\\n]|\\[^\n']{1,10}|\\')'"  # where a single ' is something else
_BACKTICK = r"`(?:[^`\\]|\\.)*+`?"
_MULTILINE = frozenset({"javascript", "typescript", "go"})  # what stands in backticks
_INDENTED = frozenset({"python", "yaml"})
_QUOTES_ALIKE = frozenset({"python", "yaml", "toml", "javascript", "typescript"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class Code:
    """The share of tokens – names, numbers, strings, signs – that differ between two programs of one language.

    Comments and white space do not count, but for the lines and their depth in Python and YAML; in these and in
    JavaScript, TypeScript and TOML "a" is 'a'. Nothing is run, and nothing has to be right. Texts longer than
    `limit` characters are not comparable.
    """

    name = "code"

    def __init__(self, pointer: str = "", *, language: Language = "python", limit: int = 100_000) -> None:
        if language not in get_args(Language):
            raise ValueError(f"language must be one of {', '.join(get_args(Language))}, not {language!r}")
        self.pointer = pointer
        self._tokens = _pattern(language)
        self._indented, self._quotes_alike = language in _INDENTED, language in _QUOTES_ALIKE
        self._parsed = Parsed(pointer, limit, lambda text: list(self._parts(text)))

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        return self._parsed.compare(legacy, model)

    def _parts(self, text: str) -> Iterator[str]:
        lines = _Lines()
        for token in self._tokens.finditer(text):
            kind, value = token.lastgroup, token[0]
            if kind == "blank":
                lines.pass_over(value)
            elif kind != "comment":
                if self._indented and lines.begin:
                    yield lines.level()
                lines.enter(value)
                yield _quoted(value) if self._quotes_alike and kind == "string" else value


class _Lines:
    """Where the lines of a program begin, and how deep they are; brackets make none."""

    def __init__(self) -> None:
        self.begin = True
        self._blank = ""
        self._brackets = 0
        self._levels = [0]

    def pass_over(self, blank: str) -> None:
        """Take note of white space."""
        _, newline, rest = blank.rpartition("\n")
        if not newline:
            self._blank = blank
        elif blank[0] != "\\":  # a line that goes on
            self.begin = self.begin or not self._brackets
            self._blank = rest

    def level(self) -> str:
        """Give the sign of a line's beginning: how many levels deep it stands."""
        depth = len(self._blank.expandtabs())
        while depth < self._levels[-1]:
            self._levels.pop()
        if depth > self._levels[-1]:
            self._levels.append(depth)
        return f"line {len(self._levels)}"

    def enter(self, value: str) -> None:
        """Take note of a token; within brackets lines have no depth."""
        self._blank, self.begin = "", False
        self._brackets = max(self._brackets + (value in _OPENING) - (value in _CLOSING), 0)


def _pattern(language: str) -> re.Pattern[str]:
    single = _CHARACTER if language == "rust" else _SINGLE
    strings = "|".join((*_STRINGS, single, *([_BACKTICK] if language in _MULTILINE else [])))
    comment = _COMMENTS["#" if language in _HASH else _OTHERS.get(language, "//")]
    return re.compile(
        rf"(?P<blank>\\\r?\n\s*+|\s++)|(?P<comment>{comment})|(?P<string>{strings})"
        r"|(?P<word>\d[\w.]*+|\w++)|(?P<sign>.)",
        re.DOTALL,
    )


def _quoted(value: str) -> str:
    """Write 'a' as "a", where that is all there is to it."""
    inner = value[1:-1]
    return f'"{inner}"' if value[0] == "'" and not any(sign in inner for sign in "'\"\\") else value
