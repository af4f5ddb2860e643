import logging
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from writer_media import make_images, make_info, probe, read_video, times_of, write_all

from rvm.errors import MediaError
from rvm.io import video_writer
from rvm.io.frame_yuv import plane_view
from rvm.io.media import ColorTags
from rvm.io.video_writer import H264Writer, H265Writer, ProRes4444Writer, VP9Writer
from rvm.io.writers import VIDEO_FORMATS, open_writer
from rvm.registry import WRITERS

CASES = [(suffix, codec) for suffix, codecs in VIDEO_FORMATS.items() for codec in codecs]


def write_clip(path, channels='rgb', num=10, info=None, dtype=np.uint8, **options):
    info = info or make_info(num_frames=num)
    images = make_images(channels, num, info.width, info.height, dtype)
    write_all(open_writer(path, info, channels=channels, **options), images, times_of(info, num))
    return images


def mean_error(frames, images):
    return max(
        np.abs(frame.to_ndarray(format='rgb24').astype(int) - image[..., :3]).mean()
        for frame, image in zip(frames, images, strict=True)
    )


def test_cases_cover_every_container_and_codec():
    assert len(CASES) == 10


@pytest.mark.parametrize(('suffix', 'codec'), CASES)
@pytest.mark.parametrize('rate', [Fraction(30000, 1001), Fraction(25), Fraction(1, 2)])
def test_count_rate_duration_and_time_stamps_are_kept(tmp_path, suffix, codec, rate):
    path = tmp_path / f'out{suffix}'
    info = make_info(rate=rate)
    write_clip(path, info=info, codec=codec)
    times, found_rate, duration = probe(path)
    exact = suffix in ('.mp4', '.mov')
    assert found_rate == rate
    # The container's own field counts microseconds.
    assert abs(duration - 10 / rate) <= (1e-6 if exact else 1e-3)
    for time, true in zip(times, times_of(info), strict=True):
        assert abs(time - true) <= (0 if exact else Fraction(1, 1000))


@pytest.mark.parametrize('suffix', VIDEO_FORMATS)
def test_variable_rate_keeps_every_time_and_the_last_duration(tmp_path, suffix):
    ticks = np.cumsum([0, 33, 50, 17, 100, 33, 200, 20, 33, 41])
    total = int(ticks[-1]) + 37
    info = make_info(
        rate=Fraction(10 * 1000, total), time_base=Fraction(1, 1000), variable_rate=True
    )
    path = tmp_path / f'out{suffix}'
    times = [Fraction(int(tick), 1000) for tick in ticks]
    later = [time + Fraction(5, 2) for time in times]
    write_all(open_writer(path, info, channels='rgb'), make_images('rgb'), later)
    found, _, duration = probe(path)
    assert found == times
    assert duration == pytest.approx(total / 1000, abs=1e-6)


@pytest.mark.parametrize('suffix', VIDEO_FORMATS)
def test_a_single_frame_has_its_duration(tmp_path, suffix):
    path = tmp_path / f'out{suffix}'
    write_clip(path, num=1, info=make_info(num_frames=1, rate=Fraction(5)))
    times, _, duration = probe(path)
    assert times == [0]
    assert duration == pytest.approx(0.2)


def test_unknown_or_missing_frame_count_gives_the_last_frame_a_mean_duration(tmp_path):
    for num_frames in (None, 20):
        path = tmp_path / 'out.mp4'
        write_clip(path, info=make_info(num_frames=num_frames, rate=Fraction(25)))
        assert probe(path)[2] == pytest.approx(0.4)


@pytest.mark.parametrize(('suffix', 'codec'), CASES)
@pytest.mark.parametrize('size', [(33, 47), (34, 18), (17, 16)])
def test_sizes_are_kept_and_odd_ones_too(tmp_path, suffix, codec, size):
    path = tmp_path / f'out{suffix}'
    info = make_info(*size, num_frames=3)
    images = write_clip(path, num=3, info=info, codec=codec)
    frames = read_video(path)
    assert [(frame.width, frame.height) for frame in frames] == [size] * 3
    assert mean_error(frames, images) < 7


def test_odd_size_says_why_it_is_444(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        write_clip(tmp_path / 'out.mp4', info=make_info(63, 48))
    assert read_video(tmp_path / 'out.mp4')[0].format.name == 'yuv444p'
    assert '63x48 is odd' in caplog.text
    caplog.clear()
    write_clip(tmp_path / 'even.mp4')
    assert read_video(tmp_path / 'even.mp4')[0].format.name == 'yuv420p'
    assert not caplog.text


@pytest.mark.parametrize(('suffix', 'codec'), [case for case in CASES if case[1] != 'h265'])
def test_one_pixel_is_a_video(tmp_path, suffix, codec):
    path = tmp_path / f'out{suffix}'
    with open_writer(path, make_info(1, 1, 2), channels='rgb', codec=codec) as writer:
        for time in times_of(writer.info, 2):
            writer.write(np.full((1, 1, 3), (100, 150, 200), np.uint8), time)
    found = read_video(path)[1].to_ndarray(format='rgb24')
    assert np.abs(found[0, 0].astype(int) - (100, 150, 200)).max() <= 4


def test_h265_refuses_what_x265_cannot_encode(tmp_path):
    with pytest.raises(MediaError, match=r'too small for H265Writer, which needs 16 pixels'):
        open_writer(tmp_path / 'out.mp4', make_info(64, 15), channels='rgb', codec='h265')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(('suffix', 'codec'), CASES)
@pytest.mark.parametrize(
    ('color', 'height', 'matrix'),
    [
        (ColorTags(1, False, 1, 1), 48, 1),
        (ColorTags(9, False, 9, 14), 48, 9),
        (ColorTags(), 48, 6),
        (ColorTags(0, True, 1, 13), 48, 6),
    ],
)
def test_colours_are_tagged_and_come_back(tmp_path, suffix, codec, color, height, matrix):
    path = tmp_path / f'out{suffix}'
    info = make_info(64, height, num_frames=3, color=color)
    # Flat patches: edges would measure the subsampled chroma.
    image = np.zeros((48, 64, 3), np.uint8)
    for i, patch in enumerate([(200, 60, 50), (50, 200, 60), (60, 50, 200), (180, 180, 40)]):
        image[:, 16 * i : 16 * i + 16] = patch
    write_all(
        open_writer(path, info, channels='rgb', codec=codec, crf=4), [image] * 3, times_of(info, 3)
    )
    frames = read_video(path)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        tags = (context.colorspace, context.color_range)
        tags += (context.color_primaries, context.color_trc)
    assert tags == (matrix, 1, color.primaries, color.transfer)
    assert frames[0].colorspace == matrix
    # to_ndarray takes the matrix from the frame: a wrong one errs by ten and more.
    for frame in frames:
        found = frame.to_ndarray(format='rgb24').astype(int)
        assert np.abs(found - image)[:, [4, 5, 6, 7, 8, 9, 10, 20, 25, 40, 55, 60]].max() <= 4


@pytest.mark.parametrize(('suffix', 'codec'), CASES)
@pytest.mark.parametrize('matrix', [1, 6, 9])
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
def test_gray_is_luma_with_exact_ends(tmp_path, suffix, codec, matrix, dtype):
    path = tmp_path / f'out{suffix}'
    info = make_info(num_frames=3, color=ColorTags(matrix))
    images = write_clip(path, 'gray', 3, info, dtype, codec=codec, crf=4)
    for frame, image in zip(read_video(path), images, strict=True):
        found = frame.to_ndarray(format='rgb24').astype(int)
        true = image / (np.iinfo(dtype).max / 255)
        assert np.ptp(found, axis=-1).max() <= 1
        assert np.abs(found[..., 0] - true).max() <= 6
        assert (image[:, :4] == 0).all()
        assert (found[:, :4] <= 1).all()


@pytest.mark.parametrize('suffix', VIDEO_FORMATS)
@pytest.mark.parametrize('value', [0, 255])
def test_empty_and_full_alpha_videos_are_exact(tmp_path, suffix, value):
    path = tmp_path / f'out{suffix}'
    images = [np.full((48, 64), value, np.uint8)] * 3
    info = make_info(num_frames=3)
    write_all(open_writer(path, info, channels='gray'), images, times_of(info, 3))
    assert all((f.to_ndarray(format='rgb24') == value).all() for f in read_video(path))


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


@pytest.mark.parametrize(('suffix', 'codec'), CASES)
def test_pixel_aspect_is_kept_or_its_loss_is_said(tmp_path, caplog, suffix, codec):
    path = tmp_path / f'out{suffix}'
    write_clip(path, info=make_info(pixel_aspect=Fraction(16, 11)), codec=codec)
    with av.open(str(path)) as container:
        found = container.streams.video[0].sample_aspect_ratio
    said = 'pixel aspect 16/11 cannot be stored' in caplog.text
    assert (found == Fraction(16, 11)) != said
    assert said == (codec in ('vp9', 'prores') and suffix in ('.mkv', '.webm'))


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


def test_mp4_has_its_index_first(tmp_path):
    write_clip(tmp_path / 'out.mp4')
    data = (tmp_path / 'out.mp4').read_bytes()
    assert data.index(b'moov') < data.index(b'mdat')


def test_missing_encoder_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(H264Writer, 'encoder', 'libnone')
    with pytest.raises(MediaError, match=r'this build of PyAV has no encoder libnone'):
        open_writer(tmp_path / 'out.mp4', make_info(), channels='rgb')
    assert list(tmp_path.iterdir()) == []


def test_what_the_encoder_refuses_is_one_sentence(tmp_path):
    with pytest.raises(MediaError, match=r'libx264 .* does not take 40000x4 yuv420p'):
        open_writer(tmp_path / 'out.mp4', make_info(40000, 4), channels='rgb')
    assert list(tmp_path.iterdir()) == []


def test_time_off_the_time_base_is_refused(tmp_path):
    writer = open_writer(tmp_path / 'out.mp4', make_info(), channels='rgb')
    image = make_images('rgb', 1)[0]
    writer.write(image, Fraction(0))
    with pytest.raises(MediaError, match=r'is no multiple of the time base 1001/30000'):
        writer.write(image, Fraction(1, 7))


def test_the_caller_may_reuse_its_buffer(tmp_path):
    image = np.empty((48, 64, 3), np.uint8)
    with open_writer(tmp_path / 'out.mov', make_info(), channels='rgb', codec='prores') as writer:
        for i, time in enumerate(times_of(writer.info)):
            image[:] = 20 * i
            writer.write(image, time)
    for i, frame in enumerate(read_video(tmp_path / 'out.mov')):
        assert np.abs(frame.to_ndarray(format='rgb24').astype(int) - 20 * i).max() <= 2


def test_every_video_writer_is_registered():
    for name in {name for codecs in VIDEO_FORMATS.values() for name in codecs.values()}:
        assert WRITERS.get(name) is getattr(video_writer, name)
