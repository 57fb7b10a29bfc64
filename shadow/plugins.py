"""Turns the name of a user's class into the class. Nothing is loaded that the configuration does not name."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from shadow.errors import ShadowError


class PluginError(ShadowError):
    """A named plugin cannot be loaded; what its own code said is not repeated, as it may hold a secret."""


def load(name: str, *, group: str | None = None) -> Any:
    """Give the object named `package.module:Name`, or by a short name of an entry point in `group`.

    Groups are `shadow.comparators`, `shadow.estimators` and `shadow.adapters`; an installed package is not
    even looked at until a configuration names it. Raises PluginError.
    """
    if ":" in name:
        return _load(name, *name.split(":", 1))
    found = list(entry_points(group=group, name=name)) if group is not None else []
    if not found:
        raise PluginError(f'no plugin is named "{name}"; write package.module:Name')
    if len(found) > 1:
        raise PluginError(f'more than one installed package names "{name}"; write package.module:Name')
    return _load(name, found[0].module, found[0].attr)


def _load(name: str, module_name: str, path: str) -> Any:
    parts = path.split(".")
    if not all(part.isidentifier() for part in [*module_name.split("."), *parts]):
        raise PluginError(f'"{name}" is no plugin\'s name; it is written package.module:Name')
    module = _imported(name, module_name)
    found: Any = module
    for part in parts:
        try:
            found = getattr(found, part)
        except AttributeError:
            raise PluginError(f'{name}: the module {module_name} has no "{path}"') from None
    return found


def _imported(name: str, module_name: str) -> Any:
    try:
        return import_module(module_name)
    except ModuleNotFoundError as exc:
        if exc.name is not None and (module_name == exc.name or module_name.startswith(f"{exc.name}.")):
            raise PluginError(f"{name}: there is no module {exc.name} on Python's path") from None
        raise PluginError(f"{name}: {module_name} needs the module {exc.name}, which is missing") from None
    except Exception as exc:  # noqa: BLE001 - a stranger's module may raise anything while it is imported
        raise PluginError(f"{name}: importing {module_name} raised {type(exc).__name__}") from None
