from fractions import Fraction

import numpy as np
import pytest
from writer_media import info_of, make_info, times_of, write_all

from rvm.errors import MediaError
from rvm.io.writer import Writer
from rvm.io.writers import open_writer
from rvm.registry import WRITERS


@pytest.mark.parametrize(
    ('name', 'options', 'text'),
    [
        (
            'out.mp4',
            {'channels': 'rgba'},
            r'mp4 holds no transparency; use .mov, .webm or a folder',
        ),
        ('out.mov', {'channels': 'rgba', 'codec': 'h264'}, "h264 holds no .* use codec='prores'"),
        ('out.mov', {'channels': 'rgba', 'codec': 'h265'}, "h265 holds no .* use codec='prores'"),
        ('out.mkv', {'channels': 'rgba', 'codec': 'h265'}, "h265 holds no .* use codec='vp9'"),
        ('out.mp4', {'channels': 'rgba', 'codec': 'h265'}, r'h265 holds no .* use .mov, .webm'),
        ('out.mov', {'channels': 'rgba', 'type': 'H264Writer'}, 'use ProRes4444Writer, VP9Writer'),
        ('out.png', {'channels': 'rgb'}, r'out.png holds one image, but .* more frames'),
        ('out.jpg', {'channels': 'rgba'}, 'JPEG holds no transparency'),
        (
            'out.flv',
            {'channels': 'rgb'},
            r'unknown suffix .flv; use one of .mp4, .mov, .mkv, .webm',
        ),
        ('out.webm', {'channels': 'rgb', 'codec': 'h264'}, r'.webm holds vp9, not .h264.'),
        ('folder', {'channels': 'rgb', 'codec': 'h264'}, 'is for videos, not for images'),
        ('out.mp4', {'channels': 'bgr'}, "channels='bgr' is not one of gray, rgb, rgba"),
        ('out.mp4', {'channels': 'rgb', 'crf': 52}, 'no whole number in 0..51'),
        ('out.mp4', {'channels': 'rgb', 'type': 'NoWriter'}, "no writer 'NoWriter' is registered"),
        ('folder', {'channels': 'rgb', 'crf': 18}, 'PngSequenceWriter has no option crf'),
    ],
)
def test_wrong_settings_are_one_sentence(tmp_path, name, options, text):
    with pytest.raises(MediaError, match=text) as caught:
        open_writer(tmp_path / name, make_info(), **options)
    assert str(tmp_path) in str(caught.value)
    assert '\n' not in str(caught.value)
    assert not str(caught.value).endswith('.')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('name', 'channels', 'cls'),
    [
        ('a.MP4', 'rgb', 'H264Writer'),
        ('a.mkv', 'gray', 'H264Writer'),
        ('a.mkv', 'rgba', 'VP9Writer'),
        ('a.mov', 'rgb', 'H264Writer'),
        ('a.mov', 'rgba', 'ProRes4444Writer'),
        ('a.webm', 'rgb', 'VP9Writer'),
        ('a', 'rgba', 'PngSequenceWriter'),
        ('a.b/', 'rgba', 'PngSequenceWriter'),
        ('a.png', 'rgba', 'ImageWriter'),
        ('a.jpg', 'rgb', 'ImageWriter'),
    ],
)
def test_the_suffix_chooses(tmp_path, name, channels, cls):
    writer = open_writer(f'{tmp_path}/{name}', info_of(name), channels=channels)
    assert type(writer).__name__ == cls
    writer.abort()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_taken_whatever_its_name(tmp_path):
    (tmp_path / 'shots.v2').mkdir()
    writer = open_writer(tmp_path / 'shots.v2', make_info(), channels='rgb')
    assert type(writer).__name__ == 'PngSequenceWriter'
    writer.abort()


def test_a_folder_with_the_name_of_a_video_is_refused(tmp_path):
    (tmp_path / 'dir.mp4').mkdir()
    for options in ({'crf': 18}, {}, {'codec': 'h265'}):
        with pytest.raises(MediaError, match=r'dir\.mp4 is a folder with the name of a video'):
            open_writer(tmp_path / 'dir.mp4', make_info(), channels='rgb', **options)


def test_own_writer_by_name(tmp_path):
    @WRITERS.register_module(name='SumsWriter')
    class SumsWriter(Writer):
        def _open(self):
            self._sums = []

        def _write(self, image, time):
            self._sums.append(f'{float(time):.3f} {image.sum()}')

        def _finish(self):
            self._partial.write_text('\n'.join(self._sums))

    try:
        info = make_info(rate=Fraction(4))
        writer = open_writer(tmp_path / 'sums.txt', info, channels='gray', type='SumsWriter')
        write_all(writer, [np.ones((48, 64), np.uint8)] * 2, times_of(info, 2))
    finally:
        WRITERS.module_dict.pop('SumsWriter')
    assert (tmp_path / 'sums.txt').read_text() == '0.000 3072\n0.250 3072'
