"""Confidence from the log-probabilities of the tokens a model wrote. Knows the reply, not who sent it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, fsum, isfinite
from typing import TYPE_CHECKING, Literal

from comparators.pointer import parse
from fallback.confidence.spans import Span, locate
from fallback.confidence.tokens import reply_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from comparators.answer import Answer, Reply, Token
    from fallback.confidence.spans import Located

_TRUNCATED = frozenset({"length", "max_tokens", "model_context_window_exceeded"})


class LogProb:
    """A reduction of the tokens' log-probabilities to one number.

    `seq` is exp(Σ), the probability of the whole; `norm` exp(mean), the geometric mean; `min` exp(min), the least
    sure token. `field` takes each value of the reply's JSON by itself – exp(Σ) where it is right or wrong as a
    whole (numbers, codes, labels), exp(mean) where it is free text – and gives the least. `label` is the
    probability of the chosen one of `labels`, renormalised over all of them by the alternatives the server told
    (`top_logprobs`); with `margin` the lead over the second likeliest.

    `over` restricts each to the values at these JSON Pointers of the reply's JSON, or below them; without it
    `field` takes every value, the others every token. None when the reply was cut short or refused, when a token
    has no finite log-probability, when tokens and text do not match, or when a pointer leads nowhere.

    Source: the measures compared by Kadavath et al. (arXiv 2207.05221) and Malinin & Gales (arXiv 2002.07650).
    """

    def __init__(
        self,
        reduce: Literal["seq", "norm", "min", "label", "field"] = "min",
        over: str | list[str] | None = None,
        labels: list[str] | None = None,
        margin: bool = False,
    ) -> None:
        if reduce == "label" and not labels:
            raise ValueError("labels: reduce label needs the labels to choose from")
        if reduce != "label" and (labels or margin):
            raise ValueError("labels and margin go with reduce label alone")
        if isinstance(over, list) and (not over or (reduce == "label" and len(over) > 1)):
            raise ValueError("over: give one pointer for a label, else one or more")
        self._reduce = reduce
        self._over = [parse(pointer) for pointer in ([over] if isinstance(over, str) else over or ())]
        self._labels = tuple(labels or ())
        self._margin = margin

    def __call__(self, answer: Answer) -> float | None:
        """Give the confidence of an answer's reply."""
        reply = reply_of(answer)
        if reply is None or not reply.tokens or reply.refused or reply.finish in _TRUNCATED:
            return None
        if self._reduce == "label":
            return self._label(reply)
        if self._reduce == "field" or self._over:
            return self._over_values(reply)
        return _reduced(self._reduce, reply.tokens)

    def _over_values(self, reply: Reply) -> float | None:
        located = locate(reply)
        spans = self._spans(located) if located is not None else None
        if located is None or not spans:
            return None
        if self._reduce == "field":
            return _least(_field(located.within(span), span) for span in spans)
        return _reduced(self._reduce, _distinct(token for span in spans for token in located.within(span)))

    def _spans(self, located: Located) -> list[Span] | None:
        if not self._over:
            return list(located.spans)
        found: list[Span] = []
        for path in self._over:
            below = [span for span in located.spans if span.path[: len(path)] == path]
            if not below:
                return None
            found += below
        return found

    def _label(self, reply: Reply) -> float | None:
        located = locate(reply)
        if located is None:
            return None
        span = _whole(located.text)
        if self._over:
            spans = self._spans(located)
            if spans is None or len(spans) != 1:
                return None
            span = spans[0]
        written = located.text[span.start : span.end]
        if written not in self._labels:
            return None
        choice = _Choice(self._labels, written)
        first, _ = located.bytes_of(span)
        for token in located.within(span):
            before = max(first - located.start_of(token), 0)
            if not choice.narrowed(token, len(token.text.encode()[:before].decode("utf-8", "ignore"))):
                return None
        return choice.share - choice.second if self._margin else choice.share


@dataclass(slots=True)
class _Choice:
    """Follows the tokens of a label and keeps the probability that it, of all labels, is what is written."""

    labels: tuple[str, ...]
    chosen: str
    written: str = ""
    share: float = 1.0
    second: float = 0.0

    def narrowed(self, token: Token, lead: int) -> bool:
        """Take the next token, whose first `lead` characters come before the label; False when it tells too little."""
        open_labels = [label for label in self.labels if label.startswith(self.written)]
        written, self.written = self.written, (self.written + token.text[lead:])[: len(self.chosen)]
        if len(open_labels) < 2:
            return True
        masses: dict[str, float] = dict.fromkeys(open_labels, 0.0)
        total = good = 0.0
        for text, logprob in {**dict(token.top), token.text: token.logprob}.items():
            if not isfinite(logprob) or not text.startswith(token.text[:lead]):
                continue
            meant = [label for label in open_labels if _continues(written + text[lead:], label)]
            mass = exp(logprob)
            total += mass if meant else 0.0
            good += mass if self.chosen in meant else 0.0
            for label in meant:
                masses[label] += mass
        if not token.top or not good > 0:
            return False
        others = (mass for label, mass in masses.items() if not label.startswith(self.written))
        self.second = max(self.second, self.share * max(others, default=0.0) / total)
        self.share *= good / total
        return True


def _continues(written: str, label: str) -> bool:
    """Whether what is written so far can still be, or has become, this label and nothing more."""
    if label.startswith(written):
        return True
    return written.startswith(label) and not (written[len(label)].isalnum() or written[len(label)] in "_-")


def _whole(text: str) -> Span:
    start = len(text) - len(text.lstrip())
    return Span((), start, len(text.rstrip()), discrete=True)


def _field(tokens: Sequence[Token], span: Span) -> float | None:
    return _reduced("seq" if span.discrete else "norm", tokens)


def _reduced(how: str, tokens: Sequence[Token]) -> float | None:
    logprobs = [token.logprob for token in tokens]
    if not logprobs or not all(isfinite(each) for each in logprobs):
        return None
    if how == "min":
        return exp(min(logprobs))
    total = fsum(logprobs)
    return exp(total) if how == "seq" else exp(total / len(logprobs))


def _least(values: Iterable[float | None]) -> float | None:
    found = list(values)
    known = [value for value in found if value is not None]
    return min(known) if known and len(known) == len(found) else None


def _distinct(tokens: Iterable[Token]) -> list[Token]:
    """Give each token once, though it may have written parts of two values."""
    return list({id(token): token for token in tokens}.values())
