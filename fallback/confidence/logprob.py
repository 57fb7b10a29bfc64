"""Confidence from the log-probabilities of the tokens a model wrote. Knows the reply, not who sent it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, fsum
from typing import TYPE_CHECKING, Literal

from comparators.pointer import parse
from fallback.confidence.spans import Span, locate
from fallback.confidence.tokens import REFUSED, TRUNCATED, reply_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from comparators.answer import Answer, Reply, Token
    from fallback.confidence.spans import Located

_UNKNOWN = -9999.0  # what servers write for "outside the likeliest": no probability, however small


class LogProb:
    """A reduction of the tokens' log-probabilities to one number.

    `seq` is exp(Σ), the probability of the whole; `norm` exp(mean), the geometric mean; `min` exp(min), the least
    sure token. `field` takes each value of the reply's JSON by itself – exp(Σ) where it is right or wrong as a
    whole (numbers, codes, labels), exp(mean) where it is free text – and gives the least. `label` is the
    probability of the chosen one of `labels`, renormalised over all of them by the alternatives the server told
    (`top_logprobs`); with `margin` the lead over the second likeliest.

    `over` restricts each to the values at these JSON Pointers of the reply's JSON, or below them; without it
    `field` takes every value, the others every token. None when the reply is empty, was cut short or refused, when
    a token's log-probability is missing or positive, when tokens and text do not match, when a pointer leads
    nowhere, and for a label when the server told no alternatives to it or when it is none of `labels`.

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
        if reply is None or not _whole_and_willing(reply):
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
            return _least(_field([reply.tokens[i] for i in located.within(span)], span) for span in spans)
        indices = {
            index for span in spans for index in located.within(span)
        }  # one may write parts of two values
        return _reduced(self._reduce, [reply.tokens[index] for index in indices])

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
        choice = _Choice(self._labels)
        first, _ = located.bytes_of(span)
        for index in self._telling(located, span):
            token = reply.tokens[index]
            before = max(first - located.edges[index], 0)
            if not choice.narrowed(token, len(token.text.encode()[:before].decode("utf-8", "ignore"))):
                return None
        if choice.open() != [written]:
            return None
        return max(choice.share - choice.second, 0.0) if self._margin else choice.share

    def _telling(self, located: Located, span: Span) -> range:
        """Give the tokens of a label and the one behind it, which tells `card` from `card_declined`."""
        within = located.within(span)
        return range(within.start, min(within.stop + 1, len(located.tokens)))


@dataclass(slots=True)
class _Choice:
    """Follows the tokens of a label and keeps the probability that it, of all labels, is what is written."""

    labels: tuple[str, ...]
    written: str = ""
    share: float = 1.0
    second: float = 0.0

    def open(self) -> list[str]:
        """Give the labels that what is written so far can be."""
        return [label for label in dict.fromkeys(self.labels) if _continues(self.written, label)]

    def narrowed(self, token: Token, lead: int) -> bool:
        """Take the next token, whose first `lead` characters come before the label; False when it tells too little.

        An alternative counts for what was written when it leaves no other label open, and else against it.
        """
        before, begun = self.open(), self.written
        if len(before) < 2:
            return True
        self.written += token.text[lead:]
        after = self.open()
        if not _known(token.logprob) or len({token.text, *(text for text, _ in token.top)}) < 2:
            return False
        good, rivals = exp(token.logprob), dict.fromkeys(before, 0.0)
        bad = 0.0
        for text, logprob in dict(token.top).items():
            if text == token.text or not _known(logprob) or not text.startswith(token.text[:lead]):
                continue
            meant = [label for label in before if _continues(begun + text[lead:], label)]
            others = [label for label in meant if label not in after]
            good += exp(logprob) if meant and not others else 0.0
            bad += exp(logprob) if others else 0.0
            for label in others:
                rivals[label] += exp(logprob)
        if not good > 0:
            return False
        self.second = max(self.second, self.share * max(rivals.values()) / (good + bad))
        self.share *= good / (good + bad)
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


def _known(logprob: float) -> bool:
    """Whether it is the logarithm of a probability: not NaN, not positive, not a mark."""
    return _UNKNOWN < logprob <= 0.0


def _whole_and_willing(reply: Reply) -> bool:
    said = bool(reply.tokens) and not reply.text.isspace() and reply.text != ""
    return said and not (reply.refused or reply.finish in REFUSED or reply.finish in TRUNCATED)


def _reduced(how: str, tokens: Sequence[Token]) -> float | None:
    logprobs = [token.logprob for token in tokens]
    if not logprobs or not all(map(_known, logprobs)):
        return None
    if how == "min":
        return exp(min(logprobs))
    total = fsum(logprobs)
    return exp(total) if how == "seq" else exp(total / len(logprobs))


def _least(values: Iterable[float | None]) -> float | None:
    found = list(values)
    known = [value for value in found if value is not None]
    return min(known) if known and len(known) == len(found) else None
