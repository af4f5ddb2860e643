import logging
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from writer_media import (
    make_images,
    make_info,
    probe,
    read_video,
    times_of,
    write_all,
    write_clip,
)

from rvm.errors import MediaError
from rvm.io import codecs
from rvm.io.codecs import H264Writer, H265Writer, ProRes4444Writer, VP9Writer
from rvm.io.frame_yuv import plane_view
from rvm.io.writers import VIDEO_FORMATS, open_writer
from rvm.registry import WRITERS


def test_odd_size_says_why_it_is_444(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        write_clip(tmp_path / 'out.mp4', info=make_info(63, 48))
    assert read_video(tmp_path / 'out.mp4')[0].format.name == 'yuv444p'
    assert '63x48 is odd' in caplog.text
    caplog.clear()
    write_clip(tmp_path / 'even.mp4')
    assert read_video(tmp_path / 'even.mp4')[0].format.name == 'yuv420p'
    assert not caplog.text


def test_h265_refuses_what_x265_cannot_encode(tmp_path):
    with pytest.raises(MediaError, match=r'too small for H265Writer, which needs 16 pixels'):
        open_writer(tmp_path / 'out.mp4', make_info(64, 15), channels='rgb', codec='h265')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize('suffix', ['.mov', '.mkv'])
def test_prores_alpha_is_lossless_at_ten_bits(tmp_path, dtype, suffix):
    path = tmp_path / f'out{suffix}'
    images = write_clip(path, 'rgba', 3, make_info(63, 47, 3), dtype, codec='prores')
    peak = np.iinfo(dtype).max
    for frame, image in zip(read_video(path), images, strict=True):
        found = frame.to_ndarray(format='rgba64le') / 65535
        assert np.abs(found[..., 3] - image[..., 3] / peak).max() < 1 / 1023
        assert np.abs(found[..., :3] - image[..., :3] / peak).mean() < 0.004


def test_prores_takes_more_than_eight_bits(tmp_path):
    image = np.zeros((48, 64, 3), np.uint16)
    image[:] = (np.arange(64) * 60 + 30000)[None, :, None]
    with open_writer(tmp_path / 'o.mov', make_info(), channels='rgb', codec='prores', crf=1) as w:
        w.write(image, Fraction(0))
    luma = plane_view(read_video(tmp_path / 'o.mov')[0], 0)[0]
    # 3780 of 65535 are 15 levels of 8 bits; the 12 bits of the decoder hold some 50.
    assert len(np.unique(luma)) > 30


@pytest.mark.parametrize('suffix', ['.webm', '.mkv'])
@pytest.mark.parametrize('size', [(64, 48), (33, 47)])
def test_vp9_alpha_reads_back_within_its_quality(tmp_path, suffix, size):
    path = tmp_path / f'out{suffix}'
    images = write_clip(path, 'rgba', 5, make_info(*size, num_frames=5))
    frames = read_video(path, 'libvpx-vp9')
    assert frames[0].format.name == 'yuva420p'
    # Matroska's element AlphaMode, id 53C0, of one byte: 1.
    assert b'\x53\xc0\x81\x01' in path.read_bytes()
    for frame, image in zip(frames, images, strict=True):
        found = frame.to_ndarray(format='rgba').astype(int)
        assert np.abs(found[..., 3] - image[..., 3]).mean() < 1
        assert np.abs(found[..., 3] - image[..., 3]).max() <= 8
        assert np.abs(found[..., :3] - image[..., :3]).mean() < 3


@pytest.mark.parametrize('suffix', ['.mp4', '.mov', '.mkv'])
@pytest.mark.parametrize('num', [1, 2, 3, 4])
def test_h265_of_very_few_frames(tmp_path, suffix, num):
    path = tmp_path / f'out{suffix}'
    info = make_info(num_frames=num, rate=Fraction(25))
    for preset in ('ultrafast', 'veryfast'):
        write_clip(path, num=num, info=info, codec='h265', preset=preset)
        times, _, duration = probe(path)
        assert times == times_of(info, num)
        assert duration == pytest.approx(num / 25)


@pytest.mark.parametrize('size', [(48, 48), (34, 18), (33, 47), (34, 128)])
def test_small_h265_leaves_the_heap_whole(tmp_path, size):
    """x265's CU-tree did not, and Python died some clips later."""
    code = (
        'import sys, numpy as np; from fractions import Fraction as F\n'
        'from rvm.io.media import MediaInfo; from rvm.io.writers import open_writer\n'
        'rng = np.random.default_rng(0)\n'
        'w, h = int(sys.argv[2]), int(sys.argv[3])\n'
        'for _ in range(10):\n'
        "    info = MediaInfo('x', w, h, 3, F(30), F(1, 30))\n"
        "    with open_writer(sys.argv[1], info, channels='rgb', codec='h265') as writer:\n"
        '        for i in range(3):\n'
        '            writer.write(rng.integers(0, 256, (h, w, 3), np.uint8), F(i, 30))\n'
    )
    done = subprocess.run(
        [sys.executable, '-c', code, tmp_path / 'out.mkv', *map(str, size)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, 'MALLOC_CHECK_': '3'},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr[-500:]


@pytest.mark.parametrize('cls', [H264Writer, H265Writer, VP9Writer, ProRes4444Writer])
def test_crf_governs_the_size(tmp_path, cls):
    low, high = cls.crf_range
    sizes = []
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(10)]
    suffix = '.mkv'
    for crf in (low + 4, (low + high) // 2):
        path = tmp_path / f'{crf}{suffix}'
        writer = cls(path, make_info(), channels='rgb', crf=crf)
        write_all(writer, images, times_of(make_info()))
        sizes.append(path.stat().st_size)
    assert sizes[1] < 0.8 * sizes[0]
    for crf in (low - 1, high + 1, 18.5, True):
        with pytest.raises(MediaError, match=f'no whole number in {low}..{high}'):
            cls(tmp_path / 'bad.mkv', make_info(), channels='rgb', crf=crf)


@pytest.mark.parametrize('cls', [H264Writer, H265Writer, VP9Writer])
def test_first_and_last_usual_presets_work_and_others_are_named(tmp_path, cls):
    for preset in (cls.presets[0], cls.presets[5]):
        path = tmp_path / f'{preset}.mkv'
        info = make_info(num_frames=2)
        writer = cls(path, info, channels='rgb', preset=preset)
        write_all(writer, make_images('rgb', 2), times_of(info, 2))
        assert len(read_video(path)) == 2
    with pytest.raises(MediaError, match=r"preset='warp' is unknown .* it has: "):
        cls(tmp_path / 'bad.mkv', make_info(), channels='rgb', preset='warp')


def test_x265_is_silent(tmp_path, capfd):
    write_clip(tmp_path / 'out.mp4', codec='h265')
    assert capfd.readouterr() == ('', '')
    with av.open(str(tmp_path / 'out.mp4')) as container:
        assert container.streams.video[0].codec_context.codec_tag == 'hvc1'


def test_every_video_writer_is_registered():
    for name in {name for by_codec in VIDEO_FORMATS.values() for name in by_codec.values()}:
        assert WRITERS.get(name) is getattr(codecs, name)
