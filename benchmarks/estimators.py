"""How well each confidence estimator tells right answers from wrong ones, on the rows the demo ships: AUROC by gold.

Run: python benchmarks/estimators.py. 0.5 is a coin, 1 tells every right answer from every wrong one. Neither model is
an LLM: intents were recorded from a sentence encoder with a logistic head, addresses from a conditional random field.
The first half of the rows is the earlier period that `combined` is fitted on; every figure is of the second half.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import msgspec
import numpy as np

from comparators import Answer, Json
from comparators.panel import Entry, Panel
from fallback.confidence.case import Case
from fallback.confidence.catalog import build
from fallback.confidence.estimator import weigh
from fallback.confidence.logistic import fit
from fallback.confidence.tokens import reply_from_openai
from shadow.demo import data, replay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shadow.demo.replay import Token

NAME = "replayed"
PANEL = Panel([Entry("", Json())])
SIGNALS: dict[str, dict[str, Any]] = {
    **{
        f"logprob {reduce}": {"use": "logprob", "options": {"reduce": reduce}}
        for reduce in ("seq", "norm", "min", "field")
    },
    "agreement": {"use": "agreement"},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One answer of the model: what is known of it, and whether it is right."""

    case: Case
    right: bool


def main() -> None:
    """Print the table."""
    print(f"{'route':<9}{'estimator':<24}{'answers':>8}{'with one':>10}{'AUROC':>8}")
    for name, rows in (("intent", intents()), ("address", addresses())):
        half = len(rows) // 2
        for label, spec in (*SIGNALS.items(), ("combined of all of these", combined(rows[:half]))):
            found = [confidence(spec, row.case) for row in rows[half:]]
            pairs = [(c, row.right) for c, row in zip(found, rows[half:], strict=True) if c is not None]
            shown = f"{auroc(pairs):.3f}" if pairs else "-"
            print(f"{name:<9}{label:<24}{len(rows) - half:>8,}{len(pairs):>10,}{shown:>8}")


def combined(earlier: Sequence[Row]) -> dict[str, Any]:
    """Give a combined estimator that is fitted on earlier rows."""
    values = [{label: confidence(spec, row.case) for label, spec in SIGNALS.items()} for row in earlier]
    fitted = fit(values, [row.right for row in earlier], loss="wrong")
    return {"use": "combined", "options": {"signals": SIGNALS, "fit": msgspec.to_builtins(fitted)}}


def confidence(spec: Mapping[str, Any], case: Case) -> float | None:
    """Ask an estimator, built of its part of a configuration."""
    return weigh(build(spec["use"], spec.get("options", {})), case).confidence


def auroc(pairs: Sequence[tuple[float, bool]]) -> float:
    """Give the chance that a right answer has a higher confidence than a wrong one; a tie counts half."""
    scores = np.array([score for score, _ in pairs])
    right = np.array([ok for _, ok in pairs])
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    n, m = int(right.sum()), int((~right).sum())
    return float((ranks[right].sum() - n * (n + 1) / 2) / (n * m))


def intents() -> list[Row]:
    """Give the intents' rows."""
    return [
        row_of(
            replay.intent_tokens(each), {"intent": each.model}, {"intent": each.legacy}, {"intent": each.gold}
        )
        for each in data.intents()
    ]


def addresses() -> list[Row]:
    """Give the addresses' rows."""
    return [
        row_of(replay.address_tokens(each), each.model, each.legacy, each.gold) for each in data.addresses()
    ]


def row_of(tokens: Sequence[Token], model: Any, legacy: Any, gold: Any) -> Row:
    """Give one row: the model's answer as the router would have it, judged against legacy's."""
    reply = reply_from_openai(replay.completion(tokens, model=NAME, number=1, asked=1))
    answer = Answer.of(json=model, reply=reply)
    return Row(Case(answer, PANEL.judge(Answer.of(json=legacy), answer)), model == gold)


if __name__ == "__main__":
    main()
