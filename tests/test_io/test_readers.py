import pickle
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from rvm.errors import MediaError
from rvm.io import decord_reader, probe, readers, video_reader
from rvm.io.decord_reader import DecordReader
from rvm.io.image_reader import ImageReader
from rvm.io.readers import Reader, open_reader
from rvm.io.video_reader import VideoReader
from tests.test_io.media_factory import (
    X264_CLOSED,
    X264_OPEN,
    pattern,
    rgba_frames,
    truncate,
    write_video,
)
from tests.test_io.writer_media import make_info, write_clip


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / 'images'
    path.mkdir()
    for number, image in enumerate(pattern(3)):
        Image.fromarray(image).save(path / f'{number}.png')
    return path


@pytest.mark.parametrize('kind', ['video', 'folder', 'list', 'image'])
def test_every_source_has_one_interface(tmp_path, folder, kind):
    source = {
        'video': write_video(tmp_path / 'x.mkv', 3, 'ffv1', pixel_format='bgr0'),
        'folder': str(folder),
        'list': sorted(folder.iterdir()),
        'image': folder / '0.png',
    }[kind]
    with open_reader(source, bit_depth=16) as reader:
        assert isinstance(reader, Reader)
        frames = list(reader)
        assert len(frames) == len(reader) == (1 if kind == 'image' else 3)
        assert [frame.time for frame in frames] == reader.times()
        assert frames[0].image.dtype == np.uint16
        for frame, image in zip(frames, pattern(3), strict=False):
            assert np.array_equal(frame.image, image.astype(np.uint16) * 257)
        last = len(frames) - 1
        assert np.array_equal(reader.read([last])[0], frames[last].image)
        assert len(list(reader)) == len(frames)
    with pytest.raises(MediaError, match='closed'):
        list(reader)


def test_backend(tmp_path):
    path = write_video(tmp_path / 'x.mp4', 12, options=X264_CLOSED, pixel_format='yuv444p')
    assert type(open_reader(path)) is VideoReader
    assert type(open_reader(path, access='random')) is DecordReader
    assert type(open_reader(path, access='random', backend='pyav')) is VideoReader
    assert type(open_reader(path, backend='decord')) is DecordReader
    odd = write_video(tmp_path / 'open.mp4', 30, options=X264_OPEN, pixel_format='yuv444p')
    assert type(open_reader(odd, access='random')) is VideoReader
    with pytest.raises(MediaError, match='decord is not right here'):
        open_reader(odd, backend='decord')


def test_decord_is_not_chosen_for_sixteen_bits(tmp_path):
    path = write_video(tmp_path / 'x.mp4', 12, options=X264_CLOSED, pixel_format='yuv444p')
    reader = open_reader(path, access='random', bit_depth=16)
    assert reader.read([3]).dtype == np.uint16


@pytest.mark.parametrize(
    ('name', 'codec', 'tolerance'),
    [('x.mov', 'prores', 1.01), ('x.webm', 'vp9', 3), ('x', None, 0)],
)
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_alpha_of_our_own_writers(tmp_path, name, codec, tolerance, dtype):
    path = tmp_path / name
    options = {'codec': codec} if codec else {}
    images = write_clip(path, 'rgba', 6, make_info(63, 47, num_frames=6), dtype, **options)
    eight = [image if dtype == np.uint8 else np.round(image / 257) for image in images]
    for access in ('sequential', 'random'):
        with open_reader(path, alpha=True, access=access) as reader:
            assert reader.alpha
            frames = np.stack([frame.image for frame in reader])
            assert frames.shape == (6, 47, 63, 4)
            error = np.abs(frames - np.stack(eight).astype(float))
            assert error[..., 3].mean() <= tolerance / 2
            assert error[..., 3].max() <= 4 * tolerance
            assert error[..., :3].mean() <= 2 * tolerance
            assert np.array_equal(reader.read([5, 1, 5]), frames[[5, 1, 5]])
            assert np.array_equal(list(reader.frames_at([1, 4])), frames[[1, 4]])
    with open_reader(path) as reader:
        assert reader.read([0]).shape == (1, 47, 63, 3)
    deep = open_reader(path, alpha=True, bit_depth=16).read([2])
    assert deep.dtype == np.uint16
    assert np.array_equal(np.round(deep[0, ..., 3] / 257), frames[2, ..., 3])


def test_sources_without_alpha_are_named(tmp_path, folder):
    film = write_video(tmp_path / 'x.mp4', 3, options=X264_CLOSED, pixel_format='yuv444p')
    for source, name in ((folder, r'0\.png'), (folder / '1.png', r'1\.png'), (film, r'x\.mp4')):
        with pytest.raises(MediaError, match=rf'{name} has no alpha channel'):
            open_reader(source, alpha=True)
    rgba = np.dstack([pattern(1)[0], pattern(1)[0][..., 0]])
    Image.fromarray(rgba).save(folder / '0.png')
    reader = open_reader(folder, alpha=True)
    assert reader.read([0]).shape == (1, 48, 64, 4)
    with pytest.raises(MediaError, match=r'1\.png has no alpha channel'):
        reader.read([1])


def test_decord_is_not_chosen_for_alpha(tmp_path, monkeypatch):
    frames = rgba_frames(3, 'yuva420p')
    path = write_video(tmp_path / 'x.webm', frames, 'libvpx-vp9', alpha_mode=True)
    monkeypatch.setattr(readers, 'choose_backend', lambda *_: 'decord')
    assert type(open_reader(path, access='random', alpha=True)) is VideoReader
    with pytest.raises(MediaError, match=r"x\.webm: decord reads no alpha; use backend='pyav'"):
        open_reader(path, backend='decord', alpha=True)


def test_on_error_reaches_the_reader(tmp_path):
    source = write_video(tmp_path / 'whole.mkv', 40)
    path = truncate(source, tmp_path / 'x.mkv', 0.6)
    with pytest.raises(MediaError, match=r"\(truncated\?\); on_error='stop'"):
        list(open_reader(path))
    assert 0 < len(list(open_reader(path, on_error='stop'))) < 40


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'bit_depth': 10}, 'bit_depth must be one of 8, 16, None, not 10'),
        ({'on_error': 'skip'}, 'on_error must be one of'),
        ({'backend': 'opencv'}, 'backend must be one of'),
        ({'access': 'any'}, 'access must be one of'),
        ({'frame_rate': Fraction(25)}, 'leave out frame_rate'),
    ],
)
def test_wrong_options_are_refused(tmp_path, options, message):
    with pytest.raises(MediaError, match=message):
        open_reader(write_video(tmp_path / 'x.mp4', 1), **options)


def test_wrong_sources_are_named(tmp_path, folder):
    with pytest.raises(MediaError, match=r'none\.mp4 does not exist'):
        open_reader(tmp_path / 'none.mp4')
    with pytest.raises(MediaError, match=r'none\.png does not exist'):
        open_reader(tmp_path / 'none.png')
    with pytest.raises(MediaError, match='list of images is empty'):
        open_reader([])
    film = write_video(tmp_path / 'x.mp4', 1)
    with pytest.raises(MediaError, match=r'x\.mp4 cannot be decoded as an image'):
        open_reader([film, folder / '0.png'])
    with pytest.raises(MediaError, match=r'x\.mp4 cannot be decoded as an image'):
        list(open_reader([folder / '0.png', film]))
    assert isinstance(open_reader(folder, frame_rate=Fraction(25)), ImageReader)


def test_a_known_index_is_not_made_again(tmp_path, monkeypatch):
    path = write_video(tmp_path / 'x.mp4', 12, options=X264_CLOSED, pixel_format='yuv444p')
    index = probe(path)
    for module in (readers, video_reader, decord_reader):
        monkeypatch.setattr(module, 'probe', None)
    for access, kind in (('sequential', VideoReader), ('random', DecordReader)):
        with monkeypatch.context() as patch:  # nothing is opened before a frame is asked for
            patch.setattr(av, 'open', None)
            patch.setattr(Path, 'open', None)
            reader = open_reader(str(path), access=access, index=index)
        assert type(reader) is kind
        assert reader.index is index
        assert reader.read([3]).shape == (1, 48, 64, 3)


def test_an_index_of_another_source_is_refused(tmp_path, folder):
    index = probe(write_video(tmp_path / 'x.mp4', 1))
    for source in (tmp_path / 'y.mp4', folder, [folder / '0.png']):
        with pytest.raises(MediaError, match=r'the index given is that of .*x\.mp4, not of'):
            open_reader(source, index=index)


@pytest.mark.parametrize('access', ['sequential', 'random'])
def test_readers_and_indices_are_pickled(tmp_path, folder, access):
    path = write_video(tmp_path / 'x.mp4', 12, options=X264_CLOSED, pixel_format='yuv444p')
    for source in (path, folder):
        reader = open_reader(source, access=access)
        frames = iter(reader)
        next(frames)  # a file that is open stays behind
        copy = pickle.loads(pickle.dumps(reader))
        assert type(copy) is type(reader)
        assert copy.info == reader.info
        assert np.array_equal(copy.read([2, 0]), reader.read([2, 0]))
        assert len(list(copy)) == len(reader)
        copy.close()
        assert next(frames).time == reader.times()[1]
