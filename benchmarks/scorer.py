"""How many exchanges the scorer compares on one core: JSON answers of 1 KB, a panel of `exact`, `json` and `number`.

Run: python benchmarks/scorer.py [--exchanges 5000] [--rounds 3]. `compared` is reading both bodies and judging them;
`scored` is all that the process does: taking rows from the store, comparing, and writing scores, roll-ups and tallies.
Each for answers that match and for answers that differ in three of their leaves.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import goals
from benchmarks.processes import cores, pinned
from comparators.answer import Answer
from fallback.words import Phase, Reason, Side
from shadow.clock import SystemClock
from shadow.config.load import load
from shadow.ids import new_id
from shadow.record.exchange import Exchange
from shadow.record.store import open_store
from shadow.record.workers import Worker
from shadow.record.writer import Batch, Writer
from shadow.request import Observation, Request
from shadow.scorer.compare import score
from shadow.scorer.lenses import lenses_of
from shadow.scorer.role import BATCH, Scorer
from shadow.scorer.take import take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.config.model import Config

HEADERS = (
    (b"Content-Type", b"application/json"),
    (b"Server", b"stub"),
    (b"Date", b"Mon, 02 Nov 2026 10:00:00 GMT"),
)
ASKED = Request("POST", "/v1/x", ((b"Host", b"127.0.0.1"), *HEADERS[:1]), b'{"text": "' + b"a" * 480 + b'"}')
PANEL = [{"use": "exact"}, {"use": "json"}, {"use": "number", "pointer": "/price"}]


@dataclass(frozen=True, slots=True)
class Pace:
    """Exchanges a second: compared, and wholly scored."""

    compared: float
    scored: float


def document(*, differs: bool) -> dict[str, Any]:
    """Make a JSON document of about 1 KB; one that differs does so in three of its leaves."""
    lines = [
        {"id": number, "name": f"article {number}", "price": 10.5 + number, "stock": number % 3 == 0}
        for number in range(15)
    ]
    made: dict[str, Any] = {"price": 149.5, "currency": "EUR", "customer": {"tier": "gold"}, "lines": lines}
    if differs:
        made["price"] = 151.25
        lines[3]["name"] = "another article"
        lines[9]["stock"] = not lines[9]["stock"]
    return made


def exchange(*, differs: bool) -> Exchange:
    """Make an exchange that waits for the scorer."""
    legacy, model = (json.dumps(document(differs=each)).encode() for each in (False, differs))
    return Exchange(
        id=new_id(),
        at=SystemClock().now(),
        route="x",
        phase=Phase.SHADOW,
        served=Side.LEGACY,
        reason=Reason.SHADOW,
        disposition=None,
        method="POST",
        path="/v1/x",
        request=ASKED,
        legacy=Observation(0.01, Answer(200, HEADERS, legacy)),
        model=Observation(0.02, Answer(200, HEADERS, model)),
        model_name="m",
    )


def filled(folder: Path, number: int, *, differs: bool) -> Config:
    """Give the configuration of a store that holds so many unscored exchanges."""
    path = folder / "shadow.yaml"
    model = {"adapter": "passthrough", "url": "http://127.0.0.1:9002"}
    route = {"match": {"path": "/v1/x"}, "model": "m", "compare": PANEL, "rollout": {"phase": "shadow"}}
    config = {"legacy": {"url": "http://127.0.0.1:9001"}, "models": {"m": model}, "routes": {"x": route}}
    path.write_text(json.dumps({**config, "store": f"sqlite:///{folder / 'shadow.db'}"}))
    loaded = load(path, environ={})
    now = SystemClock().now()
    writer = Writer(lambda: open_store(loaded.store))
    worker = Worker(new_id(), "proxy", "here", 1, now, now)
    writer.write(Batch(rows=[exchange(differs=differs) for _ in range(number)]), worker)
    writer.close()
    return loaded


def pace(folder: Path, number: int, *, differs: bool) -> Pace:
    """Score so many exchanges; by processor time, so that it is one core's pace whatever else runs."""
    config = filled(folder, number, differs=differs)
    store = open_store(config.store)
    waiting = take(store.db.conn, number)
    store.close()
    lens = lenses_of(config)["x"]
    began = time.process_time()
    for each in waiting:
        score(each, lens)
    compared = time.process_time() - began
    made = Scorer(config, SystemClock())
    began = time.process_time()
    while made.scored < number:
        made.step()
    scored = time.process_time() - began
    made.close()
    return Pace(number / compared, number / scored)


def paces(folder: Path, number: int, rounds: int) -> dict[bool, Pace]:
    """Give the median pace for answers that match and for answers that differ."""
    core, _ = cores()
    found: dict[bool, list[Pace]] = {False: [], True: []}
    with pinned(core):
        for turn in range(rounds):
            for differs, told in found.items():
                place = folder / f"{turn}-{differs}"
                place.mkdir()
                told.append(pace(place, number, differs=differs))
    return {
        differs: Pace(
            statistics.median(each.compared for each in told), statistics.median(each.scored for each in told)
        )
        for differs, told in found.items()
    }


def table(told: dict[bool, Pace]) -> Iterator[str]:
    """Write the paces as a Markdown table."""
    yield f"| {len(json.dumps(document(differs=False))):,} bytes a side | compared/s | scored/s |"
    yield "|---|---|---|"
    for differs, each in told.items():
        name = "answers differ" if differs else "answers match"
        yield f"| {name} | {goals.shown(each.compared)} | {goals.shown(each.scored)} |"


def tell(folder: Path, exchanges: int = 10 * BATCH, rounds: int = 3) -> tuple[list[str], float]:
    """Measure; give the table and, for the goal, the slower of the whole scorer's paces."""
    told = paces(folder, exchanges, rounds)
    return list(table(told)), min(each.scored for each in told.values())


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command's words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exchanges", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(words)


def main() -> None:
    """Measure and print."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        lines, pace = tell(Path(folder), options.exchanges, options.rounds)
    print("\n".join([*lines, "", *goals.table({"scorer": pace})]))


if __name__ == "__main__":
    main()
