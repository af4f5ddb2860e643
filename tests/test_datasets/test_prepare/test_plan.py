import errno
import os
from collections import Counter

import pytest

from rvm.datasets.prepare.archives import DiskFile
from rvm.datasets.prepare.plan import (
    PlaceFile,
    PlaceFolder,
    Plan,
    place,
    same_contents,
    unfinished,
)
from rvm.errors import DataError


def blob(path, data=b'12345'):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return DiskFile(path, len(data))


@pytest.mark.parametrize(
    ('mode', 'said', 'links'),
    [('link', 'linked', 2), ('copy', 'copied', 1), ('symlink', 'linked', 1)],
)
def test_a_file_is_linked_or_copied(tmp_path, mode, said, links):
    source = blob(tmp_path / 'in' / 'a')
    (tmp_path / 'in' / 'alias').symlink_to(source.path)
    target = tmp_path / 'out' / 'deep' / 'a'
    action = PlaceFile('x', target, DiskFile(tmp_path / 'in' / 'alias', 5), mode)
    assert not action.done()
    assert action.make() == Counter([said])
    assert action.done()
    assert target.read_bytes() == b'12345'
    assert target.is_symlink() == (mode == 'symlink')
    assert source.path.stat().st_nlink == links
    assert os.listdir(target.parent) == ['a']


def test_where_no_link_is_possible_a_copy_is_made_and_said(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EXDEV, 'other disk')

    monkeypatch.setattr(os, 'link', refuse)
    assert place(blob(tmp_path / 'a'), tmp_path / 'b', 'link') == 'copied'
    assert (tmp_path / 'b').read_bytes() == b'12345'


def test_a_folder_appears_complete(tmp_path):
    files = (('1.jpg', blob(tmp_path / 'in' / 'x')), ('2.jpg', blob(tmp_path / 'in' / 'y', b'yy')))
    action = PlaceFolder('x', tmp_path / 'out' / 'clip', files, 'link')
    assert action.make() == Counter(linked=2)
    assert action.done()
    (tmp_path / 'out' / 'clip' / '.DS_Store').write_bytes(b'')
    assert action.done()


@pytest.mark.parametrize('change', ['more', 'fewer', 'other size', 'a file'])
def test_what_else_is_there_is_refused(tmp_path, change):
    files = tuple((str(n), blob(tmp_path / 'in' / str(n))) for n in range(3))
    target = tmp_path / 'out' / 'clip'
    action = PlaceFolder('x', target, files, 'copy')
    action.make()
    if change == 'more':
        (target / '4').write_bytes(b'')
    elif change == 'fewer':
        (target / '1').unlink()
    elif change == 'other size':
        (target / '1').write_bytes(b'')
    else:
        target.rename(tmp_path / 'away')
        target.write_bytes(b'')
    with pytest.raises(DataError, match=r'clip does not hold the 3 files that belong there'):
        action.done()
    one = PlaceFile('x', tmp_path / 'out' / 'one', files[0][1], 'copy')
    one.make()
    one.target.write_bytes(b'other')
    assert one.done()  # of the same size
    one.target.write_bytes(b'')
    with pytest.raises(DataError, match=r'one is not what .* would become; remove it'):
        one.done()


def test_a_failure_leaves_nothing(tmp_path):
    files = (('1', blob(tmp_path / 'in' / 'x')), ('2', DiskFile(tmp_path / 'in' / 'gone', 5)))
    action = PlaceFolder('x', tmp_path / 'out' / 'clip', files, 'copy')
    with pytest.raises(DataError, match='gone cannot be read'):
        action.make()
    assert os.listdir(tmp_path / 'out') == []

    def interrupted():
        with unfinished(tmp_path / 'out' / 'y') as partial:
            partial.write_bytes(b'half')
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path / 'out') == []


def test_empty_files_and_equal_targets_are_faults(tmp_path):
    plan = Plan()
    for name, data in (('a', b''), ('b', b'b'), ('c', b'c')):
        plan.add(PlaceFile('x', tmp_path / 'out' / 't', blob(tmp_path / name, data), 'link'))
    assert plan.faults == [f'{tmp_path / "a"} is empty (0 bytes)']
    plan.check_targets()
    assert len(plan.actions) == 1
    assert plan.faults[1:] == [
        f'{tmp_path / "b"} and {tmp_path / "c"} would both become {tmp_path / "out" / "t"}; '
        'rename one'
    ]


def test_contents_are_compared(tmp_path):
    a, b, c = (
        blob(tmp_path / name, data) for name, data in (('a', b'1'), ('b', b'1'), ('c', b'2'))
    )
    assert same_contents(a, b)
    assert not same_contents(a, c)
    assert not same_contents(a, blob(tmp_path / 'd', b'11'))


def test_names_that_differ_in_case_alone_are_a_fault(tmp_path):
    plan = Plan()
    for name in ('a.jpg', 'A.jpg', 'b.jpg'):
        plan.add(PlaceFile('x', tmp_path / 'out' / name, blob(tmp_path / f'in {name}'), 'link'))
    plan.check_targets()
    assert [action.target.name for action in plan.actions] == ['a.jpg', 'b.jpg']
    (fault,) = plan.faults
    assert 'would both become' in fault
