"""What is amiss once a soak is over, from what the clients saw, what legacy did, the record, and the log."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.chaos import accounts, spared
from benchmarks.crowd import LIVE_ONE_IN, End
from benchmarks.mischief import EXPLAINS

if TYPE_CHECKING:
    from benchmarks.crowd import Requests
    from benchmarks.house import ServedHouse
    from benchmarks.mischief import Legacy

BUGS = (
    "shadow.request_failed",
    "shadow.task_failed",
    "shadow.look_failed",
    "shadow.server_failed",
    "shadow.worker_state_failed",
    "shadow.record_abandoned",
    "shadow.exchange_set_aside",
    "shadow.rollup_lost",
)
"""What a house says only of a bug."""
_ERRORS = (End.ERROR, End.CUT, End.OPEN)


def told(requests: Requests, postponed: int) -> str:
    """Sum up how the requests ended, and how long that took."""
    ends = Counter(End(each).name.lower() for each in requests.ends)
    took = sorted(requests.seconds)
    p50, p99 = took[len(took) // 2] * 1e3, took[int(len(took) * 0.99)] * 1e3
    return (
        f"{len(requests)} requests: {dict(ends)}; p50 {p50:.1f} ms, p99 {p99:.0f} ms, the slowest"
        f" {took[-1]:.2f} s; {postponed} were never sent, for the house was slower than the load"
    )


def unexplained(requests: Requests, legacy: Legacy) -> list[str]:
    """Name what clients saw that legacy did not do to them: errors, and answers that broke off or never came.

    And what legacy did to a request whose client then got a whole answer of legacy's, and whom it was asked for twice.
    """
    found: Counter[str] = Counter()
    for number, each in enumerate(requests.ends):
        end, status, did = End(each), requests.statuses[number], legacy.wronged.get(number, "")
        if end in _ERRORS and (end is End.OPEN or status not in EXPLAINS.get(did, ())):
            found[f"{end.name.lower()}, status {status}, legacy's fault: {did or 'none'}"] += 1
        elif end is End.BY_LEGACY and EXPLAINS.get(did):
            found[f"a whole answer of legacy, which did this: {did}"] += 1
        if legacy.asked(number) > 1:
            found[f"legacy was asked {legacy.asked(number)} times"] += 1
    return [f"{n} requests: {what}" for what, n in found.items()]


def unaccounted(house: ServedHouse, requests: Requests, legacy: Legacy) -> list[str]:
    """Hold the record against what the clients know, request by request, and against itself.

    Each request has one row that names who answered. One whose client left has none where nobody read it; and there
    are as many without a row as are counted as shed without one.
    """
    rows, by_model = bytearray(len(requests)), bytearray(len(requests))
    for path, served in house.query("SELECT path, served FROM exchanges"):
        number = int(path.rpartition("/")[2])
        rows[number] = min(rows[number] + 1, 255)
        by_model[number] = served == "model"
    found: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for number, each in enumerate(requests.ends):
        end, n = End(each), rows[number]
        if n > 1 or (n == 0 and number % LIVE_ONE_IN == 0 and end is not End.LEFT):
            found[f"{n} rows for a request that ended: {end.name.lower()}"] += 1
        elif n == 0:
            read = end is not End.LEFT or legacy.asked(number)
            missing["surely" if read else "perhaps"] += 1
        elif end in (End.BY_LEGACY, End.BY_MODEL) and by_model[number] != (end is End.BY_MODEL):
            found[f"a request that ended {end.name.lower()} stands in the record as the other's"] += 1
    amiss = [f"{n} times {what}" for what, n in found.items()]
    shed = spared(house)
    if not missing["surely"] <= shed <= missing.total():
        amiss.append(
            f"{missing['surely']} requests that were read have no row, and {shed} are counted as shed without"
        )
    return amiss + accounts(house)


def said(house: ServedHouse) -> Counter[str]:
    """Count the events in the house's log."""
    return Counter(event["event"] for event in house.events())


def complaints(house: ServedHouse) -> list[str]:
    """Name what the house says only of a bug, and what no part of it says at all."""
    events = said(house)
    amiss = [f"the house said {events[name]} times {name}" for name in BUGS if events[name]]
    wild = [line for line in house.log.read_text().splitlines() if line and not line.startswith("{")]
    if wild:
        amiss.append(f"the log has {len(wild)} lines that are no events: {wild[0][:100]}")
    return amiss
