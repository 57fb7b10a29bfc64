"""Work in order, here or in several processes."""

from __future__ import annotations

import os

import pytest

from shadow.errors import ShadowError
from shadow.jobs import AHEAD, each_in_order


class Adder:
    """A tool that is made once in each process."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.uses = 0

    def add(self, part: int) -> tuple[int, int, int]:
        """Give the sum, how often this tool was used, and where."""
        if part < 0:
            raise ShadowError(f"{part} cannot be added")
        self.uses += 1
        return part + self.n, self.uses, os.getpid()


def test_with_one_job_it_is_done_here():
    """With one tool for all of it, part by part as they are asked for."""
    taken = []
    work = each_in_order(Adder.add, (taken.append(i) or i for i in range(3)), make=Adder, args=(10,), jobs=1)
    assert (next(work), taken) == ((0, (10, 1, os.getpid())), [0])
    assert [result[:2] for _, result in work] == [(11, 2), (12, 3)]


@pytest.mark.slow
def test_with_several_jobs_the_results_stay_in_order():
    """And no more is taken than is under way."""
    taken = []
    work = each_in_order(Adder.add, (taken.append(i) or i for i in range(40)), make=Adder, args=(10,), jobs=2)
    first = next(work)
    assert (first[1][0], len(taken)) == (10, 2 * (1 + AHEAD))
    rest = list(work)
    assert [result[0] for _, result in rest] == list(range(11, 50))
    assert os.getpid() not in {result[2] for _, result in rest}


@pytest.mark.slow
def test_an_error_in_a_process_is_raised_here():
    """With its own words; the processes are gone then."""
    with pytest.raises(ShadowError, match="-1 cannot be added"):
        list(each_in_order(Adder.add, [1, -1, 2], make=Adder, args=(10,), jobs=2))
