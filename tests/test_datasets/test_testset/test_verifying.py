import shutil
from pathlib import Path

import pytest

from rvm.datasets.testset import MANIFEST, make_testset, verify_testset
from rvm.errors import DataError
from tests.test_datasets.composited import clips_over, make_sources


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """A set of two data sets, of one clip and two frames each."""
    root = make_sources(tmp_path_factory.mktemp('sources') / 'data')
    out = tmp_path_factory.mktemp('made') / 'set'
    for name, kind in (('static', 'stills'), ('motion', 'videos')):
        make_testset(clips_over(root, kind, name=name, num_samples=1, num_frames=2), out)
    return out


@pytest.fixture
def folder(made, tmp_path) -> Path:
    """A copy that a test may change."""
    return shutil.copytree(made, tmp_path / 'set')


def test_a_set_is_as_it_was_written(folder):
    verdicts = verify_testset(folder, workers=2)
    assert [str(verdict) for verdict in verdicts] == [
        'motion: 8 files in the manifest, all as they were written',
        'static: 8 files in the manifest, all as they were written',
    ]
    assert all(verdict.is_whole for verdict in verdicts)
    assert [verdict.folder for verdict in verify_testset(folder / 'static')] == [folder / 'static']


def test_missing_changed_and_surplus_files_are_named(folder):
    (folder / 'static/0000/com/0001.png').unlink()
    (folder / 'static/0000/pha/0000.png').write_bytes(b'other')
    (folder / 'static/0000/com/0002.png').write_bytes(b'more')
    (folder / 'static/notes.txt').write_text('mine')
    motion, static = verify_testset(folder)
    assert motion.is_whole
    assert not static.is_whole
    assert str(static) == (
        'static: 8 files in the manifest, 1 missing (0000/com/0001.png); 1 changed '
        '(0000/pha/0000.png); 2 surplus (0000/com/0002.png, notes.txt)'
    )


def test_one_bit_is_enough(folder):
    file = folder / 'motion/0000/bgr/0001.png'
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert verify_testset(folder)[0].changed == ('0000/bgr/0001.png',)


def test_many_are_counted_and_ten_are_named(folder):
    shutil.rmtree(folder / 'static/0000')
    for number in range(12):
        (folder / f'static/{number}.txt').touch()
    text = str(verify_testset(folder)[1])
    assert '8 missing (0000/bgr/0000.png, ' in text
    assert '12 surplus (0.txt, 1.txt, 2.txt, ' in text
    assert text.endswith('9.txt and 2 more)')


def test_hidden_files_do_no_harm(folder):
    (folder / '.DS_Store').touch()
    (folder / 'static/.DS_Store').touch()
    (folder / '.static.partial-x').mkdir()
    assert all(verdict.is_whole for verdict in verify_testset(folder))


def test_a_data_set_without_a_manifest_is_a_fault(folder):
    (folder / 'static' / MANIFEST).unlink()
    motion, static = verify_testset(folder)
    assert motion.is_whole
    assert not static.is_whole
    assert str(static) == 'static: not checked, it has no manifest.json'


def test_where_there_is_nothing_to_check(folder, tmp_path):
    for name in ('static', 'motion'):
        (folder / name / MANIFEST).unlink()
    with pytest.raises(DataError, match=f'neither {folder} nor a folder in it has a manifest.json'):
        verify_testset(folder)
    with pytest.raises(DataError, match='nothing is no folder'):
        verify_testset(tmp_path / 'nothing')


def test_a_damaged_manifest_is_said(folder):
    (folder / 'static' / MANIFEST).write_text('{')
    with pytest.raises(DataError, match=r'static/manifest\.json is damaged'):
        verify_testset(folder)
