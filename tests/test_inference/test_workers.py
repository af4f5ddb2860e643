import os
import signal
import threading
import time
from collections import deque

import pytest

from rvm.inference.workers import Consumer, Prefetcher


@pytest.fixture(autouse=True)
def _in_time_and_no_thread_left():
    """Fail where a test deadlocks for less than ever, or leaves a thread behind."""
    before = set(threading.enumerate())
    start = time.perf_counter()
    yield
    assert set(threading.enumerate()) <= before
    assert time.perf_counter() - start < 5


def test_the_order_is_kept_and_the_end_reached():
    with Prefetcher(range(200), 3) as items:
        assert list(items) == list(range(200))


def test_no_item_is_an_item_too():
    with Prefetcher([], 1) as items:
        assert list(items) == []
    with Prefetcher([None, None], 1) as items:
        assert list(items) == [None, None]


def test_reading_ahead_is_bounded():
    taken = []

    def source():
        for number in range(50):
            taken.append(number)
            yield number

    with Prefetcher(source(), 4) as items:
        iterator = iter(items)
        assert next(iterator) == 0
        time.sleep(0.15)
        # one handed out, four waiting, one in the thread's hand
        assert len(taken) == 6


def test_an_error_comes_where_its_item_was_due():
    def source():
        yield 1
        yield 2
        raise ValueError('broken at 3')

    with Prefetcher(source(), 8) as items:
        time.sleep(0.05)  # the error has happened before the first item is asked for
        iterator = iter(items)
        assert [next(iterator), next(iterator)] == [1, 2]
        with pytest.raises(ValueError, match='broken at 3'):
            next(iterator)


@pytest.mark.parametrize('read', [0, 1, 10])
def test_leaving_early_closes_the_iterable_in_its_thread(read):
    closed_in = []

    def source():
        try:
            yield from range(1000)
        finally:
            closed_in.append(threading.current_thread().name)

    with Prefetcher(source(), 2) as items:
        iterator = iter(items)
        assert [next(iterator) for _ in range(read)] == list(range(read))
        time.sleep(0.05)  # let the queue fill
    assert closed_in == ['prefetch']


def test_leaving_by_an_error_does_not_wait_for_the_rest():
    def leave():
        with Prefetcher(iter(int, 1), 2) as items:
            for _ in items:
                raise RuntimeError('consumer')

    with pytest.raises(RuntimeError, match='consumer'):
        leave()


def test_the_prefetcher_tells_where_time_went():
    def slow():
        for number in range(4):
            time.sleep(0.03)
            yield number

    with Prefetcher(slow(), 2) as items:
        list(items)
    assert items.busy_seconds >= 0.12
    assert items.waited_seconds >= 0.1

    with Prefetcher(range(4), 2) as items:
        for _ in items:
            time.sleep(0.03)
    assert items.busy_seconds < 0.05
    assert items.waited_seconds < 0.05


def test_items_are_consumed_in_order():
    seen = []
    consumer = Consumer(seen.append, 3)
    for number in range(200):
        consumer.put(number)
    consumer.finish()
    assert seen == list(range(200))


def test_put_waits_where_the_queue_is_full():
    gate, seen = threading.Event(), []

    def slow(item):
        gate.wait(5)
        seen.append(item)

    consumer = Consumer(slow, 2)
    for number in range(3):  # one under way, two waiting
        consumer.put(number)
    timer = threading.Timer(0.2, gate.set)
    timer.start()
    consumer.put(3)
    assert gate.is_set()
    consumer.finish()
    timer.join()
    assert seen == [0, 1, 2, 3]
    assert consumer.waited_seconds > 0.15
    assert consumer.busy_seconds > 0.15


def _fail_at(number):
    def function(item):
        if item == number:
            raise OSError('disk full')

    return function


def test_an_error_is_raised_by_a_later_put():
    consumer = Consumer(_fail_at(2), 2)
    with pytest.raises(OSError, match='disk full'):
        deque(map(consumer.put, range(1000)))
    with pytest.raises(OSError, match='disk full'):
        consumer.finish()
    consumer.cancel()


def test_an_error_of_the_last_item_is_raised_by_finish():
    consumer = Consumer(_fail_at(1), 5)
    consumer.put(0)
    consumer.put(1)
    with pytest.raises(OSError, match='disk full'):
        consumer.finish()


def test_after_an_error_no_more_items_are_taken():
    gate, seen = threading.Event(), []

    def function(item):
        gate.wait(5)
        seen.append(item)
        raise ValueError(item)

    consumer = Consumer(function, 10)
    for number in range(5):  # all wait in the queue before the first is done
        consumer.put(number)
    gate.set()
    with pytest.raises(ValueError, match='0'):
        consumer.finish()
    consumer.cancel()
    assert seen == [0]


def test_cancel_while_full_drops_what_waits_and_completes_what_is_under_way():
    gate, begun, seen = threading.Event(), threading.Event(), []

    def slow(item):
        begun.set()
        gate.wait(5)
        seen.append(item)

    consumer = Consumer(slow, 2)
    for number in range(3):
        consumer.put(number)
    assert begun.wait(5)
    timer = threading.Timer(0.1, gate.set)
    timer.start()
    consumer.cancel()
    timer.join()
    assert seen == [0]


def test_cancel_of_an_idle_and_of_a_finished_consumer():
    Consumer(print, 1).cancel()
    consumer = Consumer(_fail_at(None), 1)
    consumer.finish()
    consumer.cancel()


def test_a_prefetcher_is_iterated_once():
    with Prefetcher(range(3), 1) as items:
        assert list(items) == [0, 1, 2]
        with pytest.raises(RuntimeError, match='can be iterated once'):
            iter(items)


def test_no_thread_before_the_first_item():
    before = threading.active_count()
    consumer = Consumer(print, 1)
    assert threading.active_count() == before
    consumer.finish()


@pytest.fixture
def _sigint_interrupts():
    """Workers of pytest-xdist ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures('_sigint_interrupts')
def test_an_interrupt_while_a_thread_is_awaited_is_raised_when_it_has_ended():
    gate, begun, done = threading.Event(), threading.Event(), []

    def slow(item):
        begun.set()
        gate.wait(5)
        done.append(item)

    consumer = Consumer(slow, 2)
    consumer.put(1)
    assert begun.wait(5)
    timers = [threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))]
    timers += [threading.Timer(0.3, gate.set)]
    for timer in timers:
        timer.start()
    with pytest.raises(KeyboardInterrupt):
        consumer.cancel()
    assert done == [1]
    for timer in timers:
        timer.join()
