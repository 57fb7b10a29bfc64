"""What every mapping of the configuration shares: frozen, no unknown keys, silent about the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, PrivateAttr

from shadow.config.urls import without_userinfo

if TYPE_CHECKING:
    from collections.abc import Iterator


class Section(BaseModel):
    """One mapping of the file. Attributes are the keys; a Python word carries a trailing underscore."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
    )
    _written: dict[str, str] = PrivateAttr(default_factory=dict)

    def note(self, name: str, written: str) -> None:
        """Note that a field holds something from the environment, and how the file writes it."""
        self._written[name] = written

    def from_environment(self, name: str) -> bool:
        """Tell whether a field holds something from the environment."""
        return name in self._written

    def shown(self, name: str) -> str:
        """Give a field as it may be told: ${NAME} as the file writes it, a URL without its userinfo."""
        if name in self._written:
            return self._written[name]
        return without_userinfo(str(getattr(self, name)), "***@")

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Keep values from the environment, and the userinfo of URLs, out of every repr."""
        for name, value in super().__repr_args__():
            if name is not None and (name in self._written or isinstance(value, str)):
                yield name, self.shown(name)
            else:
                yield name, value
