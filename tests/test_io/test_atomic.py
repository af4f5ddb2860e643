import os
import subprocess
import sys

import pytest

from rvm.io import atomic
from rvm.io.atomic import (
    MARK,
    REPLACED_MARK,
    atomic_output,
    atomic_write,
    commit,
    flush,
    folders_for,
    partial_path,
    remove,
    remove_leftovers,
)


def test_the_partial_is_hidden_beside_the_target_with_its_suffix(tmp_path):
    first, second = (partial_path(tmp_path / 'clip.mp4') for _ in range(2))
    assert first.parent == tmp_path
    assert first.name.startswith('.clip')
    assert first.suffix == '.mp4'
    assert MARK in first.name
    assert first != second
    assert f'-{os.getpid()}-' in first.name


def dead_process():
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, '-c', ''])
    process.wait()
    return process.pid


def leftover(target, monkeypatch, pid, mark=MARK, host='here'):
    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, 'getpid', lambda: pid)
        patch.setattr(atomic.socket, 'gethostname', lambda: host)
        return atomic._sibling(target, mark)


def test_only_leftovers_of_dead_processes_of_this_machine_go(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic.socket, 'gethostname', lambda: 'here')
    target, dead = tmp_path / 'a [1].mp4', dead_process()
    gone = [leftover(target, monkeypatch, dead) for _ in range(2)]
    gone[1].mkdir()
    (gone[1] / 'deep').touch()
    kept = [
        leftover(target, monkeypatch, os.getpid()),
        leftover(target, monkeypatch, os.getppid()),
        leftover(target, monkeypatch, dead, host='there'),
        leftover(tmp_path / 'b.mp4', monkeypatch, dead),
        leftover(tmp_path / 'a [1].mkv', monkeypatch, dead),
        tmp_path / '.a [1].partial-mine.mp4',
    ]
    for path in [gone[0], *kept]:
        path.touch()
    with atomic_output(target) as partial:
        assert not any(path.exists() for path in gone)
        partial.touch()
    assert set(tmp_path.iterdir()) == {target, *kept}


def test_a_folder_moved_aside_by_a_killed_run_comes_back(tmp_path, monkeypatch):
    target, dead = tmp_path / 'frames', dead_process()
    host = atomic.socket.gethostname()
    aside = leftover(target, monkeypatch, dead, REPLACED_MARK, host)
    aside.mkdir()
    (aside / 'old').touch()
    remove_leftovers(target)
    assert [path.name for path in target.iterdir()] == ['old']
    aside.mkdir()  # and goes where a new one has taken its place
    remove_leftovers(target)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize('step', [0, 1])
def test_an_interrupt_right_after_a_step_of_the_exchange(tmp_path, monkeypatch, step):
    target, partial = tmp_path / 'frames', tmp_path / 'partial'
    for folder, name in ((target, 'old'), (partial, 'new')):
        folder.mkdir()
        (folder / name).touch()
    replace, calls = os.replace, []

    def interrupted(source, destination):
        replace(source, destination)
        calls.append(source)
        if len(calls) == step + 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, 'replace', interrupted)
    with pytest.raises(KeyboardInterrupt):
        commit(partial, target)
    assert [path.name for path in target.iterdir()] == [['old'], ['new']][step]
    assert set(tmp_path.iterdir()) == {target, partial} if step == 0 else {target}


def test_a_file_appears_complete_and_replaces_the_old(tmp_path):
    target = tmp_path / 'new' / 'folder' / 'a.txt'
    for text in ('one', 'two'):
        with atomic_output(target) as partial:
            partial.write_text(text)
            assert not target.exists() or target.read_text() == 'one'
        assert target.read_text() == text
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize('error', [KeyboardInterrupt, OSError, SystemExit])
@pytest.mark.parametrize('kind', ['file', 'folder'])
def test_a_failure_leaves_the_old_and_nothing_else(tmp_path, error, kind):
    target = tmp_path / 'a'
    target.write_text('old')

    def fail():
        with atomic_output(target) as partial:
            if kind == 'folder':
                partial.mkdir()
                partial = partial / 'b'
            partial.write_text('half')
            raise error

    with pytest.raises(error):
        fail()
    assert target.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [target]


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_output(tmp_path / 'a'):
        pass


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / 'frames'
    for names in (['a', 'b'], ['c']):
        with atomic_output(target) as partial:
            partial.mkdir()
            for name in names:
                (partial / name).write_text(name)
        assert sorted(path.name for path in target.iterdir()) == names
    assert list(tmp_path.iterdir()) == [target]


def test_the_old_folder_comes_back_when_the_new_cannot_be_placed(tmp_path, monkeypatch):
    target, partial = tmp_path / 'frames', tmp_path / 'partial'
    for folder in (target, partial):
        folder.mkdir()
    (target / 'old').write_text('old')
    replace = os.replace

    def fail_for_new(source, destination):
        if source == partial:
            raise KeyboardInterrupt
        replace(source, destination)

    monkeypatch.setattr(atomic.os, 'replace', fail_for_new)
    with pytest.raises(KeyboardInterrupt):
        commit(partial, target)
    assert [path.name for path in target.iterdir()] == ['old']


def test_atomic_write_passes_the_path_on(tmp_path):
    atomic_write(tmp_path / 'a.txt', lambda path: path.write_text('text'))
    assert (tmp_path / 'a.txt').read_text() == 'text'


def test_remove_takes_files_folders_links_and_nothing(tmp_path):
    (tmp_path / 'kept').mkdir()
    (tmp_path / 'kept' / 'a').write_text('a')
    (tmp_path / 'link').symlink_to(tmp_path / 'kept')
    (tmp_path / 'tree' / 'deep').mkdir(parents=True)
    (tmp_path / 'file').write_text('b')
    for name in ('link', 'tree', 'file', 'missing'):
        remove(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ['kept']
    assert (tmp_path / 'kept' / 'a').exists()


def test_an_interrupt_of_a_removal_is_raised_when_all_is_gone(tmp_path, monkeypatch):
    for name in ('a/deep/1', 'a/deep/2', 'a/3'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    rmtree = atomic.shutil.rmtree

    def interrupted(path):
        monkeypatch.setattr(atomic.shutil, 'rmtree', rmtree)
        rmtree(path / 'deep')
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.shutil, 'rmtree', interrupted)
    with pytest.raises(KeyboardInterrupt):
        remove(tmp_path / 'a')
    assert list(tmp_path.iterdir()) == []


def test_folders_that_were_made_for_nothing_go(tmp_path):
    (tmp_path / 'mine').mkdir()

    def make(folder, made, *names, fails=True):
        with folders_for(tmp_path / folder):
            (tmp_path / made).mkdir(parents=True, exist_ok=True)
            for name in names:
                (tmp_path / made / name).touch()
            if fails:
                raise KeyError

    for folder, made in (('mine', 'mine'), ('mine/a/b', 'mine/a/b'), ('f/g', 'f')):
        with pytest.raises(KeyError):
            make(folder, made)
    assert [path.name for path in tmp_path.rglob('*')] == ['mine']
    with pytest.raises(KeyError):
        make('mine/c/d', 'mine/c/d', 'kept')
    assert (tmp_path / 'mine/c/d/kept').exists()
    make('e', 'e', fails=False)
    assert (tmp_path / 'e').is_dir()


def test_flush_syncs_every_file(tmp_path, monkeypatch):
    (tmp_path / 'deep').mkdir()
    for name in ('a', 'deep/b'):
        (tmp_path / name).write_text(name)
    synced = []
    monkeypatch.setattr(atomic.os, 'fsync', lambda number: synced.append(os.fstat(number).st_ino))
    flush(tmp_path)
    assert set(synced) == {(tmp_path / name).stat().st_ino for name in ('a', 'deep/b')}
