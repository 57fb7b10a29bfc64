"""Notices that the configuration file has changed, and takes the new one whole or keeps the old one.

No thread and no clock: the caller polls. A poll that finds nothing new costs one `stat` per file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from shadow.config.load import attempt
from shadow.config.problems import Problem, refusal
from shadow.config.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from shadow.config.load import Attempt
    from shadow.config.model import Config

log = structlog.get_logger()

_Mark = tuple[int, int, int] | None

FIXED = ("listen", "admin", "store", "record", "legacy")
"""What a running process was built around; a change there needs a restart."""

_WORDS = {("legacy", "version")}
"""Keys of them that nothing was built around."""


_RESTART = "cannot change while running; restart to apply it"


class Watcher:
    """Watches one configuration file and the schema files it names.

    `refused` is why the file as it stands is not in force, or None; `accepted` and `refusals` count.
    With `config`, the one already in force, the first poll reports only what differs from it.
    """

    def __init__(self, path: Path, environ: Mapping[str, str], config: Config | None = None) -> None:
        self.refused: str | None = None
        self.accepted = 0
        self.refusals = 0
        self._path = path
        self._environ = environ
        self._config = config
        self._marks: dict[Path, _Mark] | None = None

    def poll(self) -> Config | None:
        """Give the new configuration when the files have changed, are valid and say something new."""
        watched = [self._path] if self._marks is None else list(self._marks)
        if self._marks is not None and _marks(watched) == self._marks:
            return None
        # Marks are taken before the files are read: what changes meanwhile shows at the next poll.
        before = _marks(watched)
        found = attempt(self._path, self._environ)
        self._marks = before | _marks(set(found.files) - set(before))
        self.refused = self._refusal(found)
        if self.refused is not None:
            self.refusals += 1
            log.warning("shadow.config_refused", why=self.refused)
            return None
        if found.config == self._config:
            return None
        self._config = found.config
        self.accepted += 1
        return found.config

    def _refusal(self, found: Attempt) -> str | None:
        """Say why what was read must not replace the configuration in force; None when it may."""
        if found.config is None:
            return found.message
        fixed = list(_fixed(self._config, found.config)) if self._config is not None else []
        return str(refusal(str(self._path), fixed, found.lines)) if fixed else None


def _marks(paths: Iterable[Path]) -> dict[Path, _Mark]:
    return {path: _mark(path) for path in paths}


def _mark(path: Path) -> _Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _fixed(old: Config, new: Config) -> Iterator[Problem]:
    """Give a problem for each key that differs but cannot change while running; values are not told."""
    for name in FIXED:
        before, after = getattr(old, name), getattr(new, name)
        if isinstance(after, Section):
            keys = [key for key in type(after).model_fields if getattr(before, key) != getattr(after, key)]
            yield from (Problem((name, key), _RESTART) for key in keys if (name, key) not in _WORDS)
        elif before != after:
            yield Problem((name,), _RESTART)
