"""The noise floor: what differs because a side differs from itself, and what differs because the model does."""

from __future__ import annotations

from fallback.noise.state import NoiseState, Seen
from fallback.noise.verdict import Mark, PathVerdict, verdicts

__all__ = ["Mark", "NoiseState", "PathVerdict", "Seen", "verdicts"]
