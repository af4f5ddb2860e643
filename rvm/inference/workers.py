"""Threads with bounded queues, so that decoding, network and encoding overlap."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

Item = TypeVar('Item')

_END = object()
_POLL_SECONDS = 0.1


class _Thread(threading.Thread):
    """A daemon thread whose end is awaited through interrupts.

    After an interrupted `join` Python 3.11 takes a running thread for one that has ended; and what
    is cleaned up next must not be in use by it any more.
    """

    def __init__(self, target: Callable[[], object], name: str) -> None:
        super().__init__(target=target, name=name, daemon=True)
        self._ended = threading.Event()

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._ended.set()

    def wait(self) -> None:
        """Wait for the end, if it was started; an interrupt meanwhile is raised only then."""
        if self.ident is None:
            return
        interrupt = None
        while not self._ended.is_set():
            try:
                self._ended.wait()
            except KeyboardInterrupt as error:
                interrupt = error
        self.join()
        if interrupt is not None:
            raise interrupt


class Prefetcher(Generic[Item]):
    """Runs an iterable in a thread, a few items ahead.

    Iterate it once, inside a `with` block: leaving it ends the thread and closes the iterable,
    whether or not all was read. An error of the iterable is raised where its item was due.

    Args:
        items: What to run ahead.
        ahead: Items that may wait.

    Attributes:
        busy_seconds: Time spent in the iterable so far.
        waited_seconds: Time that the reading side waited for items.
    """

    def __init__(self, items: Iterable[Item], ahead: int) -> None:
        self._items = iter(items)
        self._queue: queue.Queue = queue.Queue(ahead)
        self._stop = threading.Event()
        self.busy_seconds = 0.0
        self.waited_seconds = 0.0
        self._iterated = False
        self._thread = _Thread(self._run, 'prefetch')

    def __enter__(self) -> 'Prefetcher[Item]':
        try:
            self._thread.start()
        except BaseException:  # an interrupt while the thread starts: nobody will leave the block
            self._stop.set()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.wait()

    def __iter__(self) -> Iterator[Item]:
        if self._iterated:
            raise RuntimeError('a Prefetcher can be iterated once; make a new one')
        self._iterated = True
        return self._read()

    def _read(self) -> Iterator[Item]:
        while True:
            start = time.perf_counter()
            item, error = self._queue.get()
            self.waited_seconds += time.perf_counter() - start
            if error is not None:
                raise error
            if item is _END:
                return
            yield item

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                start = time.perf_counter()
                item = next(self._items, _END)
                self.busy_seconds += time.perf_counter() - start
                self._put((item, None))
                if item is _END:
                    break
        except BaseException as error:
            self._put((None, error))
        finally:
            close = getattr(self._items, 'close', None)
            if close is not None:
                close()

    def _put(self, entry: tuple[Any, BaseException | None]) -> None:
        while not self._stop.is_set():
            if _try_put(self._queue, entry):
                return


def _try_put(waiting: queue.Queue, entry: object) -> bool:
    """Put an entry within the polling time; tell whether there was room."""
    try:
        waiting.put(entry, timeout=_POLL_SECONDS)
    except queue.Full:
        return False
    return True


class Consumer(Generic[Item]):
    """Calls a function for every item, in order, in a thread of its own.

    After an error of the function no more items are taken; the error is raised by the next `put`,
    or by `finish`. The thread starts with the first item.

    Args:
        function: Called with each item.
        waiting: Items that may wait; `put` blocks beyond.

    Attributes:
        busy_seconds: Time spent in the function so far.
        waited_seconds: Time that `put` waited for room.
    """

    def __init__(self, function: Callable[[Item], object], waiting: int) -> None:
        self._function = function
        self._queue: queue.Queue = queue.Queue(waiting)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self.busy_seconds = 0.0
        self.waited_seconds = 0.0
        self._thread = _Thread(self._run, 'consume')

    def put(self, item: Item) -> None:
        """Hand an item over."""
        if self._thread.ident is None and not self._stop.is_set():
            # not in __init__, where an interrupt would leave a thread that nobody knows
            self._thread.start()
        start = time.perf_counter()
        handed_over = False
        while not handed_over:
            if self._error is not None:
                raise self._error
            handed_over = _try_put(self._queue, item)
        self.waited_seconds += time.perf_counter() - start

    def finish(self) -> None:
        """Wait until all items are done."""
        self.put(_END)
        self._thread.wait()
        if self._error is not None:
            raise self._error

    def cancel(self) -> None:
        """Drop what waits and end the thread; the item under way is completed."""
        self._stop.set()
        self._thread.wait()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                item = self._queue.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if item is _END:
                return
            start = time.perf_counter()
            try:
                self._function(item)
            except BaseException as error:
                self._error = error
                return
            finally:
                self.busy_seconds += time.perf_counter() - start
