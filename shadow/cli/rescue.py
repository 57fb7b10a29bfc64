"""Finds the store in a configuration that cannot be used: a kill must not wait until the file is right again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.config.environment import substitute
from shadow.config.load import load
from shadow.config.model import SQLITE, Config
from shadow.config.yaml12 import parse
from shadow.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def store_and_routes(path: Path, environ: Mapping[str, str]) -> tuple[str, list[str], str]:
    """Give the store's URL, the routes' names, and why the file cannot be used ('' when it can).

    Raises ConfigError when not even the store can be found in it.
    """
    try:
        config = load(path, environ=environ)
    except ConfigError as exc:
        return (*_found(path, environ, exc), str(exc))
    return config.store, list(config.routes), ""


def _found(path: Path, environ: Mapping[str, str], why: ConfigError) -> tuple[str, list[str]]:
    try:
        value, _ = substitute(parse(path.read_text(encoding="utf-8-sig")), environ)
    except (ConfigError, OSError, UnicodeDecodeError):
        raise why from None
    store, routes = value.get("store", Config.model_fields["store"].default), value.get("routes")
    if not isinstance(store, str):
        raise why
    if store.startswith(SQLITE):
        store = SQLITE + str(path.absolute().parent / store.removeprefix(SQLITE))
    return store, list(map(str, routes)) if isinstance(routes, dict) else []
