"""The state of the house in one document: what runs, what is switched, what went through. Read from the store."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any

from fallback.switch import Override
from shadow.config.hashes import standing
from shadow.errors import ShadowError
from shadow.record import workers
from shadow.record.certificates import in_force
from shadow.record.store import open_store
from shadow.record.switches import read
from shadow.record.tallies import read_totals
from shadow.rollout import file_switch, switch_of

if TYPE_CHECKING:
    from fallback.switch import Switch
    from shadow.config.model import Config
    from shadow.record.store import Store
    from shadow.record.workers import Worker


def house(config: Config, now: int, *, refused: str | None) -> dict[str, Any]:
    """Give the state of the house; a store that cannot be read is a problem in it, not an error."""
    try:
        store = open_store(config.store, readonly=True)
    except (ShadowError, sqlite3.Error) as exc:
        return {"ready": False, "problems": [f"the store cannot be opened: {exc}"], "config_refused": refused}
    try:
        return _house(store, config, now, refused)
    except sqlite3.Error as exc:
        return {"ready": False, "problems": [f"the store cannot be read: {exc}"], "config_refused": refused}
    finally:
        store.close()


def _house(store: Store, config: Config, now: int, refused: str | None) -> dict[str, Any]:
    living = [worker for worker in workers.read(store) if worker.alive(now)]
    problems = [
        f"no {role} is running" for role in ("proxy", "scorer") if not any(w.role == role for w in living)
    ]
    problems += [problem for worker in living for problem in _problems(worker)]
    return {
        "ready": not problems,
        "problems": problems,
        "config_refused": refused,
        "processes": [
            {
                "id": w.id,
                "role": w.role,
                "host": w.host,
                "pid": w.pid,
                "seen_seconds": (now - w.seen) / 1e6,
                **w.state,
            }
            for w in living
        ],
        "switches": switches(store, config, now),
        "traffic": _traffic(store),
    }


def _problems(worker: Worker) -> list[str]:
    record = worker.state.get("record", {})
    found = []
    if record.get("failing_since") is not None:
        found.append(f"{worker.role} {worker.id} cannot write the record ({record.get('last_error')})")
    if worker.state.get("switches_failing") is not None:
        found.append(
            f"{worker.role} {worker.id} cannot read the switches ({worker.state['switches_failing']})"
        )
    return found


def switches(store: Store, config: Config, now: int) -> dict[str, dict[str, Any]]:
    """Give each route's settings in force, with the overrides above the file and who set them, why, until when."""
    rows, grants = read(store, now), in_force(store)
    found = {}
    for name, route in config.routes.items():
        mine = [row for row in rows if row.route in (name, "*")]
        switch = switch_of(
            file_switch(route),
            [Override(row.key, row.value, row.until) for row in mine],
            now,
            grant=grants.get(name),
            standing=standing(config, name),
        )
        found[name] = {
            "phase": str(switch.phase),
            "sample": switch.sample,
            "exposure": switch.exposure,
            "threshold": switch.threshold,
            **(_backing(switch) if switch.certified else {}),
            "patience": switch.patience,
            "killed": switch.killed,
            "overrides": [
                {"key": r.key, "value": r.value, "by": r.by, "why": r.why, "until": r.until, "of": r.route}
                for r in mine
            ],
        }
    return found


def _backing(switch: Switch) -> dict[str, Any]:
    """Tell which certificate a threshold rests on, and the thresholds of a cohort's values."""
    slices = {value: each.threshold for value, each in switch.slices.items()}
    certificates = {each.certificate for each in (switch, *switch.slices.values())} - {None}
    return {"certified": True, "certificate": next(iter(certificates), None), "slices": slices}


def _traffic(store: Store) -> dict[str, Any]:
    found: dict[str, dict[str, Counter[str]]] = {}
    for (route, _, served, reason, disposition), n in read_totals(store).items():
        counts = found.setdefault(
            route, {"dispositions": Counter(), "served": Counter(), "reasons": Counter()}
        )
        counts["dispositions"][disposition or "unscored"] += n
        counts["served"][served] += n
        counts["reasons"][reason] += n
    return {
        route or "unmatched": {"requests": sum(counts["served"].values()), **counts}
        for route, counts in found.items()
    }
