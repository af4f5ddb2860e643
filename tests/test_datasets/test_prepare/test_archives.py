import io
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from rvm.datasets.prepare.archives import (
    DiskFile,
    forget_handles,
    is_sequential,
    list_archive,
)
from rvm.errors import DataError
from tests.test_datasets.test_prepare.raw import pack


@pytest.fixture
def folder(tmp_path):
    for name, data in (('a/1.txt', b'one'), ('a/2.txt', b'zwei' * 500), ('b.txt', b'')):
        path = tmp_path / 'files' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / 'files'


def blob(path: Path) -> DiskFile:
    return DiskFile(path, path.stat().st_size)


def tar_of(path: Path, *infos: tarfile.TarInfo) -> DiskFile:
    with tarfile.open(path, 'w') as archive:
        for info in infos:
            archive.addfile(info)
    return blob(path)


@pytest.mark.parametrize('suffix', ['.zip', '.tar', '.tar.gz'])
def test_members_are_read_one_by_one_in_any_order(folder, tmp_path, suffix):
    holder = blob(pack(folder, tmp_path / f'x{suffix}', 'top'))
    members = list_archive(holder)
    found = {member.name: member for member in members}
    assert {name: member.size for name, member in found.items()} == {
        'top/a/1.txt': 3,
        'top/a/2.txt': 2000,
        'top/b.txt': 0,
    }
    for member in [*reversed(members), *members]:
        assert member.read() == (folder / Path(member.name).relative_to('top')).read_bytes()
    assert str(found['top/b.txt']) == f'{holder.path}: top/b.txt'
    assert found['top/a/1.txt'].file_name == '1.txt'
    assert is_sequential(holder) == (suffix == '.tar.gz')


@pytest.mark.parametrize('outer', ['.zip', '.tar'])
@pytest.mark.parametrize('inner', ['.zip', '.tar'])
def test_an_archive_in_an_archive_is_read(folder, tmp_path, outer, inner):
    (tmp_path / 'pack').mkdir()
    pack(folder, tmp_path / 'pack' / f'inner{inner}')
    (nested,) = list_archive(blob(pack(tmp_path / 'pack', tmp_path / f'outer{outer}')))
    contents = {member.name: member.read() for member in list_archive(nested)}
    assert contents['a/2.txt'] == b'zwei' * 500
    assert len(contents) == 3


def test_a_local_copy_vanishes(folder, tmp_path):
    member = list_archive(blob(pack(folder, tmp_path / 'x.zip')))[0]
    for near in (None, tmp_path / 'out' / 'clip'):
        with member.local(near) as path:
            assert path.read_bytes() == member.read()
            assert path.suffix == '.txt'
            assert (path.parent == tmp_path / 'out') == (near is not None)
        assert not path.exists()
    plain = blob(folder / 'a' / '1.txt')
    with plain.local(None) as path:
        assert path == plain.path


@pytest.mark.parametrize('name', ['../x.txt', '/etc/x.txt', 'a/../../x.txt', '..\\x.txt', 'C:/x'])
def test_members_that_point_outside_are_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / 'x.zip', 'w') as archive:
        archive.writestr(name, b'')
    tar = tar_of(tmp_path / 'x.tar', tarfile.TarInfo(name))
    for holder in (blob(tmp_path / 'x.zip'), tar):
        with pytest.raises(DataError, match='points out of the archive') as caught:
            list_archive(holder)
        assert str(holder) in str(caught.value)


def test_links_are_refused(tmp_path):
    info = tarfile.TarInfo('a.jpg')
    info.type, info.linkname = tarfile.SYMTYPE, '/etc/passwd'
    with pytest.raises(DataError, match=r"holds 'a.jpg', a link"):
        list_archive(tar_of(tmp_path / 'x.tar', info))


def test_a_hard_link_in_a_tar_is_the_file_that_it_links_to(folder, tmp_path):
    (folder / 'z.txt').hardlink_to(folder / 'a' / '2.txt')
    members = {m.name: m for m in list_archive(blob(pack(folder, tmp_path / 'x.tar')))}
    assert members['z.txt'].read() == members['a/2.txt'].read() == b'zwei' * 500
    info = tarfile.TarInfo('a.jpg')
    info.type, info.linkname = tarfile.LNKTYPE, 'b.jpg'
    with pytest.raises(DataError, match=r"holds 'a.jpg', a link"):
        list_archive(tar_of(tmp_path / 'y.tar', info))


@pytest.mark.parametrize('suffix', ['.zip', '.tar', '.tar.gz'])
@pytest.mark.parametrize('share', [0.3, 0.7])
def test_what_is_cut_off_is_refused(folder, tmp_path, suffix, share):
    path = pack(folder, tmp_path / f'x{suffix}')
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    forget_handles()
    if suffix == '.zip':  # without its end it is none
        assert list_archive(blob(path)) is None
        return
    with pytest.raises(DataError, match=re.escape(str(path))):
        list_archive(blob(path))


def test_a_tar_cut_between_two_files_is_refused(folder, tmp_path):
    path = pack(folder, tmp_path / 'x.tar')
    with tarfile.open(path) as archive:
        second = archive.getmembers()[1].offset
    path.write_bytes(path.read_bytes()[:second])
    with pytest.raises(DataError, match='lacks the mark of its end'):
        list_archive(blob(path))


def test_flipped_bytes_in_a_zip_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / 'x.zip', 'w') as archive:
        archive.writestr('a', bytes(100))
    data = bytearray((tmp_path / 'x.zip').read_bytes())
    data[60] = 1
    (tmp_path / 'x.zip').write_bytes(data)
    (member,) = list_archive(blob(tmp_path / 'x.zip'))
    with pytest.raises(DataError, match=r'x.zip: a cannot be read .*CRC'):
        member.read()


def test_a_name_twice_in_a_zip_is_refused(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        archive.writestr('a', b'1')
        with pytest.warns(UserWarning, match='Duplicate'):
            archive.writestr('a', b'2')
    (tmp_path / 'x.zip').write_bytes(buffer.getvalue())
    with pytest.raises(DataError, match="holds 'a' twice"):
        list_archive(blob(tmp_path / 'x.zip'))


def test_other_files_are_no_archives(tmp_path):
    (tmp_path / 'x.rar').write_bytes(b'Rar!' + bytes(2000))
    assert list_archive(blob(tmp_path / 'x.rar')) is None
