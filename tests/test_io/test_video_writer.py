from fractions import Fraction

import av
import numpy as np
import pytest
from writer_media import (
    make_images,
    make_info,
    mean_error,
    probe,
    read_video,
    times_of,
    write_all,
    write_clip,
)

from rvm.errors import MediaError
from rvm.io.codecs import H264Writer
from rvm.io.media import ColorTags
from rvm.io.writers import VIDEO_FORMATS, open_writer

CASES = [(suffix, codec) for suffix, codecs in VIDEO_FORMATS.items() for codec in codecs]


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


@pytest.mark.parametrize(('suffix', 'codec'), [case for case in CASES if case[1] != 'h265'])
def test_one_pixel_is_a_video(tmp_path, suffix, codec):
    path = tmp_path / f'out{suffix}'
    with open_writer(path, make_info(1, 1, 2), channels='rgb', codec=codec) as writer:
        for time in times_of(writer.info, 2):
            writer.write(np.full((1, 1, 3), (100, 150, 200), np.uint8), time)
    found = read_video(path)[1].to_ndarray(format='rgb24')
    assert np.abs(found[0, 0].astype(int) - (100, 150, 200)).max() <= 4


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


@pytest.mark.parametrize(('suffix', 'codec'), CASES)
def test_pixel_aspect_is_kept_or_its_loss_is_said(tmp_path, caplog, suffix, codec):
    path = tmp_path / f'out{suffix}'
    write_clip(path, info=make_info(pixel_aspect=Fraction(16, 11)), codec=codec)
    with av.open(str(path)) as container:
        found = container.streams.video[0].sample_aspect_ratio
    said = 'pixel aspect 16/11 cannot be stored' in caplog.text
    assert (found == Fraction(16, 11)) != said
    assert said == (codec in ('vp9', 'prores') and suffix in ('.mkv', '.webm'))


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
