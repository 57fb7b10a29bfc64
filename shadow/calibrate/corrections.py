"""Corrected reviews: which labels of an epoch they change, and what its evidence is then. Pure.

A label cannot be taken out of evidence that was looked at in between: what it had become at its best moment counts. So
all labels are counted anew, as they are now and in the order in which they arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fallback.certify import anytime
from shadow.calibrate.record import columns
from shadow.record.audit import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fallback.certify.anytime import Epoch
    from shadow.calibrate.record import Label
    from shadow.record.epochs import Noted


def corrected_in(
    known: Iterable[Label], seen: Mapping[str, tuple[str | None, float | None, float | None]]
) -> list[Label]:
    """Give the labels that an epoch has learnt otherwise than they are now; a retry's label corrects no other's."""
    found: dict[str, Label] = {}
    for label in known:
        exchange, *learnt = seen.get(label.fingerprint or "", (None, label.loss, label.probability))
        if exchange in (None, label.exchange) and learnt != [label.loss, label.probability]:
            found.setdefault(label.fingerprint or "", label)
    return list(found.values())


def recounted(state: Mapping[str, Epoch], found: Sequence[Noted]) -> dict[str, Epoch]:
    """Count the labels of every slice anew."""
    made = {}
    for name, epoch in state.items():
        mine = [label for label in found if label.slice == name]
        made[name] = anytime.learn_anew(epoch, columns(mine), span_of(mine))
    return made


def span_of(found: Sequence[Label | Noted]) -> tuple[int, int] | None:
    """Give the first and the last time of labels."""
    times = [label.at for label in found]
    return (min(times), max(times)) if times else None


def entry_of(
    route: str, now: int, why: str, before: Mapping[str, Epoch], after: Mapping[str, Epoch]
) -> Entry:
    """Tell the audit log of it: losses and threshold before and after, of each slice where there are several."""
    return Entry(now, "scorer", "labels_corrected", route, why, _told(before), _told(after))


def _told(state: Mapping[str, Epoch]) -> object:
    told = {
        name: {"losses": int(epoch.losses), "threshold": anytime.certificate_of(epoch).threshold}
        for name, epoch in state.items()
    }
    return told[""] if told.keys() == {""} else told
