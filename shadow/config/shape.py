"""Makes a Config of a plain document, or tells everything about it that has the wrong shape."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from shadow.config.model import Config
from shadow.config.problems import Path, Problem, under
from shadow.config.translate import place_of, problems_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shadow.config.environment import Environment

_ROUNDS = 8
"""Taking out what is wrong may leave a mapping incomplete, which is then taken out, and so on upwards."""


def shaped(
    document: dict[str, Any], environment: Environment, known: Sequence[Path]
) -> tuple[Config | None, list[Problem], list[Path]]:
    """Validate a document; give the configuration, its problems, and the paths left out of it.

    Where something is wrong the configuration is made of the rest, if that can stand alone, so that the
    rest can be checked too. Nothing more is told about the `known` paths: each has its problem already.
    """
    rest = deepcopy(document)
    left_out = list(known)
    config, error = _validated(rest)
    if error is not None and _reread(rest, error, environment):
        config, error = _validated(rest)
    problems = problems_of(error, rest, environment) if error else []
    problems = [problem for problem in problems if not under(problem.path, known)]
    if config is not None and not left_out:
        return config, [], []
    left_out += [problem.path for problem in problems]
    return _of_the_rest(rest, left_out, environment), problems, left_out


def _of_the_rest(rest: dict[str, Any], left_out: list[Path], environment: Environment) -> Config | None:
    """Make a configuration without what is wrong; `left_out` grows by what had to go with it."""
    wrong = list(left_out)
    for _ in range(_ROUNDS):
        gone = [_take_out(rest, path) for path in wrong]
        if () in gone:
            return None
        left_out += gone
        config, error = _validated(rest)
        if error is None:
            return config
        wrong = [problem.path for problem in problems_of(error, rest, environment)]
    return None


def _validated(document: dict[str, Any]) -> tuple[Config | None, ValidationError | None]:
    try:
        return Config.model_validate(document), None
    except ValidationError as exc:
        return None, exc


def _reread(document: dict[str, Any], error: ValidationError, environment: Environment) -> bool:
    """Take a scalar that is one ${NAME} in its other reading where the first does not fit its field."""
    reread = False
    for details in error.errors(include_url=False):
        place = place_of(details, document)
        misfit = details["type"].endswith("_type") or details["type"] == "value_error"
        if misfit and place in environment.whole:
            at(document, place[:-1])[place[-1]] = environment.whole[place]
            reread = True
    return reread


def at(document: Any, path: Path) -> Any:
    """Give what stands at a path of a document."""
    for step in path:
        document = document[step]
    return document


def _take_out(document: dict[str, Any], path: Path) -> Path:
    """Delete what stands at a path, or the nearest thing around it; a list whole, to keep positions true."""
    while path:
        try:
            around = at(document, path[:-1])
            if isinstance(around, dict):
                del around[path[-1]]
                return path
        except (LookupError, TypeError):
            pass
        path = path[:-1]
    return ()
