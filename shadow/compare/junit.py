"""What comparing two files gave, as JUnit's XML: a case for each id, written as it comes."""

from __future__ import annotations

import tempfile
from html import escape
from typing import IO, TYPE_CHECKING

from comparators.divergence import Verdict
from shadow.report.figures import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from comparators.panel import Judgement
    from shadow.compare.summary import Summary

_MEMORY = 1 << 20
LINE = "\n"


class Cases:
    """The cases seen so far, on disk once they are many: their number stands before them in the document."""

    def __init__(self, route: str) -> None:
        self._suite = _text(route)
        self._cases: IO[str] = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - `close` closes it
            _MEMORY, "w+", encoding="utf-8", newline="\n"
        )
        self._n = self._failures = self._skipped = 0

    def add(self, key: str, judgement: Judgement, told: Iterable[str]) -> None:
        """Add a pair: one that diverged failed, one that cannot be compared is skipped."""
        if judgement.verdict is Verdict.MATCH:
            self._write(key, "")
            return
        word, lines = str(judgement.verdict).replace("_", " "), [_text(line) for line in told]
        if judgement.verdict is Verdict.DIVERGED:
            self._failures += 1
            self._write(
                key, f'<failure message="{word}" type="{judgement.verdict}">{LINE.join(lines)}</failure>'
            )
        else:
            self._skip(key, f"{word}: {'; '.join(lines)}")

    def add_alone(self, key: str, file: str) -> None:
        """Add an id that only one file has: skipped."""
        self._skip(key, f"only in {_text(file)}")

    def _skip(self, key: str, why: str) -> None:
        self._skipped += 1
        self._write(key, f'<skipped message="{why}"/>')

    def _write(self, key: str, inside: str) -> None:
        self._n += 1
        self._cases.write(f'<testcase classname="{self._suite}" name="{_text(key)}">{inside}</testcase>\n')

    def document(self, summary: Summary) -> Iterator[str]:
        """Give the document, piece by piece; the share that diverged stands among its properties."""
        counts = f'tests="{self._n}" failures="{self._failures}" errors="0" skipped="{self._skipped}"'
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {counts}>\n'
        yield f'<testsuite name="{self._suite}" {counts}>\n'
        share = summary.diverged.share
        yield f'<properties><property name="diverged_share" value="{"" if share is None else share}"/></properties>\n'
        self._cases.seek(0)
        yield from self._cases
        yield "</testsuite>\n</testsuites>\n"

    def close(self) -> None:
        """Let go of the cases."""
        self._cases.close()


def _text(text: str) -> str:
    """Write a text as XML holds it: characters that XML forbids are spelled out."""
    return escape(clean(text, 1000), quote=True)
