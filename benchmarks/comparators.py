"""Measures what comparing costs: `json` beside deepdiff and a plain recursive diff, on the same parsed documents.

Prints, for each size, microseconds of processor time a comparison and how many times quicker than deepdiff it is:
where rules are in force, also than deepdiff with the same rules, behind a semicolon.
Rounds are interleaved, and the median of each is taken. Usage: python benchmarks/comparators.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from deepdiff import DeepDiff
from deepdiff.operator import BaseOperator

sys.path.insert(
    0, str(Path(__file__).resolve().parent.parent)
)  # before this folder, which has the same name in it

from comparators import Answer, Json, Number

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = {"1 KB": 10, "10 KB": 105, "100 KB": 1050, "1 MB": 10_400}
SLOWEST = 0.1  # seconds: what takes longer is done once a round
LARGEST = 1050  # lines that deepdiff is given


class Near(BaseOperator):
    """What deepdiff needs to take two numbers for equal that lie within 1 % of the larger one."""

    def give_up_diffing(self, level: Any, diff_instance: Any) -> bool:
        """Say whether two values are near enough."""
        del diff_instance
        old, new = level.t1, level.t2
        numbers = isinstance(old, float) and isinstance(new, float)
        return numbers and abs(old - new) <= 0.01 * max(abs(old), abs(new))


RULES: dict[str, Any] = {
    "exclude_paths": ["root['id']"],
    "exclude_regex_paths": [re.compile(r"^root\['lines'\]\[\d+\]\['tags'\]$")],
    "custom_operators": [Near(regex_paths=[r"^root\['lines'\]\[\d+\]\['price'\]$"])],
}
WITH_RULES = {"json: ignore, at": "deepdiff: the same rules"}


def order(lines: int) -> dict[str, Any]:
    """Make an order of some lines."""
    draw = random.Random(lines)
    rows = [
        {
            "sku": f"A-{n}",
            "name": f"item number {n}",
            "price": round(draw.random() * 100, 2),
            "tags": ["a", "b"],
        }
        for n in range(lines)
    ]
    return {"id": "7f3a", "customer": {"name": "Ada", "tier": "gold"}, "lines": rows, "total": 1234.5}


def changed(document: dict[str, Any]) -> dict[str, Any]:
    """Change two places."""
    rows = [dict(row) for row in document["lines"]]
    rows[1]["price"] += 1
    rows[len(rows) // 2]["name"] = "another"
    return {**document, "lines": rows}


def plain(old: Any, new: Any, pointer: str = "") -> list[tuple[str, Any, Any]]:
    """Diff as anybody would write it first."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = [*old, *(name for name in new if name not in old)]
        return [one for name in names for one in plain(old.get(name), new.get(name), f"{pointer}/{name}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [one for n, (left, right) in pairs for one in plain(left, right, f"{pointer}/{n}")]
    return [] if old == new else [(pointer, old, new)]


def contestants(lines: int) -> dict[str, Callable[[], object]]:
    """Give what is measured, each on two documents of its own with two changes; one has them in another order."""
    old = order(lines)
    new = changed(old)
    legacy, model = Answer.of(json=old), Answer.of(json=new)
    mixed = Answer.of(json={**new, "lines": new["lines"][::-1]})
    for answer in (legacy, model, mixed):
        _ = answer.json  # parsed before, as the others' documents are
    json = Json()
    rules = Json(ignore=["/id", "$.lines[*].tags"], at={"/lines/*/price": Number(relative=0.01)})
    found: dict[str, Callable[[], object]] = {
        "deepdiff": lambda: DeepDiff(old, new),
        "deepdiff: the same rules": lambda: DeepDiff(old, new, **RULES),
        "plain recursion": lambda: plain(old, new),
        "json": lambda: json(legacy, model),
        "json: ignore, at": lambda: rules(legacy, model),
    }
    for name, how in {"key": {"key": "/sku"}, "set": "set", "best": "best"}.items():
        comparator = Json(arrays={"/lines": how})
        found[f"json: {name}, reversed"] = partial(comparator, legacy, mixed)
    if lines > LARGEST:
        del found["deepdiff"], found["deepdiff: the same rules"]
    return found


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Give the processor time of one call."""
    begun = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - begun) / repeats


def measured(lines: int, rounds: int) -> dict[str, float]:
    """Give the median time of each contestant, in seconds."""
    calls = contestants(lines)
    repeats = {
        name: max(1, min(500, int(SLOWEST / max(seconds(call, 1), 1e-6)))) for name, call in calls.items()
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(seconds(call, repeats[name]))
    return {name: median(some) for name, some in times.items()}


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    results = {size: measured(lines, rounds) for size, lines in SIZES.items()}
    print("| µs a comparison (× quicker than deepdiff) | " + " | ".join(results) + " |")
    print("|---|" + "---|" * len(results))
    for name in contestants(SIZES["1 KB"]):
        print(f"| {name} | " + " | ".join(cell(times, name) for times in results.values()) + " |")


def cell(times: dict[str, float], name: str) -> str:
    """Write a time and its ratios to deepdiff's."""
    if name not in times:
        return "–"
    bases = [base for base in ("deepdiff", WITH_RULES.get(name)) if base in times]
    told = "; ".join(f"{times[base] / times[name]:.3g} ×" for base in bases)
    ratio = f" ({told})" if told else ""
    return f"{times[name] * 1e6:,.0f}{ratio}"


if __name__ == "__main__":
    main()
