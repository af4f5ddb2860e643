import errno
import multiprocessing
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from dataclasses import dataclass

import psutil
import pytest

from rvm.datasets.prepare import archives
from rvm.datasets.prepare.archives import DiskFile, forget_handles, list_archive
from rvm.datasets.prepare.execute import execute, sweep
from rvm.datasets.prepare.plan import Action, PlaceFile
from rvm.errors import DataError
from rvm.io.atomic import partial_path
from tests.test_datasets.test_prepare.raw import tree


@dataclass(frozen=True)
class Failing(Action):
    """Fails as it is told to."""

    blob: DiskFile
    error: Exception

    def sources(self):
        return (self.blob,)

    def done(self):
        return False

    def check(self):
        raise self.error

    def make(self):
        raise self.error


def places(tmp_path, count=10):
    actions = []
    for number in range(count):
        source = tmp_path / 'in' / f'{number}'
        source.parent.mkdir(exist_ok=True)
        source.write_bytes(b'x' * (number + 1))
        blob = DiskFile(source, number + 1)
        actions.append(
            PlaceFile('odd' if number % 2 else 'even', tmp_path / 'out' / f'{number}', blob, 'copy')
        )
    return actions


@pytest.mark.parametrize('workers', [1, 2, 4])
def test_all_is_made_and_counted_and_then_kept(tmp_path, workers):
    actions = places(tmp_path)
    outcome = execute(actions, workers, quiet=True)
    assert outcome.counts == {
        'even': Counter(made=5, copied=5, bytes=25),
        'odd': Counter(made=5, copied=5, bytes=30),
    }
    assert tree(tmp_path / 'out') == tree(tmp_path / 'in')
    again = execute(actions, workers, quiet=True)
    assert again.counts == {'even': Counter(kept=5), 'odd': Counter(kept=5)}


@pytest.mark.parametrize('workers', [1, 2])
def test_a_dry_run_writes_nothing_and_finds_faults(tmp_path, workers):
    actions = places(tmp_path, 4)
    fault = Failing('even', tmp_path / 'out' / 'x', actions[0].blob, DataError('x is broken'))
    outcome = execute([*actions, fault], workers, dry_run=True, quiet=True)
    assert outcome.faults == ['x is broken']
    assert outcome.counts['odd'] == Counter({'to make': 2, 'bytes': 6})
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('workers', [1, 2])
def test_a_fault_stops_nothing_else(tmp_path, workers):
    actions = places(tmp_path, 6)
    faults = [
        Failing('even', tmp_path / 'out' / 'x', actions[0].blob, error)
        for error in (DataError('b'), PermissionError(errno.EACCES, 'not allowed'), DataError('a'))
    ]
    outcome = execute([*faults, *actions], workers, quiet=True)
    assert outcome.faults == ['a', 'b']
    (failure,) = outcome.failures
    assert failure.startswith(f'{tmp_path}/out/x cannot be made')
    assert outcome.counts['even']['failed'] == 3
    assert len(tree(tmp_path / 'out')) == 6


def living(children):
    """Return those that are still there; one that has closed its files is not gone at once."""
    return psutil.wait_procs(children, timeout=2)[1]


@pytest.mark.parametrize('workers', [1, 2])
def test_a_full_disk_stops_all(tmp_path, workers):
    (action,) = places(tmp_path, 1)
    full = Failing('x', action.target, action.blob, OSError(errno.ENOSPC, 'full'))
    before = set(psutil.Process().children())
    with pytest.raises(DataError, match=r'the disk that holds .*out is full'):
        execute([full, *[action] * 20], workers, quiet=True)
    assert living(set(psutil.Process().children()) - before) == []


@pytest.mark.parametrize('workers', [1, 2])
def test_an_exception_that_nobody_foresaw_is_a_fault_with_its_file(tmp_path, workers):
    (action,) = places(tmp_path, 1)
    odd = Failing('x', tmp_path / 'out' / 'x', action.blob, IndexError('5 is out of bounds'))
    outcome = execute([odd, action], workers, quiet=True)
    assert outcome.faults == [
        f'{action.blob} cannot be used (IndexError: 5 is out of bounds); mend or remove it'
    ]
    assert len(tree(tmp_path / 'out')) == 1


@pytest.mark.parametrize('dry_run', [True, False])
def test_what_stands_in_the_way_is_a_failure_and_no_fault(tmp_path, dry_run):
    actions = places(tmp_path, 3)
    actions[1].target.parent.mkdir()
    actions[1].target.write_bytes(b'something else')
    outcome = execute(actions, quiet=True, dry_run=dry_run)
    assert outcome.faults == []
    assert [failure.partition(' is not')[0] for failure in outcome.failures] == [
        str(actions[1].target)
    ]


def test_each_archive_is_opened_once(tmp_path):
    actions = []
    for number in range(6):
        archive = tmp_path / f'{number}.zip'
        with zipfile.ZipFile(archive, 'w') as packed:
            for name in 'abc':
                packed.writestr(f'{name}{number}', f'{name}{number}')
        members = list_archive(DiskFile(archive, archive.stat().st_size))
        actions += [PlaceFile('x', tmp_path / 'out' / m.name, m, 'copy') for m in members]
    forget_handles()
    before = archives._zip.cache_info().misses
    execute(sorted(actions, key=lambda action: action.target.name), quiet=True)
    assert archives._zip.cache_info().misses - before == 6
    assert tree(tmp_path / 'out')['b4'] == b'b4'


def test_children_of_others_live_on(tmp_path):
    (action,) = places(tmp_path, 1)
    full = Failing('x', action.target, action.blob, OSError(errno.ENOSPC, 'full'))
    child = multiprocessing.Process(target=time.sleep, args=(60,))
    child.start()
    try:
        with pytest.raises(DataError, match='is full'):
            execute([full, *[action] * 20], 2, quiet=True)
        child.join(0.2)
        assert child.is_alive()
        assert multiprocessing.active_children() == [child]
    finally:
        child.kill()
        child.join()


def test_leftovers_of_dead_processes_go_and_all_else_stays(tmp_path):
    ended = subprocess.run(
        [sys.executable, '-c', 'import os; print(os.getpid())'], capture_output=True, check=True
    )
    target = tmp_path / 'a.b.jpg'
    mine = partial_path(target)
    dead = mine.with_name(mine.name.replace(f'-{os.getpid()}-', f'-{int(ended.stdout)}-'))
    folder = partial_path(tmp_path / '0001')
    dead_folder = folder.with_name(
        folder.name.replace(f'-{os.getpid()}-', f'-{int(ended.stdout)}-')
    )
    for path in (mine, dead, target, tmp_path / '.hidden'):
        path.write_bytes(b'')
    dead_folder.mkdir()
    (dead_folder / '0.jpg').write_bytes(b'')
    sweep([tmp_path, tmp_path / 'nowhere'])
    assert set(os.listdir(tmp_path)) == {mine.name, 'a.b.jpg', '.hidden'}
