"""The estimators that ship, by their short names, and how one is built from a configuration's entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from comparators.options import OptionsError, build_from, suggest
from fallback.confidence.agreement import Agreement, Samples
from fallback.confidence.combined import Combined
from fallback.confidence.logprob import LogProb
from fallback.confidence.simple import Constant, Field, Header
from fallback.confidence.verbalised import Verbalised

if TYPE_CHECKING:
    from collections.abc import Callable

    from fallback.confidence.estimator import AnyEstimator

    Load = Callable[[str], Any]

BUILT_IN: Final[Mapping[str, Callable[..., AnyEstimator]]] = {
    "logprob": LogProb,
    "field": Field,
    "header": Header,
    "verbalised": Verbalised,
    "agreement": Agreement,
    "samples": Samples,
    "combined": Combined,
    "constant": Constant,
}


def build(use: str, options: Mapping[str, Any], *, load: Load | None = None) -> AnyEstimator:
    """Build an estimator from its name and its options.

    `use` is a built-in's short name, or `package.module:Name`, which `load` resolves. The option `first` of samples
    is itself such an entry, `{use: …, options: …}`, and the values of combined's `signals` are. OptionsError, a
    ValueError, lists all problems.
    """
    built = dict(options)
    problems: list[str] = []
    for key, spec in _nested(use, options):
        try:
            part = _entry(spec, f"{use}: {key}", load)
        except OptionsError as exc:
            problems += exc.problems
            continue
        if key == "first":
            built["first"] = part
        else:
            built["signals"] = {**built["signals"], key.partition(".")[2]: part}
    if problems:
        raise OptionsError(problems)
    estimator = build_from(_maker(use, load), built, name=use)
    if not callable(estimator):
        raise OptionsError([f"{use}: what it builds cannot be called, so it is no estimator"])
    return estimator


def _nested(use: str, options: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Give the options of an estimator that are estimators themselves, and where each stands."""
    if use == "samples" and options.get("first") is not None:
        return [("first", options["first"])]
    signals = options.get("signals")
    if use == "combined" and isinstance(signals, Mapping):
        return [(f"signals.{name}", spec) for name, spec in signals.items()]
    return []


def _entry(spec: Any, place: str, load: Load | None) -> AnyEstimator:
    if (
        not isinstance(spec, Mapping)
        or not isinstance(spec.get("use"), str)
        or spec.keys() - {"use", "options"}
    ):
        raise OptionsError(
            [f"{place}: expected an estimator, such as {{use: logprob, options: {{reduce: min}}}}"]
        )
    options = spec.get("options", {})
    if not isinstance(options, Mapping):
        raise OptionsError([f"{place}: options must be a mapping"])
    try:
        return build(spec["use"], options, load=load)
    except OptionsError as exc:
        raise OptionsError(f"{place}: {problem}" for problem in exc.problems) from exc


def _maker(use: str, load: Load | None) -> Callable[..., AnyEstimator]:
    if use in BUILT_IN:
        return BUILT_IN[use]
    if ":" not in use:
        raise OptionsError([f"unknown estimator {use!r}{suggest(use, BUILT_IN)}, or package.module:Name"])
    if load is None:
        raise OptionsError([f"{use}: only built-in estimators can be named here"])
    maker: Callable[..., AnyEstimator] = load(use)
    if not callable(maker):
        raise OptionsError([f"{use} is a {type(maker).__name__}, not a class or factory"])
    return maker
