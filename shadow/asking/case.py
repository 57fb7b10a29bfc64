"""Two answers, what a panel's entries ask about them, and what is known of it. Knows no store and no upstream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from comparators.divergence import NotComparable
from shadow.asking.questions import inquiry, sampled
from shadow.asking.said import Said, Unsaid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from comparators.answer import Answer
    from comparators.panel import Entry
    from shadow.asking.desk import Done
    from shadow.asking.entries import AskedComparator
    from shadow.asking.questions import Inquiry, Question, Upstream
    from shadow.asking.said import Words


@dataclass(slots=True)
class Case:
    """What is asked about two answers; `key` tells them from others, and which are in a sample."""

    key: str
    inquiries: list[Inquiry] = field(default_factory=list)
    words: dict[str, Said | Unsaid] = field(default_factory=dict)
    heard: dict[str, Answer] = field(default_factory=dict)
    """Answers by their question's key."""

    def inquire(
        self,
        entries: Iterable[Entry],
        versions: Mapping[Upstream, str],
        *,
        request: str,
        answers: tuple[Answer, Answer],
    ) -> None:
        """Take up what entries ask about the answers; `versions` tells whose word it would be."""
        for entry in entries:
            comparator: AskedComparator = entry.comparator  # type: ignore[assignment]  # entries that ask hold no others
            if not sampled(self.key, entry.label, comparator.sample):
                continue
            version = versions[comparator.name, comparator.of]
            try:
                self.inquiries.append(
                    inquiry(entry.label, comparator, version=version, request=request, answers=answers)
                )
            except NotComparable as exc:
                self.words[entry.label] = Unsaid(str(exc))

    def missing(self) -> tuple[Question, ...]:
        """Give the questions that nobody has answered yet."""
        asked = [question for each in self.inquiries for question in each.questions]
        return tuple(
            {question.key: question for question in asked if question.key not in self.heard}.values()
        )

    def hear(self, done: Done) -> Words:
        """Take what came of the missing questions, and say what was said."""
        self.heard.update((each.question.key, each.answer) for each in done.heard if each.answer is not None)
        return self.settled({each.question.key: each.outcome for each in done.heard if each.answer is None})

    def settled(self, why: Mapping[str, str]) -> Words:
        """Say what was said; `why` tells, by key, why a question has no answer."""
        for each in self.inquiries:
            keys = [question.key for question in each.questions]
            lacking = next((why.get(key, "not asked") for key in keys if key not in self.heard), None)
            kind = each.comparator.name
            if lacking is not None:
                self.words[each.label] = Unsaid(
                    f"{kind} {each.comparator.of}: {lacking.replace('_', ' ')}", passing=True
                )
            else:
                self.words[each.label] = Said(kind, *(self.heard[key] for key in keys))
        return self.words
