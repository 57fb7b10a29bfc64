"""What it costs to have two JSON answers of 1 KB compared by the panel process, beside comparing them in place.

Run: python benchmarks/panels.py [--times 2000]. `there and back` is what a client waits; `worker` is the processor time
of the worker's own process, which is all that its loop is kept from.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import msgspec

from comparators import Answer
from comparators.catalog import build_panel
from shadow.config.model import Panels
from shadow.proxy.panel_process import PanelProcess

ENTRIES = [{"use": "json", "ignore": ["/took"]}]


def answer(took: int) -> Answer:
    """Give an answer of about 1 KB."""
    rows = [{"id": number, "name": f"item {number}", "price": number / 7} for number in range(18)]
    return Answer.of(json={"took": took, "rows": rows})


async def main(times: int) -> None:
    """Print the table."""
    panels, spec = PanelProcess(Panels(timeout="10s")), msgspec.json.encode(ENTRIES)
    left, right = answer(1), answer(2)
    await panels.judge(spec, left, [right])
    spans, began = [], time.process_time()
    for _ in range(times):
        start = time.perf_counter()
        await panels.judge(spec, left, [right])
        spans.append(time.perf_counter() - start)
    worker = (time.process_time() - began) / times
    await panels.close()
    panel, began = build_panel(ENTRIES), time.process_time()
    for _ in range(times):
        panel.judge(answer(1), answer(2))
    made = time.process_time()
    for _ in range(times):
        answer(1), answer(2)
    place = (made - began - (time.process_time() - made)) / times
    print(f"answers of {len(left.body)} bytes, {times:,} times")
    print(f"there and back   p50 {statistics.median(spans) * 1e6:6.0f} µs")
    print(f"worker               {worker * 1e6:6.0f} µs of processor time")
    print(f"in place             {place * 1e6:6.0f} µs of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=2000)
    asyncio.run(main(parser.parse_args().times))
