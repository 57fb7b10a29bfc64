"""Imports libraries without what they look for and nothing here needs: half of what a process would take.

Whoever needs what was left out can import it afterwards, or has it without more ado.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Let what is imported meanwhile find none of these modules, but for those that are there already."""
    unwanted = [name for name in names if name not in sys.modules]
    for name in unwanted:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's own way to say that there is none
    try:
        yield
    finally:
        for name in unwanted:
            del sys.modules[name]


def in_parts(name: str) -> None:
    """Let each module of a package be imported alone; the package itself is, once something of its own is asked for.

    Does nothing where the package is there already, or where there is none.
    """
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return
    package = module_from_spec(spec)
    package.__class__ = _InParts
    version = _VERSION.search(Path(spec.origin).read_text(encoding="utf-8"))
    if version is not None:  # a part may ask for it
        vars(package)["__version__"] = version[1]
    sys.modules[name] = package


class _InParts(ModuleType):
    """A package of which nothing has run yet."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        part = f"{self.__name__}.{name}"
        if find_spec(part) is not None:
            return import_module(part)
        self.__class__ = ModuleType  # type: ignore[assignment]  # whole from here on
        assert self.__spec__ is not None
        assert self.__spec__.loader is not None
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)
