import comparators


def test_every_public_name_is_there():
    """What `__all__` promises can be imported, and is sorted for readers."""
    missing = [name for name in comparators.__all__ if not hasattr(comparators, name)]
    assert missing == []


def test_a_notebook_needs_one_import():
    """Answers, a comparator and its result come from the package itself."""
    found = comparators.Json()(comparators.Answer.of(json={"a": 1}), comparators.Answer.of(json={"a": 2}))
    assert found == comparators.Divergence(
        1.0, "1 differ: /a", (comparators.Difference("/a", 1.0, "1 -> 2"),)
    )
