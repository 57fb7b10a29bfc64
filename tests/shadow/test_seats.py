"""What the workers of a house know of each other."""

from __future__ import annotations

import os

from shadow.seats import Alone, Hall, inherited


def test_workers_see_how_many_clients_the_others_have():
    """Through the words and the descriptor that the supervisor hands them."""
    hall = Hall(3)
    option, words = hall.words(1)
    seat = inherited(words)
    assert (option, seat.fewest()) == ("--seat", 0)
    seat.take(7)
    assert seat.fewest() == 7
    other = inherited(hall.words(2)[1])
    other.take(4)
    assert (seat.fewest(), hall.seats.fewest()) == (4, 4)
    hall.close()


def test_a_seat_that_was_left_counts_for_nothing():
    """Whether its worker left it, or fell and the supervisor saw it."""
    hall = Hall(2)
    first, second = (inherited(hall.words(number)[1]) for number in range(2))
    first.take(9)
    second.take(0)
    hall.seats.leave(1)
    assert first.fewest() == 9
    second.take(0)
    second.leave()
    assert first.fewest() == 9
    hall.close()


def test_the_file_is_closed_with_the_house():
    """It has no name that could stay behind."""
    hall = Hall(1)
    assert os.fstat(hall.fd).st_nlink == 0
    hall.close()
    assert hall._file.closed


def test_a_worker_alone_is_never_ahead():
    """It has as many clients as the one with the fewest: itself."""
    seat = Alone()
    assert seat.fewest() == 0
    seat.take(9)
    assert seat.fewest() == 9
    seat.leave()
    assert seat.fewest() == 0
