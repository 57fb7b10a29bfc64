"""What can be asked of the demo, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shadow.errors import ShadowError


class DemoError(ShadowError):
    """The demo cannot go on; `code` is the exit code: 1 something failed, 2 it was used wrongly."""

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Ports:
    """The four loopback ports of the demo; 0 takes a free one."""

    proxy: int = 8080
    admin: int = 8081
    legacy: int = 9001
    model: int = 9002


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What `shadow demo` was asked for.

    `folder` takes the configuration, the store, the logs and the report. `model` is `replay` (recorded
    answers, two routes) or `smollm2` (a real LLM, addresses only, never served). `keep` leaves everything
    running at the end; `quick` sends few requests.
    """

    folder: Path = Path("shadow-demo")
    ports: Ports = Ports()
    model: Literal["replay", "smollm2"] = "replay"
    keep: bool = False
    quick: bool = False
