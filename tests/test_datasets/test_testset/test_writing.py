import json
from pathlib import Path

import numpy as np
import pytest
import torch

from rvm.datasets import CompositedClips, EvaluationClips, frames
from rvm.datasets.compositing.render import render
from rvm.datasets.testset import (
    MANIFEST,
    PictureFormat,
    make_testset,
    notes,
    read_manifest,
    verify_testset,
    writing,
)
from rvm.errors import ConfigError, DataError, MediaError
from rvm.io import frame_size, read_image
from tests.test_datasets.composited import clips_over, images_over, make_sources
from tests.test_datasets.footage import save


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Sources that no test changes."""
    return make_sources(tmp_path_factory.mktemp('sources') / 'data')


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob('*')) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize('make', [clips_over, images_over])
def test_the_files_are_the_clips_of_the_data_set(root, tmp_path, make):
    config = make(root, 'videos', num_samples=2)
    assert make_testset(config, tmp_path / 'set') == tmp_path / 'set' / 'made'
    made, read = CompositedClips(**config), EvaluationClips(path=str(tmp_path / 'set'))
    assert len(made) == len(read) == 2
    for index in range(2):
        one, two = made[index], read[index]
        assert (one['clip'], one['frames']) == (two['clip'], two['frames'])
        for name in ('src', 'pha', 'fgr'):
            assert torch.equal(one[name], two[name])
        bgr = read_image(tmp_path / f'set/made/{index:04}/bgr/0005.png')
        assert np.array_equal(one['bgr'][5].permute(1, 2, 0).numpy(), bgr)


def test_bytes_depend_neither_on_workers_nor_on_the_run(root, tmp_path):
    config = images_over(root, num_frames=11)  # more than a chunk
    for name, workers in (('one', 1), ('two', 2), ('again', 1)):
        make_testset(config, tmp_path / name, workers=workers)
    one = content(tmp_path / 'one')
    assert len(one) == 4 * 11 * 4 + 1
    assert one == content(tmp_path / 'two') == content(tmp_path / 'again')


def test_another_seed_gives_other_files(root, tmp_path):
    for seed in (0, 1):
        make_testset(images_over(root, seed=seed), tmp_path / str(seed))
    first, second = content(tmp_path / '0'), content(tmp_path / '1')
    assert first.keys() == second.keys()
    assert not [name for name in first if '/bgr/' not in name and first[name] == second[name]]


def test_the_manifest_tells_how_and_from_what(root, tmp_path):
    config = images_over(root, 'videos', seed=5)
    folder = make_testset(config, tmp_path)
    manifest, dataset = read_manifest(folder), CompositedClips(**config)
    assert manifest['parameters'] == dataset.describe_parameters() | {'format': 'png'}
    assert manifest['samples'] == [dataset.describe(index) for index in range(4)]
    assert set(manifest['files']) == content(folder).keys() - {MANIFEST}
    assert str(tmp_path) not in json.dumps(manifest)
    assert str(root) not in json.dumps(manifest)
    assert manifest['samples'][0]['foreground']['fgr'] == 'images/fgr/tall.png'


def test_jpeg_has_full_chroma_and_grey_alpha(root, tmp_path):
    config = clips_over(root, num_samples=1, num_frames=2)
    folder = make_testset(config, tmp_path, picture_format=PictureFormat('jpg', 90))
    assert (
        read_manifest(folder)['parameters'].items()
        >= {
            'format': 'jpg',
            'quality': 90,
            'chroma': '444',
        }.items()
    )
    data = (folder / '0000/com/0000.jpg').read_bytes()
    start = data.index(b'\xff\xc0')
    assert data[start + 9 : start + 12] == bytes([3, 1, 0x11])  # three parts, the first at 1x1
    grey = (folder / '0000/pha/0000.jpg').read_bytes()
    assert grey[grey.index(b'\xff\xc0') + 9] == 1
    clip = CompositedClips(**config)[0]
    read = EvaluationClips(path=str(tmp_path))[0]
    for name in ('src', 'pha', 'fgr'):
        assert (clip[name].int() - read[name].int()).abs().float().mean() < 4
    worse = make_testset(config, tmp_path / 'b', picture_format=PictureFormat('jpg', 20))
    assert (worse / '0000/com/0000.jpg').read_bytes() != data


def test_what_else_is_in_the_set_is_left_alone(root, tmp_path):
    make_testset(clips_over(root, name='static'), tmp_path)
    before = content(tmp_path / 'static')
    (tmp_path / 'readme.txt').write_text('mine')
    make_testset(clips_over(root, 'videos', name='motion'), tmp_path)
    assert content(tmp_path / 'static') == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ['motion', 'readme.txt', 'static']
    clips = EvaluationClips(path=str(tmp_path))
    assert len(clips) == 8
    assert clips[4]['clip'] == 'static/0000'


def test_a_data_set_is_replaced_only_by_force(root, tmp_path):
    config = clips_over(root, num_samples=1)
    folder = make_testset(config, tmp_path)
    before = content(folder)
    with pytest.raises(DataError, match=r'made is there already; .* --force'):
        make_testset(config | {'seed': 1}, tmp_path)
    assert content(folder) == before
    make_testset(clips_over(root, num_samples=2, seed=1), tmp_path, force=True)
    assert len(content(folder)) == 2 * 6 * 4 + 1
    assert all(verdict.is_whole for verdict in verify_testset(tmp_path))


def test_what_was_not_made_here_is_never_replaced(root, tmp_path):
    (tmp_path / 'made').mkdir()
    make_testset(clips_over(root, num_samples=1), tmp_path)  # empty: may be used
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine' / 'thesis.txt').write_text('mine')
    (tmp_path / 'file').write_text('mine')
    for name in ('mine', 'file'):
        with pytest.raises(DataError, match=name):
            make_testset(clips_over(root, name=name), tmp_path, force=True)
    with pytest.raises(DataError, match='file/made cannot be written'):
        make_testset(clips_over(root), tmp_path / 'file')
    assert (tmp_path / 'mine' / 'thesis.txt').read_text() == 'mine'


@pytest.mark.parametrize('workers', [1, 2])
def test_a_source_that_is_damaged_leaves_nothing(tmp_path, workers):
    root = make_sources(tmp_path / 'data')
    file = root / 'clips/pha/c/0001.png'
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(MediaError, match=r'pha/c/0001.png'):
        make_testset(clips_over(root), tmp_path / 'set', workers=workers)
    assert [path.name for path in tmp_path.iterdir()] == ['data']


def test_the_folder_of_a_set_that_failed_goes_only_if_it_was_made_and_is_empty(
    root, tmp_path, monkeypatch
):
    monkeypatch.setattr(writing, 'write_manifest', lambda *args: 1 / 0)
    (tmp_path / 'mine').mkdir()
    for out in ('mine', 'new/set'):
        with pytest.raises(ZeroDivisionError):
            make_testset(clips_over(root, num_samples=1, num_frames=1), tmp_path / out)
    assert [path.name for path in tmp_path.rglob('*')] == ['mine']


def test_every_header_is_read_once(root, tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(frames, 'frame_size', lambda path: read.append(path) or frame_size(path))
    dataset = CompositedClips(**clips_over(root, num_samples=7, num_frames=9))
    assert notes(dataset)
    make_testset(dataset, tmp_path)
    names = [path.relative_to(root).as_posix() for path in read]
    clips = [f'clips/{kind}/{clip}/0000.png' for clip in 'abc' for kind in ('fgr', 'pha')]
    assert sorted(names) == [*sorted(clips), *(f'stills/{number}.jpg' for number in range(3))]


def test_large_frames_are_made_one_by_one(root, tmp_path, monkeypatch):
    asked = []

    def count(sample, start, stop):
        asked.append(stop - start)
        return render(sample, start, stop)

    monkeypatch.setattr(writing, 'render', count)
    config = clips_over(root, num_samples=1, num_frames=5)
    for name, limit in (('whole', 2**28), ('parts', 2 * 10 * 16 * 12), ('single', 1)):
        monkeypatch.setattr(writing, 'CHUNK_BYTES', limit)
        make_testset(config, tmp_path / name)
    assert asked == [5] + [2, 2, 1] + [1] * 5
    assert content(tmp_path / 'whole') == content(tmp_path / 'parts')
    assert content(tmp_path / 'whole') == content(tmp_path / 'single')


@pytest.mark.parametrize(
    ('size', 'number'),
    [((288, 512), 8), ((1080, 1920), 8), ((2160, 3840), 3), ((65500, 65500), 1)],
)
def test_frames_at_once(size, number):
    assert writing.frames_at_once(size) == number


def test_too_little_memory_is_one_sentence(root, tmp_path, monkeypatch):
    def refuse(*args):
        raise MemoryError

    monkeypatch.setattr(writing, 'render', refuse)
    config = clips_over(root, size=(3840, 2160))
    with pytest.raises(DataError, match=r'of 3840x2160: each of 1 workers needs 222 MiB; make'):
        make_testset(config, tmp_path / 'set')
    monkeypatch.setattr(writing, 'render', render)
    monkeypatch.setattr(writing, '_installed_memory', lambda: 600 * 2**20)
    with pytest.raises(DataError, match=r'of 3840x2160: each of 3 workers needs 222 MiB; make'):
        make_testset(config, tmp_path / 'set', workers=3)
    assert list(tmp_path.iterdir()) == []


def test_a_matte_of_another_size_is_refused_before_anything_is_written(tmp_path):
    root = make_sources(tmp_path / 'data')
    save(root / 'clips/pha/b/0000.png', np.zeros((5, 6), np.uint8))
    with pytest.raises(DataError, match=r'pha/b/0000.png has 6x5 pixels'):
        notes(CompositedClips(**clips_over(root)))


def test_an_interrupt_leaves_nothing_or_what_was_there(root, tmp_path, monkeypatch):
    config = clips_over(root, num_samples=2)
    folder = make_testset(config, tmp_path)
    before = content(folder)

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, 'write_manifest', interrupt)
    for name in ('made', 'other'):
        with pytest.raises(KeyboardInterrupt):
            make_testset(config | {'seed': 1, 'name': name}, tmp_path, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ['made']
    assert content(folder) == before


def test_a_disk_that_cannot_be_written_is_said(root, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(writing, 'write_manifest', full)
    with pytest.raises(DataError, match=r'made cannot be written \(No space left on device\)'):
        make_testset(clips_over(root, num_samples=1), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_notes_on_what_is_short_or_enlarged(root):
    assert notes(CompositedClips(**clips_over(root))) == [
        'foregrounds shorter than 6 frames run back and forth: 1 (c)'
    ]
    assert notes(CompositedClips(**clips_over(root, 'videos', num_frames=4, size=(40, 20)))) == [
        'foregrounds are enlarged to 40x20: 3 (a, b, c)',
        'backgrounds are enlarged to 40x20: 2 (0, 1)',
    ]
    assert notes(CompositedClips(**clips_over(root, 'videos', num_frames=6)))[1:] == [
        'backgrounds shorter than 6 frames run back and forth: 2 (0, 1)'
    ]
    # An image need only be as long as the square, a background must cover it.
    assert notes(CompositedClips(**images_over(root, resolution=30))) == []
    assert notes(CompositedClips(**images_over(root, resolution=31))) == [
        'foregrounds are enlarged to 31x31: 1 (tall.png)',
        'backgrounds are enlarged to 31x31: 3 (0.jpg, 1.jpg, 2.jpg)',
    ]


def test_wrong_options_are_named(root, tmp_path):
    with pytest.raises(ConfigError, match='workers must be 1 or more, not 0'):
        make_testset(clips_over(root), tmp_path, workers=0)
    with pytest.raises(ConfigError, match="format='webp' must be one of png, jpg"):
        PictureFormat('webp')
    with pytest.raises(DataError, match='quality is 0'):
        PictureFormat('jpg', 0)
