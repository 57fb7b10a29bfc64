"""The ids."""

from uuid import UUID

from shadow.ids import new_id


def test_ids_are_uuids_of_version_seven() -> None:
    """They parse as such and are written in lower case with dashes."""
    made = new_id()
    assert (UUID(made).version, str(UUID(made))) == (7, made)


def test_ids_sort_in_the_order_they_were_made() -> None:
    """Even many within one millisecond."""
    made = [new_id() for _ in range(5000)]
    assert made == sorted(set(made))
