"""Status: how two answers' status codes, and chosen headers, differ. Never looks at a body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comparators.divergence import Difference, Divergence
from comparators.pointer import MISSING, unparse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from comparators.answer import Answer


class Status:
    """0 for the same status, 0.5 for another of the same class (as 200 and 201), 1 for another class.

    `class_only` takes statuses of one class as the same. `headers` are compared, too, by their values in order;
    their names have no case. The divergence is that of the status or the share of these headers that differ,
    whichever is larger. Differences point into `{"status": …, "headers": {…}}`, with names in small letters.
    """

    name = "status"

    def __init__(self, *, class_only: bool = False, headers: Sequence[str] = ()) -> None:
        if isinstance(headers, str):
            raise ValueError(f"headers must be a list of names, not {headers!r}")  # noqa: TRY004 - an option's error
        self.class_only = class_only
        self.headers = tuple(dict.fromkeys(name.lower() for name in headers))

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        found = [*self._of_status(legacy.status, model.status), *self._of_headers(legacy, model)]
        if not found:
            return Divergence(0.0)
        changed = sum(one.pointer != "/status" for one in found)
        value = max(found[0].divergence if changed < len(found) else 0.0, changed / max(len(self.headers), 1))
        return Divergence(value, "; ".join(one.detail for one in found), tuple(found))

    def _of_status(self, old: int, new: int) -> Iterator[Difference]:
        alike = old // 100 == new // 100
        if old != new and not (alike and self.class_only):
            value = 0.5 if alike else 1.0
            yield Difference("/status", value, f"status {old} -> {new}", old=old, new=new)

    def _of_headers(self, legacy: Answer, model: Answer) -> Iterator[Difference]:
        for name in self.headers:
            old, new = _values(legacy, name), _values(model, name)
            if old == new:
                continue
            how = "added" if old is MISSING else "missing" if new is MISSING else "changed"
            detail = f"{name}: {_told(old)} -> {_told(new)}"
            yield Difference(unparse(("headers", name)), 1.0, detail, how, old=old, new=new)


def _values(answer: Answer, name: str) -> Any:
    wanted = name.encode("latin-1", "replace")
    found = [value.decode("latin-1").strip() for key, value in answer.headers if key.lower() == wanted]
    return ", ".join(found) if found else MISSING


def _told(value: Any) -> str:
    return "nothing" if value is MISSING else str(value)
