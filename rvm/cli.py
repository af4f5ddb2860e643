"""What every command line tool does alike: plain log lines, user errors in one sentence."""

import atexit
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import TextIO

from rvm.errors import UserError

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 10.0
"""Seconds that cleaning up may take before the next signal ends the process all the same."""
READER_GONE = 128 + 13
"""The status of a program that SIGPIPE ended, as shells show it."""


class Terminated(KeyboardInterrupt):
    """SIGTERM (a scheduler, `timeout`, a shutdown) is an interrupt, cleaned up after like one."""


class _Interrupts:
    """Raises at the first Ctrl-C or SIGTERM, and holds the others back until the process ends.

    `timeout` and schedulers signal a process twice, itself and its group: raising again would break
    off the cleaning up. A third signal, or one after `PATIENCE`, kills, in case that hangs.
    """

    def __init__(self) -> None:
        self.since: float | None = None
        self.before: dict[signal.Signals, object] = {}

    def __enter__(self) -> None:
        # What a shell had ignored (`nohup`, a background job) stays ignored.
        found = {number: signal.getsignal(number) for number in SIGNALS}
        self.before = {key: was for key, was in found.items() if was not in (signal.SIG_IGN, None)}
        self._set(self)

    def __exit__(self, *_: object) -> None:
        if self.since is None:
            for number, handler in self.before.items():
                signal.signal(number, handler)

    def __call__(self, number: int, _: object) -> None:
        if self.since is None:
            self.since = time.monotonic()
            # Python gives up its handlers long before torch's libraries are through.
            atexit.register(self._set, signal.SIG_IGN)
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
        self._set(signal.SIG_DFL)
        if time.monotonic() - self.since > PATIENCE:
            os.kill(os.getpid(), number)

    def _set(self, handler: object) -> None:
        for number in self.before:
            signal.signal(number, handler)


def sentence(error: UserError) -> str:
    """Return what an error says; from a worker of a data loader it comes with a traceback."""
    text = str(error)
    if not text.startswith('Caught '):
        return text
    return text.rpartition(f'{type(error).__name__}: ')[2].strip()


def run_tool(main: Callable[[], int | None]) -> None:
    """Run a tool's `main` and exit with its status.

    A `UserError` is printed as one sentence with status 2, Ctrl-C ends with status 130, SIGTERM
    with 143 after the same cleaning up, and a reader that left (`| head`) quietly with 141; any
    other exception is a bug and keeps its traceback.
    """
    logging.basicConfig(level=logging.INFO, format='%(message)s')
    try:
        status = _status(main)
        if sys.stdout is not None:
            sys.stdout.flush()  # here: at the end of the process nobody could catch it
    except BrokenPipeError:
        gone = [stream for stream in (sys.stdout, sys.stderr) if _has_no_reader(stream)]
        if not gone:
            raise
        for stream in gone:  # Python flushes them once more
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        status = READER_GONE
    sys.exit(status)


def _status(main: Callable[[], int | None]) -> int | str | None:
    try:
        with _Interrupts():
            return main()
    except SystemExit as end:  # argparse, after --help
        return end.code
    except UserError as error:
        print(f'error: {sentence(error)}', file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        print('\ninterrupted; unfinished outputs were removed', file=sys.stderr)
        return 128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)


def _has_no_reader(stream: TextIO | None) -> bool:
    """Return whether a stream is a pipe whose other end is closed."""
    try:
        number = stream.fileno()
        poll = select.poll()
    except (AttributeError, OSError, ValueError):  # no stream, no file, or no `poll` on Windows
        return False
    poll.register(number, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
