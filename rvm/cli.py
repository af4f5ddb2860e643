"""What every command line tool does alike: plain log lines, user errors in one sentence."""

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rvm.errors import UserError


class Terminated(KeyboardInterrupt):
    """SIGTERM (a scheduler, `timeout`, a shutdown) is an interrupt, cleaned up after like one."""


@contextmanager
def _termination_interrupts() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def sentence(error: UserError) -> str:
    """Return what an error says; from a worker of a data loader it comes with a traceback."""
    text = str(error)
    if not text.startswith('Caught '):
        return text
    return text.rpartition(f'{type(error).__name__}: ')[2].strip()


def run_tool(main: Callable[[], int | None]) -> None:
    """Run a tool's `main` and exit with its status.

    A `UserError` is printed as one sentence with status 2, Ctrl-C ends with status 130, SIGTERM
    with 143 after the same cleaning up; any other exception is a bug and keeps its traceback.
    """
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    try:
        with _termination_interrupts():
            status = main()
        sys.exit(status)
    except UserError as error:
        print(f'error: {sentence(error)}', file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt as interrupt:
        print('\ninterrupted; unfinished outputs were removed', file=sys.stderr)
        sys.exit(128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT))
