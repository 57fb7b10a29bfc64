"""Reads a configuration file: parse, take in the environment, validate, cross-check; all or nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from shadow.config.check import problems as found_in
from shadow.config.environment import substitute
from shadow.config.model import SQLITE, Config
from shadow.config.problems import Path as Place
from shadow.config.problems import Problem, refusal, under
from shadow.config.provenance import remember
from shadow.config.shape import shaped
from shadow.config.tls import FILES
from shadow.config.yaml12 import LARGEST, parse
from shadow.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from shadow.config.environment import Environment
    from shadow.config.section import Section

    S = TypeVar("S", bound=Section)


@dataclass(slots=True)
class Attempt:
    """What came of reading a file: a configuration or the message that refuses it, and every file read."""

    files: list[Path]
    config: Config | None = None
    message: str = ""
    lines: dict[Place, int] = field(default_factory=dict)


def load(path: Path, *, environ: Mapping[str, str]) -> Config:
    """Read a configuration file; ConfigError lists every problem in it.

    Paths in it – of schemas, certificates and the SQLite store – are relative to the file's own folder.
    """
    found = attempt(path, environ)
    if found.config is None:
        raise ConfigError(found.message)
    return found.config


def attempt(path: Path, environ: Mapping[str, str]) -> Attempt:
    """Read a configuration file, telling also which files it names, whether it is valid or not."""
    found = Attempt([path])
    try:
        document = parse(_text(path))
    except ConfigError as exc:
        found.message = f"{path} cannot be used: {exc}"
        return found
    found.lines = document.lines
    value, environment = substitute(document, environ)
    folder = path.absolute().parent
    missing = [
        *environment.problems,
        *_with_schemas(value, folder, found.files),
        *_with_fits(value, folder, found.files),
    ]
    config, problems = _checked(value, environment, missing, folder)
    problems = [*document.problems, *problems]
    if problems:
        masked = [environment.masked(problem) for problem in problems]
        found.message = str(refusal(str(path), masked, document.lines))
    else:
        found.config = config
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as exc:
        raise ConfigError(f"cannot read it: {exc.strerror}") from None
    if len(content) > LARGEST:
        raise ConfigError(f"larger than {LARGEST} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise ConfigError(f"line {line}: not UTF-8") from None


def _with_schemas(value: dict[str, Any], folder: Path, files: list[Path]) -> Iterator[Problem]:
    """Put the content of each JSON Schema file in the place of its path, and note the file."""
    for place, mapping in _schemas(value):
        key = str(place[-1])
        if not isinstance(mapping.get(key), str):
            continue
        file = folder / mapping[key]
        files.append(file)
        try:
            mapping[key] = found = _json(file)
            if not isinstance(found, dict | bool):
                raise ConfigError("not a JSON Schema: it must be a mapping")  # noqa: TRY301 - told as the others
        except ConfigError as exc:
            mapping[key] = None if key == "json_schema" else True
            yield Problem(place, f"{file.name}: {exc}")


def _schemas(value: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Give where a schema may stand, and the mapping that holds it."""
    for name, model in _named(value.get("models")):
        answer = model.get("answer")
        if isinstance(answer, dict):
            yield ("models", name, "answer", "json_schema"), answer
    for name, route in _named(value.get("routes")):
        yield from _compared(("routes", name), route)
        for key, confidence in _named({"confidence": route.get("confidence")}):
            for inline, section in _named({"inline": confidence.get("inline")}):
                yield from _compared(("routes", name, key, inline), section)


def _compared(place: Place, section: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    entries = section.get("compare")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict) and entry.get("use") == "schema":
            yield (*place, "compare", index, "schema"), entry


def _named(section: object) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, mapping in section.items() if isinstance(section, dict) else ():
        if isinstance(mapping, dict):
            yield name, mapping


def _with_fits(value: dict[str, Any], folder: Path, files: list[Path]) -> Iterator[Problem]:
    """Put the content of each stored fit, of an estimator `combined`, in the place of its path, and note the file."""
    routes = value.get("routes")
    waiting: list[tuple[Place, Any]] = [
        (("routes", name, "confidence"), route.get("confidence"))
        for name, route in (routes.items() if isinstance(routes, dict) else ())
        if isinstance(route, dict)
    ]
    while waiting:
        path, found = waiting.pop()
        if not isinstance(found, dict):
            continue
        options = found.get("options")
        if (
            found.get("use") == "combined"
            and isinstance(options, dict)
            and isinstance(options.get("fit"), str)
        ):
            file = folder / options["fit"]
            files.append(file)
            try:
                options["fit"] = _json(file)
            except ConfigError as exc:
                options["fit"] = None
                yield Problem((*path, "options", "fit"), f"{file.name}: {exc}")
        waiting += (((*path, key), below) for key, below in found.items())


def _json(file: Path) -> Any:
    try:
        return json.loads(_text(file))
    except (ValueError, RecursionError) as exc:
        where = f"line {exc.lineno}: " if isinstance(exc, json.JSONDecodeError) else ""
        raise ConfigError(f"{where}not JSON") from None


def _checked(
    value: dict[str, Any], environment: Environment, missing: list[Problem], folder: Path
) -> tuple[Config | None, list[Problem]]:
    """Validate a document and check what fits together; nothing is told twice about one place."""
    config, wrong, left_out = shaped(value, environment, [problem.path for problem in missing])
    problems = [*missing, *wrong]
    if config is None:
        return None, problems
    config = _placed(config, folder)
    remember(config, environment.written)
    problems += (problem for problem in found_in(config) if not _follows(problem.path, left_out))
    return config, problems


def _follows(path: Place, left_out: list[Place]) -> bool:
    """Tell whether a problem may only be there because something else, already told, was left out."""
    no_models = any(gone[:1] == ("models",) and len(gone) <= 2 for gone in left_out)
    return under(path, left_out) or (no_models and path[0] == "routes" and path[-1] == "model")


def _placed(config: Config, folder: Path) -> Config:
    """Make the paths of the store, of certificates and of models absolute, seen from the file's folder."""
    if config.store.startswith(SQLITE):
        store = SQLITE + str(folder / config.store.removeprefix(SQLITE))
        config = config.model_copy(update={"store": store})
    models = {name: _with_files(model, folder) for name, model in config.models.items()}
    judges = {name: _with_files(judge, folder) for name, judge in config.judges.items()}
    embeddings = {name: _with_files(each, folder) for name, each in config.embeddings.items()}
    listen, legacy = _with_files(config.listen, folder), _with_files(config.legacy, folder)
    placed = {
        "listen": listen,
        "legacy": legacy,
        "models": models,
        "judges": judges,
        "embeddings": embeddings,
    }
    return config.model_copy(update=placed)


def _with_files(section: S, folder: Path) -> S:
    """Make the paths of a section's PEM files, and of its folder, absolute."""
    named = {
        name: value for name in (*FILES, "folder") if (value := getattr(section, name, None)) is not None
    }
    return section.model_copy(update={name: str(folder / value) for name, value in named.items()})
