"""The public API as a user writes it: never run, only checked by `mypy --strict` in `make lint`.

What is annotated here is a promise; a change that breaks a line breaks somebody's program.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from comparators import (
    Answer,
    Comparator,
    DateTime,
    Difference,
    Distribution,
    Divergence,
    Entry,
    Exact,
    Json,
    Judgement,
    Label,
    NotComparable,
    Number,
    Panel,
    Ranking,
    Reply,
    Rule,
    Schema,
    Severity,
    Status,
    Text,
    Token,
    Vectors,
    Verdict,
    build,
    build_panel,
)
from comparators.checks import check_comparator
from fallback.calibration.measure import Measured
from fallback.calibration.measure import measure as measure_calibration
from fallback.certify.anytime import begin, certificate_of, learn
from fallback.certify.audit import recompute
from fallback.certify.certificate import Certificate
from fallback.certify.labels import Labels
from fallback.certify.once import certify
from fallback.certify.terms import Loss, Terms
from fallback.confidence.agreement import Agreement, Samples
from fallback.confidence.case import Case, Needs, distance
from fallback.confidence.catalog import build as build_estimator
from fallback.confidence.combined import Combined
from fallback.confidence.estimator import AnyEstimator, ConfidenceEstimator, measure, weigh
from fallback.confidence.logistic import Fit, fit
from fallback.confidence.logprob import LogProb
from fallback.confidence.simple import Constant, Field, Header
from fallback.confidence.verbalised import Verbalised
from shadow.errors import ConfigError, ShadowError, StoreError
from shadow.report import FORMATS, render
from shadow.report.gather import gather
from shadow.request import Request
from shadow.testing import FakeUpstream, Peer, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from shadow.report.model import Report


class PriceGap:
    """A comparator needs no base class."""

    def __init__(self, *, field: str = "price") -> None:
        self.field = field

    def __call__(self, legacy: Answer, model: Answer) -> Divergence:
        """Compare."""
        gap = abs(float(legacy.json[self.field]) - float(model.json[self.field]))
        if gap > 1e6:
            raise NotComparable("the gap is absurd")
        return Divergence(min(gap, 1.0), f"{gap}", (Difference(f"/{self.field}", 1.0, kind="changed"),))


class Hedged:
    """Nor does an estimator."""

    def __init__(self, *, words: list[str]) -> None:
        self.words = words

    def __call__(self, answer: Answer) -> float | None:
        """Estimate."""
        reply: Reply | None = answer.reply
        said = (reply.text if reply is not None else answer.text).lower()
        return 1.0 / (1 + sum(said.count(word) for word in self.words)) if said else None


class Doubling:
    """Nor an adapter."""

    async def __call__(self, request: Request) -> Answer:
        """Answer."""
        return Answer.of(json={"price": 2 * request.json["amount"]}, status=200, headers={"X": "y"})

    def read(self, raw: Answer) -> Answer:
        """Read."""
        return raw

    def failed(self, raw: Answer) -> bool:
        """Judge."""
        return raw.status >= 500


def answers() -> tuple[Answer, ...]:
    """Build answers in every way there is."""
    token = Token("a", -0.1, raw=b"a", top=(("a", -0.1), ("b", -2.0)))
    reply = Reply("a", (token,), finish="stop", refused=False, tokens_in=1, tokens_out=1)
    return (
        Answer.of(text="a"),
        Answer.of(json={"a": [1, None]}),
        Answer.of(body=b"\x00", headers=[("Content-Type", "image/png")]),
        Answer.of(json="a", reply=reply),
        Answer(404),
    )


def compare() -> Judgement:
    """Use every comparator, by class and by name."""
    comparators: list[Comparator] = [
        PriceGap(),
        Exact("/a"),
        Json(ignore=["/id"], at={"/price": Number(relative=0.1)}, paths=["/a"], limit=10),
        Json(
            at={"/a": Rule(Number(decimals=2), tolerance=0.1, weight=2, severity=Severity.MINOR)},
            arrays={"/lines": {"key": "/id"}, "$..tags": "set"},
            null_is_missing=True,
            numeric_strings=True,
        ),
        Number("/price", absolute=0.5, ulp=1, digits=None),
        DateTime("/at", within="5s", scale=60, zone="UTC", order="dmy", epoch="ms"),
        Distribution("/p", "jensen_shannon", scale=True),
        Label("/tier", normalise=False, synonyms={"gold": ["au"]}, order=["a", "b"], separator=","),
        Ranking("/hits", "overlap", key="/id", depth=3),
        Schema({"type": "object"}, pointer="/a", limit=5),
        Status(class_only=True, headers=["ETag"]),
        Vectors("/embedding"),
        Text("/a", "jaro_winkler", casefold=True, squeeze=True, limit=10),
        build({"use": "json"}),
    ]
    for comparator in comparators:
        check_comparator(comparator)
    panel: Panel = build_panel([{"use": "json", "tolerance": 0.1}], load=lambda _name: PriceGap)
    gap = Entry("gap", PriceGap(field="cost"), tolerance=0.1, weight=2.0, severity=Severity.INFO)
    panel = Panel([*panel.entries, gap], tolerance=0.5)
    judgement = panel.judge(*answers()[:2])
    verdict: Verdict = judgement.verdict
    divergence: float | None = judgement.divergence
    details: list[tuple[str, float | None, str]] = [
        (s.label, s.divergence, s.detail) for s in judgement.scores
    ]
    print(verdict, divergence, details)  # noqa: T201 - a user may
    return judgement


def estimate() -> list[float | None]:
    """Use every estimator, by class and by name."""
    estimators: list[ConfidenceEstimator] = [
        Hedged(words=["maybe"]),
        LogProb("label", over="/a", labels=["x", "y"], margin=True),
        LogProb(reduce="field", over=["/a", "/b"]),
        Field("/sure", scale=100.0, of="reply"),
        Header("X-Score"),
        Constant(0.5),
        Verbalised(pattern="([0-9]+%)", words={"sure": 0.9}),
    ]
    return [measure(estimator, answer).confidence for estimator in estimators for answer in answers()]


class Echoed:
    """A user's estimator of the other face: how sure legacy's answer makes it."""

    needs = Needs(legacy=True)

    def further(self, case: Case) -> int:
        """Ask nobody again."""
        return len(case.samples or ())

    def __call__(self, case: Case) -> float | None:
        """Trust a match."""
        return None if case.judgement is None else float(case.judgement.verdict is Verdict.MATCH)


def weigh_cases() -> list[float | None]:
    """Use every estimator that needs more than the answer, by class and by name."""
    model, legacy, *_ = answers()
    again = Samples(k=3, temperature=0.5, first=Constant(0.5), between=(0.1, 0.9), calls_per_minute=30)
    estimators: list[AnyEstimator] = [
        Echoed(),
        Agreement("verdict"),
        again,
        Combined(signals={"echo": Echoed(), "again": again}),
        build_estimator("constant", {"value": 1.0}, load=None),
    ]
    judgement = Panel([Entry("", Exact())]).judge(legacy, model)
    case = Case(model, judgement, samples=(judgement,) * 3)
    far: float | None = distance(judgement)
    fitted: Fit = fit([{"a": 0.5}], [True], loss="wrong", l2=1.0, about={"route": "x"})
    return [far, fitted.predict({"a": 0.5}), *(weigh(each, case).confidence for each in estimators)]


def report(path: str) -> dict[str, str]:
    """Gather and render a report."""
    found: Report = gather(sqlite3.connect(path), route="address", by="language", panels={"a": ["json: any"]})
    return {form: render(found, form) for form in FORMATS}


async def upstreams(adapter: Callable[[Request], Awaitable[Answer]]) -> int:
    """Test what calls an upstream with the fakes that ship."""
    fake = FakeUpstream(Answer.of(text="a"), ValueError("b"), by_path={"/x": Answer()})
    request = Request("POST", "/x?a=1", ((b"Host", b"h"),), b"{}", exchange="id")
    both = [await fake(request), await adapter(request), await Doubling()(request)]

    async def script(peer: Peer) -> None:
        await peer.send(await peer.request())
        peer.reset()

    async with ScriptedServer(script, b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        url: str = server.url
    query: dict[str, str] = request.query
    document: Any = request.json
    return len(both) + len(url) + len(query) + len(document) + len(request.header("host") or "")


def errors(path: str) -> str:
    """Catch every error by its root, or by its kind."""
    try:
        report(path)
    except (ConfigError, StoreError) as exc:
        return str(exc)
    except ShadowError as exc:
        return type(exc).__name__
    return ""


def certified(confidence: list[float], loss: list[int]) -> tuple[Certificate, Certificate, Measured]:
    """Certify in one look, keep a certificate up to date, and measure calibration."""
    labels, terms = Labels.of(confidence, loss), Terms(Loss.WRONG, at_most=0.05, probability=0.95)
    made = certify(labels, terms)
    problems: tuple[str, ...] = recompute(Certificate.from_json(made.to_json()), labels)
    assert not problems
    kept = certificate_of(learn(begin(labels.confidence, terms), labels))
    return made, kept, measure_calibration(labels.confidence, 1 - labels.loss)
