"""The demo's work folder: where everything of a run lies, and what a new run clears away."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from shadow.demo import data
from shadow.demo.options import DemoError

if TYPE_CHECKING:
    from pathlib import Path

    from shadow.demo.options import DemoOptions, Ports

_TEMPLATES = {"replay": "demo.yaml", "smollm2": "smollm2.yaml"}
_SCHEMAS = ("intent.schema.json", "address.schema.json")
_OWN = {"shadow.yaml", "shadow.db", "shadow.db-wal", "shadow.db-shm", "report.html", "logs", *_SCHEMAS}
_SLOT = {"proxy": "<port>", "admin": "<admin_port>", "legacy": "<legacy_port>", "model": "<model_port>"}


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of one run."""

    path: Path

    @property
    def config(self) -> Path:
        """The configuration the router runs on."""
        return self.path / "shadow.yaml"

    @property
    def store(self) -> Path:
        """The SQLite file the router records in."""
        return self.path / "shadow.db"

    @property
    def report(self) -> Path:
        """The report as a page."""
        return self.path / "report.html"

    def log(self, name: str) -> Path:
        """Give the file that takes what a process says."""
        return self.path / "logs" / f"{name}.log"


def prepare(options: DemoOptions, ports: Ports) -> Folder:
    """Make the folder new: clear what an earlier run left, write the configuration and its schemas.

    DemoError when the folder holds files that no demo wrote, or cannot be written.
    """
    folder = Folder(options.folder)
    try:
        _clear(options.folder)
        (options.folder / "logs").mkdir(parents=True)
        for schema in _SCHEMAS:
            (options.folder / schema).write_text(data.text_of(schema))
        folder.config.write_text(_filled(data.text_of(_TEMPLATES[options.model]), ports))
    except OSError as exc:
        raise DemoError(f"--dir: cannot write in {options.folder} ({exc.strerror or exc})", code=2) from exc
    return folder


def _clear(path: Path) -> None:
    if not path.exists():
        return
    foreign = sorted(entry.name for entry in path.iterdir() if entry.name not in _OWN)
    if foreign:
        raise DemoError(
            f"--dir: {path} holds files that are not the demo's: {', '.join(foreign[:3])}; choose another",
            code=2,
        )
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _filled(template: str, ports: Ports) -> str:
    for name, port in asdict(ports).items():
        template = template.replace(_SLOT[name], str(port))
    return template
