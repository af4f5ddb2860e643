"""Carries a plan out: in parallel, again and again, with the same result."""

import errno
import multiprocessing
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path

from tqdm import tqdm

from rvm.datasets.prepare.archives import forget_handles
from rvm.datasets.prepare.plan import Action, OutputError
from rvm.errors import DataError, UserError
from rvm.io.atomic import MARK, REPLACED_MARK, remove_leftovers

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
MAX_CHUNK = 64
GRACE = 5
"""Seconds that a worker has to clean up."""
STOPPED = 128 + signal.SIGTERM
_stopped = False

Result = tuple[Counter, tuple[str, ...], tuple[str, ...]]
"""Counts, faults, failures."""


@dataclass
class Outcome:
    """What became of the actions.

    Attributes:
        counts: Label -> number of outputs 'made' (or 'to make') and 'kept', and of files 'linked',
            'copied', 'unpacked', 'written'; 'bytes' of input.
        faults: A sentence an action whose input is wrong; the others were done all the same.
        failures: A sentence an action whose output cannot be made, whatever the input.
    """

    counts: dict[str, Counter] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def execute(
    actions: Iterable[Action], workers: int = 1, *, dry_run: bool = False, quiet: bool = False
) -> Outcome:
    """Carry out the actions whose output is not there yet.

    Args:
        actions: They may be done in any order: the result depends neither on it nor on `workers`.
        workers: Processes; with 1 it is done here.
        dry_run: Read and check, but write nothing.
        quiet: No progress bar.

    Raises:
        DataError: The disk is full, which stops all.
    """
    # Few archives are held open: one after the other is read, front to back, by each worker.
    actions = sorted(actions, key=lambda action: action.sources()[0].order)
    if not dry_run:
        sweep({target.parent for action in actions for target in action.targets()})
    outcome = Outcome()
    total = sum(action.size() for action in actions)
    options = {'unit': 'B', 'unit_scale': True, 'unit_divisor': 1024, 'dynamic_ncols': True}
    bar = tqdm(total=total, disable=quiet or not actions, **options)
    with bar, closing(_perform_all(actions, workers, dry_run)) as results:
        for action, (done, faults, failures) in zip(actions, results, strict=True):
            bar.update(action.size())
            outcome.faults += faults
            outcome.failures += failures
            outcome.counts.setdefault(action.label, Counter()).update(done)
    outcome.faults.sort()
    outcome.failures.sort()
    return outcome


def sweep(folders: Iterable[Path]) -> None:
    """Remove what killed runs on this machine left in the folders of the outputs."""
    mark = re.compile(rf'\.(.+?)(?:{re.escape(MARK)}|{re.escape(REPLACED_MARK)})\w+-\d+-\w{{8}}')
    for folder in sorted(folders):
        for name in os.listdir(folder) if folder.is_dir() else ():
            match = mark.match(name)
            if match is not None:
                remove_leftovers(folder / (match[1] + name[match.end() :]))


def _perform_all(actions: list[Action], workers: int, dry_run: bool) -> Iterator[Result]:
    perform = partial(_perform, dry_run=dry_run)
    workers = min(workers, len(actions))
    if workers <= 1:
        yield from map(perform, actions)
        return
    chunk = min(MAX_CHUNK, 1 + len(actions) // (8 * workers))
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, initializer=_start_worker)
    try:
        yield from pool.map(perform, actions, chunksize=chunk)
    except BaseException:
        own = set(multiprocessing.active_children()) - others
        for process in own:
            process.terminate()  # `_stop` in the worker cleans up
        pool.shutdown(wait=False, cancel_futures=True)
        # Not `join`: a thread of the pool may have collected a process, which is then not noted.
        sentinels = {process.sentinel: process for process in own}
        deadline = time.monotonic() + GRACE
        while sentinels and (left := deadline - time.monotonic()) > 0:
            for sentinel in wait(list(sentinels), left):
                del sentinels[sentinel]
        for process in sentinels.values():
            process.kill()  # one that hangs; the next run sweeps what it leaves
        raise
    pool.shutdown()


def _perform(action: Action, dry_run: bool) -> Result:
    """Do one action; return what was done, faults of the input, and failures of the output."""
    if _stopped:
        os._exit(STOPPED)
    try:
        if action.done():
            return Counter(kept=1), (), ()
        if dry_run:
            action.check()
            return Counter({'to make': 1, 'bytes': action.size()}), (), ()
        return Counter(made=1, bytes=action.size()) + action.make(), (), ()
    except SystemExit:
        if _stopped:
            os._exit(STOPPED)  # the pool would take it for a result, and go on
        raise
    except OutputError as error:
        return Counter(failed=1), (), (str(error),)
    except UserError as error:
        return Counter(failed=1), (str(error),), ()
    except OSError as error:
        if error.errno in FULL_DISK:
            raise DataError(
                f'the disk that holds {action.target.parent} is full; free some space, and start '
                'again: what is done stays'
            ) from error
        return Counter(failed=1), (), (f'{action.target} cannot be made ({error})',)
    except Exception as error:
        # One odd file among 100,000 that nobody foresaw; without its name it would not be found.
        names = ' and '.join(map(str, action.sources()[:2]))
        text = f'{names} cannot be used ({type(error).__name__}: {error}); mend or remove it'
        return Counter(failed=1), (text,), ()


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends the workers
    signal.signal(signal.SIGTERM, _stop)
    forget_handles()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _stop(*_: object) -> None:
    global _stopped
    _stopped = True
    raise SystemExit


def _end_with_parent() -> None:
    """End this worker when its parent was killed: else it would wait for work for ever."""
    multiprocessing.parent_process().join()
    os._exit(1)
