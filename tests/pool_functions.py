"""What workers of the pool's tests do; imports little, so that they start fast."""

import os
import signal
from pathlib import Path

from rvm import worker_pool
from rvm.allocator import keep_freed_memory
from rvm.errors import DataError

kept = []


def square(number):
    return number * number


def add_up(arrays, factor):
    """Also writes into an array: it must not be that of another call."""
    total = {name: float(array.sum()) * factor for name, array in arrays.items()}
    for array in arrays.values():
        array[...] = 0
    return total, os.getpid()


def refuse(number):
    raise DataError(f'number {number} is not liked')


def die(number):
    os.kill(os.getpid(), signal.SIGKILL)


def open_blocks(arrays):
    """Return the names of the blocks that this worker has open, and how many it has mapped."""
    maps = Path('/proc/self/maps')
    mapped = maps.read_text().count('/psm_') if maps.exists() else len(worker_pool._blocks)
    return sorted(worker_pool._blocks), mapped


def keep_views(arrays):
    kept.extend(arrays.values())
    return len(worker_pool._blocks)


def check_views(arrays):
    """Return whether the views that were kept are as they were, and forget them."""
    intact = [bool((array == 7).all()) for array in kept]
    kept.clear()
    return intact


def freed_memory_is_kept():
    return keep_freed_memory.cache_info().currsize == 1
