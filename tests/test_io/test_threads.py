import threading

import pytest

from rvm.errors import MediaError
from rvm.io import threads
from rvm.io.threads import read_in_threads


def test_results_come_in_the_order_of_the_items(monkeypatch):
    monkeypatch.setattr(threads, 'AT_ONCE', 3)
    taken = []

    def items():
        for number in range(10):
            taken.append(number)
            yield number

    found = read_in_threads(lambda number: -number, items())
    assert next(found) == (0, 0)
    assert taken == [0, 1, 2]  # a few at a time
    assert list(found) == [(number, -number) for number in range(1, 10)]


def test_items_are_read_together():
    together = threading.Barrier(2, timeout=60)
    assert len(list(read_in_threads(lambda _: together.wait(), range(2)))) == 2


def test_faults_of_files_are_results_and_others_are_raised():
    def read(number):
        if number == 1:
            raise MediaError('damaged')
        return 1 // (2 - number)

    found = read_in_threads(read, (0, 1))
    assert next(found) == (0, 0)
    item, error = next(found)
    assert item == 1
    assert isinstance(error, MediaError)
    with pytest.raises(ZeroDivisionError):
        list(read_in_threads(read, (2,)))


def test_nothing_to_read():
    assert list(read_in_threads(int, [])) == []
