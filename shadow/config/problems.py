"""What is wrong with a configuration, where, and how it is told. Knows nothing of pydantic or YAML."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shadow.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Path = tuple[str | int, ...]
"""Where something stands in the document: mapping keys and list positions, outermost first."""

_PLAIN = re.compile(r"[\w*/-]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at a path; `text` never quotes a value that came from the environment."""

    path: Path
    text: str


def dotted(path: Path) -> str:
    """Write a path as people do: `routes.address.compare[0].tolerance`; "" for the whole document."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN.fullmatch(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f'["{step}"]')
    return "".join(parts)


def line_of(path: Path, lines: Mapping[Path, int]) -> int | None:
    """Give the source line of a path, or of the nearest thing around it that stands in the file."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def told(problem: Problem, lines: Mapping[Path, int]) -> str:
    """Write a problem as one line: path, source line when known, and what is wrong."""
    line = line_of(problem.path, lines)
    where = dotted(problem.path) + (f" (line {line})" if line is not None else "")
    text = " ".join(problem.text.split())
    return f"{where.strip()}: {text}" if where else text


def refusal(name: str, problems: Iterable[Problem], lines: Mapping[Path, int]) -> ConfigError:
    """Make the one error that lists every problem in the order of the file, one line each."""
    ordered = sorted(problems, key=lambda problem: line_of(problem.path, lines) or 0)
    listed = list(dict.fromkeys(told(problem, lines) for problem in ordered))
    count = "1 problem" if len(listed) == 1 else f"{len(listed)} problems"
    return ConfigError("\n".join([f"{name} cannot be used, {count}:", *(f"  {line}" for line in listed)]))


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Give `; did you mean "x"?` when a word is nearly an allowed one, else ""."""
    near = difflib.get_close_matches(word, sorted(allowed), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def one_of(words: Iterable[str]) -> str:
    """List what there is; "nothing" when there is nothing."""
    return ", ".join(words) or "nothing"


def under(path: Path, roots: Iterable[Path]) -> bool:
    """Tell whether a path is one of the roots or lies below one."""
    return any(path[: len(root)] == root for root in roots)
