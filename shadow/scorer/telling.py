"""What of a comparator's findings becomes text that is stored or shown.

The one place through which values of answers leave with a difference: into `scores`, and so into every report, and into
what `shadow compare` prints. Where values are to be masked, this is where. A difference holds both of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comparators.divergence import Difference
    from comparators.panel import Score

DETAIL = 200
"""Characters of a detail that are kept."""

QUOTED = "masked"
"""How bodies must be kept for their values to be quoted: a word of `keep.bodies`."""


def detail_of(found: Score | Difference, keep: str) -> str:
    """Give what is told of a finding; nothing where bodies are not kept, for it quotes them."""
    return found.detail[:DETAIL] if keep == QUOTED else ""
