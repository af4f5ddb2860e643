"""The pool of processes: order, bounds, shared arrays, and what happens when something dies."""

import os
import subprocess
import sys
import time
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import psutil
import pytest

from rvm import worker_pool
from rvm.errors import DataError, UserError
from rvm.worker_pool import WorkerPool
from tests.conftest import ROOT
from tests.pool_functions import (
    add_up,
    check_views,
    die,
    freed_memory_is_kept,
    keep_views,
    open_blocks,
    refuse,
    square,
)


@pytest.mark.parametrize('workers', [0, 1, 2])
def test_results_come_in_order(workers):
    with WorkerPool(workers) as pool:
        assert list(pool.run(square, ((n,) for n in range(20)))) == [n * n for n in range(20)]


@pytest.mark.parametrize('workers', [0, 2])
def test_arrays_arrive(workers):
    rng = np.random.default_rng(0)
    calls = [
        {'a': rng.integers(0, 255, (3, n + 1, 5), np.uint8), 'b': rng.random((n, 2))}
        for n in range(12)
    ]
    expected = [{k: float(v.sum()) * 2 for k, v in call.items()} for call in calls]
    with WorkerPool(workers) as pool:
        futures = [pool.submit(add_up, 2, arrays=call) for call in calls]
        results = [future.result() for future in futures]
    assert [total for total, _ in results] == expected
    assert (os.getpid() in {process for _, process in results}) == (workers == 0)


@pytest.mark.parametrize('workers', [0, 1])
def test_no_arrays_are_not_the_same_as_none(workers):
    with WorkerPool(workers) as pool:
        assert pool.submit(add_up, 2, arrays={}).result()[0] == {}


def test_no_more_is_under_way_than_asked_for():
    with WorkerPool(1, ahead=1) as pool:
        futures = [pool.submit(square, n, arrays=None) for n in range(6)]
        assert sum(not future.done() for future in futures) <= 2
        names = set()
        for _ in range(10):
            pool.submit(add_up, 1, arrays={'a': np.ones(1000)})
            names |= {call.memory.name for call in pool._waiting if call.memory}
        assert len(names) <= 2


def test_shared_memory_is_released():
    pool = WorkerPool(1)
    pool.submit(add_up, 1, arrays={'a': np.ones(1 << 20, np.uint8)}).result()
    (name,) = (call.memory.name for call in pool._waiting)
    pool.close()
    pool.close()
    with pytest.raises(FileNotFoundError):
        SharedMemory(name)


def mebibytes(count, value=0):
    return {'a': np.full(count << 20, value, np.uint8)}


def test_workers_close_blocks_that_are_replaced():
    with WorkerPool(2) as pool:
        futures = [pool.submit(open_blocks, arrays=mebibytes(size)) for size in range(1, 21)]
        used = {memory.name for call in pool._waiting if (memory := call.memory)}
        used |= {memory.name for memory in pool._free}
        names, mapped = futures[-1].result()
    assert 1 <= mapped == len(names) <= pool.limit
    assert set(names) <= used


def test_a_block_with_views_stays_open_as_long_as_they_live():
    with WorkerPool(1, ahead=0) as pool:
        pool.submit(keep_views, arrays=mebibytes(1, 7)).result()
        assert pool.submit(keep_views, arrays=mebibytes(2, 7)).result() == 2
        assert pool.submit(check_views, arrays=mebibytes(3)).result() == [True, True]
        names, mapped = pool.submit(open_blocks, arrays=mebibytes(3)).result()
        assert mapped == len(names) == 1


def kill_workers(pool, monkeypatch):
    for process in pool._pool._processes.values():
        process.kill()
        process.join()
    while not pool._pool._broken:
        time.sleep(0.01)


def fail_to_start(pool, monkeypatch):
    def refuse_to_start():
        raise OSError('no more processes')

    monkeypatch.setattr(pool, '_start', refuse_to_start)


def interrupt_copying(pool, monkeypatch):
    def interrupt(target, source):
        del target  # as the C function, which has no frame that a traceback could hold
        raise KeyboardInterrupt

    monkeypatch.setattr(worker_pool.np, 'copyto', interrupt)


@pytest.mark.parametrize(
    ('harm', 'error'),
    [(kill_workers, UserError), (fail_to_start, OSError), (interrupt_copying, KeyboardInterrupt)],
)
def test_a_call_that_cannot_go_out_leaves_no_block_behind(monkeypatch, harm, error):
    names = []

    def create(**options):
        memory = SharedMemory(**options)
        names.append(memory.name)
        return memory

    monkeypatch.setattr(worker_pool, 'SharedMemory', create)
    with WorkerPool(1) as pool:
        pool.submit(square, 2, arrays=None).result()
        harm(pool, monkeypatch)
        with pytest.raises(error) as caught:
            pool.submit(add_up, 1, arrays=mebibytes(1))
    assert caught.tb is not None  # it holds the frames that filled the block
    assert len(names) == 1
    with pytest.raises(FileNotFoundError):
        SharedMemory(names[0])


def test_workers_keep_freed_memory():
    with WorkerPool(1) as pool:
        assert pool.submit(freed_memory_is_kept, arrays=None).result()


@pytest.mark.parametrize('workers', [0, 1])
def test_errors_of_calls_come_through(workers):
    with WorkerPool(workers) as pool, pytest.raises(DataError, match='number 3 is not liked'):
        list(pool.run(refuse, [(3,)]))


@pytest.mark.parametrize(('calls', 'seconds'), [(1, 0), (3, 0), (3, 60)])
def test_closing_ends_every_worker(calls, seconds):
    pool = WorkerPool(2)
    for _ in range(calls):
        pool.submit(time.sleep, seconds, arrays=None)
    began = time.monotonic()
    processes = list(pool._pool._processes.values())
    pool.close()
    assert time.monotonic() - began < 30
    assert processes
    assert [process for process in processes if process.is_alive()] == []


def test_a_worker_that_dies_is_said():
    with WorkerPool(1) as pool, pytest.raises(UserError, match='ended from outside'):
        list(pool.run(die, [(1,), (2,), (3,)]))


def test_too_little_shared_memory_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(worker_pool, 'SHARED_FOLDER', tmp_path)
    monkeypatch.setattr(
        worker_pool.shutil, 'disk_usage', lambda path: type('Usage', (), {'free': 1 << 20})
    )
    with WorkerPool(1) as pool, pytest.raises(UserError, match=r'1 MiB of shared memory.*shm-size'):
        pool.submit(add_up, 1, arrays={'a': np.zeros(2 << 20, np.uint8)})


def test_a_wrong_number_of_workers_is_refused():
    with pytest.raises(UserError, match='0 or more, not -1'):
        WorkerPool(-1)


def test_workers_end_with_a_killed_parent():
    code = (
        'import time\n'
        'from tests.pool_functions import square\n'
        'from rvm.worker_pool import WorkerPool\n'
        "if __name__ == '__main__':\n"
        '    pool = WorkerPool(1)\n'
        '    pool.submit(square, 2, arrays=None).result()\n'
        "    print('ready', flush=True)\n"
        '    time.sleep(60)\n'
    )
    process = subprocess.Popen(
        [sys.executable, '-c', code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == 'ready\n'
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 2
    process.kill()
    process.wait()
    deadline = time.monotonic() + 20
    while any(child.is_running() for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [child for child in children if child.is_running()] == []
