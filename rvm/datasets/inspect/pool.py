"""Jobs in parallel processes, one result each, whatever happens to a process."""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress

import cv2

from rvm.datasets.inspect.fault import Fault, Findings
from rvm.datasets.inspect.job import Job

WAITING = 4
"""Jobs a process that are handed out ahead."""


def run_jobs(jobs: Sequence[Job], workers: int, quick: bool) -> Iterator[tuple[int, Findings]]:
    """Yield (number of the job, its findings), in order.

    Args:
        jobs: What to do.
        workers: Processes; with 1 all is done here.
        quick: See `Job.run`.
    """
    if workers <= 1 or len(jobs) < 2:
        for number, job in enumerate(jobs):
            yield number, run_job(job, quick)
        return
    done = 0
    while done < len(jobs):
        for number, found in _run_in_pool(jobs, done, workers, quick):
            yield number, found
            done = number + 1
        if done < len(jobs):  # a process has died: perhaps by this very job
            yield done, _run_alone(jobs[done], quick)
            done += 1


def run_job(job: Job, quick: bool) -> Findings:
    """Run a job; what a checker did not foresee is a fault of the clip, and no end of the check."""
    try:
        return job.run(quick)
    except Exception as error:
        name = getattr(job, 'name', repr(job))
        found = Findings(name, name, files=job.num_files)
        text = f'{name} cannot be checked ({type(error).__name__}: {error})'
        found.faults.append(Fault('damaged', name, ' '.join(text.split())))
        return found


def _run_in_pool(
    jobs: Sequence[Job], start: int, workers: int, quick: bool
) -> Iterator[tuple[int, Findings]]:
    """Yield results from `start` on, until the end or until a process dies."""
    waiting: deque[Future] = deque()
    ahead = start
    with suppress(BrokenProcessPool), _pool(workers) as pool:
        for number in range(start, len(jobs)):
            while ahead < min(len(jobs), number + WAITING * workers):
                waiting.append(pool.submit(run_job, jobs[ahead], quick))
                ahead += 1
            yield number, waiting.popleft().result()


def _run_alone(job: Job, quick: bool) -> Findings:
    try:
        with _pool(1) as pool:
            return pool.submit(run_job, job, quick).result()
    except BrokenProcessPool:
        name = getattr(job, 'name', repr(job))
        text = f'{name}: reading it kills the process, as damaged files or a lack of memory do'
        return Findings(name, name, [Fault('crash', name, text)], files=job.num_files)


def start_method(platform: str) -> str:
    """Return how workers start: by fork where system libraries survive one, as on Linux.

    Other methods import everything again in each process, which takes seconds for each source.

    Args:
        platform: As `sys.platform` has it.
    """
    return 'fork' if platform == 'linux' else 'spawn'


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context(start_method(sys.platform))
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, context, initializer=_start_worker)
    try:
        yield pool
    except BaseException:
        # First of all: a second Ctrl-C may cut a proper shutdown short, and workers that are left
        # would be waited for at the exit, for ever.
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches all: die at once, silently
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(0)


def _end_with_parent() -> None:
    """End this worker when its parent was killed: it would wait for work for ever."""
    multiprocessing.parent_process().join()
    os._exit(1)
