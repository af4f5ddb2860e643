import multiprocessing
import os
import time
from dataclasses import dataclass
from multiprocessing.connection import wait

from rvm.datasets.inspect import Findings, Job
from rvm.datasets.inspect.pool import run_jobs, start_method


@dataclass(frozen=True)
class Work(Job):
    name: str
    does: str = 'nothing'
    num_files = 3

    def run(self, quick):
        if self.does == 'raise':
            raise ZeroDivisionError('what no checker\nforesaw')
        if self.does == 'die':
            os._exit(1)
        if self.does == 'sleep':
            time.sleep(20)
        return Findings(self.name, f'{self.name} {quick}', files=os.getpid())


def test_results_come_in_order_from_any_number_of_processes():
    jobs = [Work(str(number)) for number in range(30)]
    for workers in (1, 3):
        found = list(run_jobs(jobs, workers, quick=True))
        assert [(number, one.path) for number, one in found] == [
            (number, f'{number} True') for number in range(30)
        ]
        assert (os.getpid() in {one.files for _, one in found}) == (workers == 1)
    assert list(run_jobs([], 3, quick=True)) == []


def test_a_job_that_raises_is_a_fault():
    for workers in (1, 2):
        found = dict(run_jobs([Work('a'), Work('b', 'raise'), Work('c')], workers, quick=False))
        (fault,) = found[1].faults
        assert fault.text == 'b cannot be checked (ZeroDivisionError: what no checker foresaw)'
        assert found[1].files == 3
        assert found[0].faults == found[2].faults == []


def test_a_job_that_kills_its_process_is_named():
    jobs = [Work(str(number), 'die' if number in (0, 7) else 'nothing') for number in range(12)]
    found = list(run_jobs(jobs, 2, quick=False))
    assert [number for number, _ in found] == list(range(12))
    assert [one.name for _, one in found if one.faults] == ['0', '7']
    assert found[0][1].faults[0].kind == 'crash'


def test_who_stops_early_leaves_no_process_behind():
    others = set(multiprocessing.active_children())
    results = run_jobs([Work('a'), Work('b', 'sleep'), Work('c', 'sleep')], 2, quick=False)
    assert next(results)[1].name == 'a'
    processes = set(multiprocessing.active_children()) - others
    assert processes
    results.close()
    # Not `exitcode`: a thread of the pool may have asked for it first, and not noted it yet.
    assert all(wait([process.sentinel], 10) for process in processes)


def test_workers_are_forked_on_linux_alone():
    methods = [start_method(platform) for platform in ('linux', 'darwin', 'win32')]
    assert methods == ['fork', 'spawn', 'spawn']
