from fractions import Fraction

import numpy as np
import pytest

from rvm.errors import MediaError
from rvm.io.video_index import probe
from tests.test_io.media_factory import (
    X264_CLOSED,
    rgba_frames,
    truncate,
    write_video,
)

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize('name', ['clip.mp4', 'clip.mov', 'clip.mkv', 'clip.ts'])
def test_exact_rate_count_and_constancy(tmp_path, name):
    info = probe(write_video(tmp_path / name, 31, rate=NTSC)).info
    assert info.frame_rate == NTSC
    assert info.num_frames == 31
    assert not info.variable_rate
    assert (info.width, info.height, info.bit_depth) == (64, 48, 8)


def test_variable_rate(tmp_path):
    stamps = [0, 20, 40, 41, 60, 100, 120, 140, 200, 220]
    path = write_video(tmp_path / 'x.mp4', 10, stamps=stamps, time_base=Fraction(1, 600))
    index = probe(path)
    assert index.info.variable_rate
    assert [index.time(n) for n in range(10)] == [Fraction(stamp, 600) for stamp in stamps]
    assert index.info.frame_rate == Fraction(9) / Fraction(220, 600)


def test_one_frame(tmp_path):
    index = probe(write_video(tmp_path / 'x.mp4', 1, rate=25))
    assert len(index) == 1
    assert index.info.frame_rate == 25


def test_facts(tmp_path):
    path = write_video(
        tmp_path / 'x.mp4',
        4,
        rotation=90,
        aspect=Fraction(4, 3),
        matrix=1,
        full_range=True,
        audio=True,
    )
    info = probe(path).info
    assert (info.width, info.height) == (48, 64)
    assert info.rotation == 270
    assert info.pixel_aspect == Fraction(3, 4)
    assert info.has_audio
    assert (info.color.matrix, info.color.full_range) == (1, True)
    deep = write_video(tmp_path / 'deep.mkv', 2, 'ffv1', pixel_format='yuv422p10le')
    assert probe(deep).info.bit_depth == 10
    assert not probe(deep).info.has_audio


@pytest.mark.parametrize(
    ('name', 'codec', 'pixel_format', 'tagged', 'expected'),
    [
        ('x.webm', 'libvpx-vp9', 'yuva420p', True, True),
        ('x.webm', 'libvpx-vp9', 'yuv420p', True, False),
        ('x.webm', 'libvpx', 'yuva420p', True, True),
        ('x.mov', 'prores_ks', 'yuva444p10le', False, True),
        ('x.mov', 'prores_ks', 'yuv444p10le', False, False),
        ('x.mov', 'qtrle', 'argb', False, True),
        ('x.mp4', 'libx264', 'yuv420p', True, False),
    ],
)
def test_alpha(tmp_path, name, codec, pixel_format, tagged, expected):
    frames = rgba_frames(2, pixel_format)
    options = {'auto-alt-ref': '0'} if codec == 'libvpx' else {}
    path = write_video(tmp_path / name, frames, codec, options=options, alpha_mode=tagged)
    assert probe(path).has_alpha is expected


def test_edit_list_hides_frames(tmp_path):
    path = write_video(
        tmp_path / 'x.mp4',
        30,
        options=X264_CLOSED,
        stamps=[number - 5 for number in range(30)],
        container_options={'avoid_negative_ts': 'disabled'},
    )
    index = probe(path)
    assert index.trimmed
    assert len(index) == 25
    assert index.time(0) == 0


@pytest.mark.parametrize('name', ['x.mp4', 'x.mkv'])
def test_cut_file_keeps_rate_and_total(tmp_path, name):
    source = write_video(
        tmp_path / f'whole_{name}', 60, container_options={'movflags': 'faststart'}
        if name == 'x.mp4' else None,
    )  # fmt: skip
    index = probe(truncate(source, tmp_path / name, 0.6))
    assert 0 < len(index) < 60
    assert len(index) + index.missing == 60
    assert index.info.frame_rate == 30
    assert not index.info.variable_rate
    assert np.array_equal(index.pts, probe(source).pts[: len(index)])
    assert np.array_equal(index.ticks, probe(source).ticks[: len(index)])


def test_cut_before_the_first_frame_is_refused(tmp_path):
    source = write_video(tmp_path / 'whole.mp4', 30, container_options={'movflags': 'faststart'})
    data = source.read_bytes()
    path = tmp_path / 'cut.mp4'
    path.write_bytes(data[: data.index(b'mdat') + 40])
    with pytest.raises(MediaError, match=r'cut\.mp4 has a video stream without frames'):
        probe(path)
