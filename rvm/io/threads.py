"""Small reads of many files in threads: who waits for a disk needs no core."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from rvm.errors import MediaError

THREADS = 8
AT_ONCE = 4096
"""Items that are in memory together."""

Item = TypeVar('Item')
Result = TypeVar('Result')


def read_in_threads(
    read: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[tuple[Item, Result | MediaError]]:
    """Yield items with what `read` returns of each, or the `MediaError` that it raises, in order.

    Args:
        read: Called in `THREADS` threads.
        items: Such as paths; taken `AT_ONCE` at a time.
    """

    def attempt(item: Item) -> Result | MediaError:
        try:
            return read(item)
        except MediaError as error:
            return error

    remaining = iter(items)
    with ThreadPoolExecutor(THREADS) as pool:
        while batch := list(islice(remaining, AT_ONCE)):
            yield from zip(batch, pool.map(attempt, batch), strict=True)
