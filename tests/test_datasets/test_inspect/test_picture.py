import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rvm.datasets.inspect.picture import (
    SAMPLE_BYTES,
    Picture,
    check_file,
    check_picture,
    digest_ends,
    digest_files,
)


def write(path, mode='RGB', size=(12, 8), value=None):
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (size[1], size[0], 4), np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    if value is not None:
        image.paste(value, (0, 0, *size))
    image.save(path)
    return path


def test_whole_pictures(tmp_path):
    path = write(tmp_path / 'a.jpg')
    assert check_file(path) == path.stat().st_size
    assert check_picture(path) == check_picture(path, quick=True) == Picture((8, 12))
    matte = write(tmp_path / 'm.png', 'L', value=7)
    assert check_picture(matte, 'grey') == Picture((8, 12), 7, 7)
    assert check_picture(matte, 'grey', labels=(7,)) == Picture((8, 12), 255, 255)
    rgba = write(tmp_path / 'r.png', 'RGBA', value=(1, 2, 3, 9))
    assert check_picture(rgba, 'rgba') == Picture((8, 12), 9, 9)


def test_files_that_are_no_files(tmp_path):
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'none').write_bytes(b'')
    (tmp_path / 'link').symlink_to(tmp_path / 'nowhere')
    (tmp_path / 'round').symlink_to(tmp_path / 'round')
    kinds = {
        name: check_file(tmp_path / name).kind
        for name in ('folder', 'none', 'link', 'round', 'missing')
    }
    assert kinds == {
        'folder': 'not-a-file',
        'none': 'empty',
        'link': 'link',
        'round': 'unreadable',
        'missing': 'missing',
    }
    assert check_file(tmp_path / 'folder').text.endswith('is a folder where a file should be')
    assert 'nowhere' in check_file(tmp_path / 'link').text


@pytest.mark.parametrize('suffix', ['jpg', 'png'])
@pytest.mark.parametrize('quick', [False, True])
def test_a_cut_off_picture(tmp_path, suffix, quick):
    path = write(tmp_path / f'a.{suffix}', size=(64, 48))
    path.write_bytes(path.read_bytes()[:-600])
    fault = check_picture(path, quick=quick)
    assert (fault.kind, fault.path) == ('truncated', str(path))


def test_what_follows_a_jpeg_is_no_fault(tmp_path):
    path = write(tmp_path / 'a.jpg')
    path.write_bytes(path.read_bytes() + bytes(100))
    assert isinstance(check_picture(path, quick=True), Picture)


def test_damage_inside_and_garbage(tmp_path):
    path = write(tmp_path / 'a.png', size=(64, 48))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    assert check_picture(path).kind == 'damaged'
    path.write_bytes(b'neither')
    assert check_picture(path).kind == check_picture(path, quick=True).kind == 'damaged'
    opaque = write(tmp_path / 'o.png')
    assert 'alpha' in check_picture(opaque, 'rgba').text


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = write(tmp_path / 'a.png')

    def refuse(self):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr(Path, 'read_bytes', refuse)
    fault = check_picture(path)
    assert fault.kind == 'unreadable'
    assert 'Permission denied' in fault.text


def test_digests_tell_contents_apart(tmp_path):
    one, same, other = (tmp_path / name for name in 'abc')
    stream = io.BytesIO(b'12345')
    for path, data in ((one, stream.getvalue()), (same, b'12345'), (other, b'12346')):
        path.write_bytes(data)
    assert digest_files([one]) == digest_files([same]) != digest_files([other])
    assert digest_files([one, tmp_path / 'missing']) is None


@pytest.fixture
def opened(monkeypatch):
    """Every file that is opened, with the number of bytes that are read of it."""
    reads = []

    class Counting(io.FileIO):
        def read(self, size=-1):
            data = super().read(size)
            reads[-1][1] += len(data)
            return data

    def counting(path, mode):
        reads.append([Path(path).name, 0])
        assert Path(path).is_file()  # a pipe would be waited for
        return Counting(path, 'r')

    monkeypatch.setattr('builtins.open', counting)
    return reads


@pytest.mark.parametrize(
    ('number', 'names'), [(1, ['0']), (2, ['0', '1']), (3, ['0', '1', '2']), (5, ['0', '2', '4'])]
)
def test_each_of_three_files_is_digested_once(tmp_path, number, names, opened):
    paths = [tmp_path / str(place) for place in range(number)]
    for path in paths:
        path.write_bytes(bytes(300_000))
    opened.clear()
    assert digest_ends(paths)
    assert opened == [[name, 300_000] for name in names]


def test_quick_digests_read_little_and_tell_contents_apart(tmp_path, opened):
    whole = bytes(range(256)) * 4000
    digests = set()
    for place in (None, 5, len(whole) // 2, len(whole) - 5):
        data = bytearray(whole)
        if place is not None:
            data[place] ^= 255
        path = tmp_path / str(place)
        path.write_bytes(data)
        opened.clear()
        digests.add(digest_files([path], quick=True))
        assert opened == [[path.name, 3 * SAMPLE_BYTES]]
    assert len(digests) == 4
    (tmp_path / 'longer').write_bytes(whole + whole)
    assert digest_files([tmp_path / 'longer'], quick=True) not in digests
    small = tmp_path / 'small'
    small.write_bytes(whole[:1000])
    assert digest_files([small], quick=True) == digest_files([small])


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='needs named pipes')
def test_a_pipe_is_not_opened(tmp_path, opened):
    os.mkfifo(tmp_path / 'pipe')
    assert check_file(tmp_path / 'pipe').kind == 'not-a-file'
    assert digest_files([tmp_path / 'pipe']) is None
    assert opened == []
