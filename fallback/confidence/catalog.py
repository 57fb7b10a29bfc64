"""The estimators that ship, by their short names, and how one is built from a configuration's entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from comparators.options import OptionsError, build_from, suggest
from fallback.confidence.logprob import LogProb
from fallback.confidence.simple import Constant, Field, Header

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fallback.confidence.estimator import ConfidenceEstimator

BUILT_IN: Final[Mapping[str, Callable[..., ConfidenceEstimator]]] = {
    "logprob": LogProb,
    "field": Field,
    "header": Header,
    "constant": Constant,
}


def build(
    use: str, options: Mapping[str, Any], *, load: Callable[[str], Any] | None = None
) -> ConfidenceEstimator:
    """Build an estimator from its name and its options.

    `use` is a built-in's short name, or `package.module:Name`, which `load` resolves. OptionsError, a ValueError,
    lists all problems.
    """
    estimator = build_from(_maker(use, load), options, name=use)
    if not callable(estimator):
        raise OptionsError([f"{use}: what it builds cannot be called, so it is no estimator"])
    return estimator


def _maker(use: str, load: Callable[[str], Any] | None) -> Callable[..., ConfidenceEstimator]:
    if use in BUILT_IN:
        return BUILT_IN[use]
    if ":" not in use:
        raise OptionsError([f"unknown estimator {use!r}{suggest(use, BUILT_IN)}, or package.module:Name"])
    if load is None:
        raise OptionsError([f"{use}: only built-in estimators can be named here"])
    maker: Callable[..., ConfidenceEstimator] = load(use)
    if not callable(maker):
        raise OptionsError([f"{use} is a {type(maker).__name__}, not a class or factory"])
    return maker
