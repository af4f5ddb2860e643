"""A bounded pool of processes: calls go out, results come back in order, memory stays flat."""

import math
import multiprocessing
import os
import shutil
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rvm.allocator import keep_freed_memory
from rvm.errors import UserError

ALIGNMENT = 64
SHARED_FOLDER = Path('/dev/shm')
"""Where Linux keeps shared memory; containers often make it small."""


class WorkerPool:
    """Calls of module-level functions in worker processes, a context manager.

    At most `workers * (1 + ahead)` calls are under way: `submit` waits for the oldest before it
    hands out another. Arrays travel in shared memory that is used again and again. Workers use one
    core each, end with their parent, and leave Ctrl-C to it.

    Args:
        workers: Processes; with 0 every call is done at once in this process.
        ahead: Calls a worker that wait for it.
        preload: Modules that workers have imported when they start.
    """

    def __init__(self, workers: int, ahead: int = 1, preload: Iterable[str] = ()):
        if not isinstance(workers, int) or workers < 0:
            raise UserError(f'workers must be 0 or more, not {workers!r}')
        self.workers = workers
        self.limit = workers * (1 + ahead)
        self.preload = list(preload)
        self._pool: ProcessPoolExecutor | None = None
        self._waiting: deque[_Call] = deque()
        self._free: list[SharedMemory] = []

    def submit(
        self, function: Callable[..., Any], *args: Any, arrays: Mapping[str, np.ndarray] | None
    ) -> Future:
        """Call `function(arrays, *args)` in a worker; without `arrays`, `function(*args)`.

        Args:
            function: Of a module, so that the worker can import it.
            args: Small values, which are pickled.
            arrays: Large ones by name; the worker gets views that are its own only for the call.

        Returns:
            The future; its result is copied back by pickling, so it should be small.

        Raises:
            UserError: A worker died, or there is too little shared memory.
        """
        if self.workers == 0:
            future: Future = Future()
            # Errors go up from here: there is no other place where they could be seen.
            future.set_result(function(*args) if arrays is None else function(arrays, *args))
            return future
        while len(self._waiting) >= self.limit:
            self._wait_for_oldest()
        entries, size = _lay_out(arrays or {})
        memory = None if arrays is None else self._block(size)
        try:
            places = None if memory is None else _fill(memory, entries, arrays)
            future = self._start().submit(_call, function, args, places, self._blocks_with(memory))
        except BaseException as error:
            if memory is not None:
                self._free.append(memory)
            if isinstance(error, BrokenProcessPool):
                raise _died() from error
            raise
        self._waiting.append(_Call(future, memory))
        return future

    def run(self, function: Callable[..., Any], calls: Iterable[tuple]) -> Iterator[Any]:
        """Yield `function(*args)` for the arguments of every call, in order.

        Raises:
            UserError: A worker died.
        """
        futures: deque[Future] = deque()
        for args in calls:
            futures.append(self.submit(function, *args, arrays=None))
            while futures and (futures[0].done() or len(futures) >= max(1, self.limit)):
                yield result_of(futures.popleft())
        while futures:
            yield result_of(futures.popleft())

    def drain(self) -> None:
        """Wait until nothing is under way; raise what a call has raised."""
        while self._waiting:
            self._wait_for_oldest()

    def close(self) -> None:
        """End the workers, at once, and release the memory; a second call does nothing."""
        pool, self._pool = self._pool, None
        if pool is not None:
            busy = not all(call.future.done() for call in self._waiting)
            # All or none: one that is ended while it takes a call leaves the others waiting for it.
            for process in list((pool._processes or {}).values()) if busy else ():
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
        memories = [call.memory for call in self._waiting if call.memory] + self._free
        self._waiting.clear()
        self._free.clear()
        for memory in memories:
            _release(memory)

    def __enter__(self) -> 'WorkerPool':
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Not by fork: threads of this process (torch, CUDA) would be missing in the copy.
            method = 'forkserver' if sys.platform == 'linux' else 'spawn'
            context = multiprocessing.get_context(method)
            if method == 'forkserver':
                context.set_forkserver_preload(['rvm.worker_pool', *self.preload])
            self._pool = ProcessPoolExecutor(self.workers, context, initializer=_start_worker)
        return self._pool

    def _wait_for_oldest(self) -> None:
        call = self._waiting.popleft()
        try:
            result_of(call.future)
        finally:
            if call.memory is not None:
                self._free.append(call.memory)

    def _blocks_with(self, new: SharedMemory | None) -> frozenset[str]:
        """Return the names of all blocks that calls use, or will use again."""
        used = [*(call.memory for call in self._waiting), *self._free, new]
        return frozenset(memory.name for memory in used if memory is not None)

    def _block(self, size: int) -> SharedMemory:
        self._free.sort(key=lambda memory: memory.size)
        for number, memory in enumerate(self._free):
            if memory.size >= size:
                return self._free.pop(number)
        for memory in self._free[:1]:  # too small now: replaced, so that there are never more
            self._free.remove(memory)
            _release(memory)
        free = shutil.disk_usage(SHARED_FOLDER).free if SHARED_FOLDER.is_dir() else size
        if free < size:
            raise UserError(
                f'there are {free >> 20} MiB of shared memory left and {(size >> 20) + 1} are '
                'needed: enlarge /dev/shm (docker run --shm-size=8g), or use fewer workers or '
                'smaller chunks (0 workers need none)'
            )
        return SharedMemory(create=True, size=size)


@dataclass(frozen=True)
class _Call:
    future: Future
    memory: SharedMemory | None


@dataclass(frozen=True)
class _Places:
    """Where arrays lie: name of the block, and per array offset, shape and type."""

    block: str
    entries: dict[str, tuple[int, tuple[int, ...], str]]


def _lay_out(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, tuple], int]:
    """Return where arrays lie in a block, as in `_Places`, and its size in bytes."""
    entries, size = {}, 0
    for name, array in arrays.items():
        entries[name] = (size, array.shape, array.dtype.str)
        size += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
    return entries, max(size, ALIGNMENT)


def _fill(memory: SharedMemory, entries: dict[str, tuple], arrays: Mapping) -> _Places:
    """Copy arrays into a block."""
    # No name for a view: the traceback of an interruption would hold it, and so the block.
    for name, entry in entries.items():
        np.copyto(_view(memory, *entry), arrays[name])
    return _Places(memory.name, entries)


def _view(memory: SharedMemory, offset: int, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    # Unlike one by np.ndarray(buffer=...), the block cannot be closed while there is this view.
    return np.frombuffer(memory.buf, dtype, math.prod(shape), offset).reshape(shape)


def _release(memory: SharedMemory) -> None:
    memory.unlink()
    with suppress(BufferError):  # a traceback may hold a view: the last of them closes the block
        memory.close()


_blocks: dict[str, SharedMemory] = {}
"""Of a worker: the blocks that it has opened."""


def _call(
    function: Callable[..., Any], args: tuple, places: _Places | None, used: frozenset[str]
) -> Any:
    """Do a call in a worker.

    Args:
        function: See `WorkerPool.submit`.
        args: Its arguments.
        places: Where its arrays are, if it takes any.
        used: Names of all blocks that there are; of others the system keeps the memory for as long
            as a worker has them open.
    """
    for name in _blocks.keys() - used:
        with suppress(BufferError):  # a view is left; the next call tries again
            _blocks[name].close()
            del _blocks[name]
    if places is None:
        return function(*args)
    if places.block not in _blocks:
        _blocks[places.block] = SharedMemory(places.block)
    memory = _blocks[places.block]
    views = {name: _view(memory, *entry) for name, entry in places.entries.items()}
    return function(views, *args)


def result_of(future: Future) -> Any:
    """Return what a call has returned, as soon as it is done; raise what it has raised.

    Raises:
        UserError: Its worker died.
    """
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise _died() from error


def _died() -> UserError:
    return UserError(
        'a worker process was ended from outside, as the system does when memory runs out: use '
        'fewer workers'
    )


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    cv2.setNumThreads(1)
    keep_freed_memory()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the process that uses it was killed: it would wait for work for ever."""
    multiprocessing.parent_process().join()
    os._exit(1)
