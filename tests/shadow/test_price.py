"""What calls cost."""

from __future__ import annotations

from types import SimpleNamespace

from shadow.price import cost_of

PRICE = SimpleNamespace(input_per_million=2.0, output_per_million=4.0, per_call=0.5)


def test_a_cost_needs_a_price_and_has_to_be_a_number():
    """Without tokens a call still has its own price."""
    assert cost_of(None, 10, 10) is None
    assert cost_of(PRICE, None, None) == 0.5
    assert cost_of(SimpleNamespace(input_per_million=1e308, output_per_million=0, per_call=0), 10, 0) is None
    assert cost_of(PRICE, 1_000_000, None, calls=3) == 3.5
