import gc
import itertools
import logging
import os
import threading
from fractions import Fraction

import av
import numpy as np
import pytest

from rvm.errors import MediaError
from rvm.io.frame_yuv import plane_view
from rvm.io.video_reader import VideoReader
from rvm.io.writers import open_writer
from tests.test_io.media_factory import (
    X264_CLOSED,
    X264_OPEN,
    X265_OPEN,
    X265_RADL,
    expected_rgb,
    pattern,
    pattern_frames,
    remux_from,
    rgba_frames,
    swap_alpha,
    truncate,
    write_video,
    yuv_frame,
)

FASTSTART = {'movflags': 'faststart'}
REFRESH = {'x264-params': 'intra-refresh=1:keyint=12:bframes=0'}
MAKERS = {
    'closed.mp4': {'options': X264_CLOSED},
    'closed.mkv': {'options': X264_CLOSED},
    'open.mp4': {'options': X264_OPEN},
    'open.mkv': {'options': X264_OPEN},
    'open.ts': {'options': X264_OPEN},
    'fragments.mp4': {
        'options': X264_CLOSED,
        'container_options': {'movflags': 'frag_keyframe+empty_moov'},
    },
    'refresh.mkv': {'options': REFRESH},
    'hevc_open.mp4': {'codec': 'libx265', 'options': X265_OPEN},
    'hevc_radl.mkv': {'codec': 'libx265', 'options': X265_RADL},
    'vp9.webm': {'codec': 'libvpx-vp9', 'options': {'deadline': 'realtime', 'cpu-used': '8'}},
    'vp8.webm': {'codec': 'libvpx', 'options': {'auto-alt-ref': '1', 'lag-in-frames': '10'}},
    'av1.mp4': {'codec': 'libsvtav1', 'options': {'preset': '12'}},
    'mpeg2.ts': {'codec': 'mpeg2video', 'options': {'bf': '2'}},
    'mpeg4.mp4': {'codec': 'mpeg4', 'options': {'bf': '2'}},
    'reordered.avi': {'options': X264_CLOSED},
    'raw.h264': {'options': X264_CLOSED, 'container_format': 'h264'},
    'mjpeg.avi': {'codec': 'mjpeg', 'pixel_format': 'yuvj420p'},
    'prores.mov': {'codec': 'prores_ks', 'pixel_format': 'yuva444p10le'},
    'rgb.mkv': {'codec': 'ffv1', 'pixel_format': 'bgr0'},
    'edit.mp4': {
        'options': X264_CLOSED,
        'stamps': [number - 5 for number in range(32)],
        'container_options': {'avoid_negative_ts': 'disabled'},
    },
    'variable.mp4': {
        'options': X264_CLOSED,
        'stamps': [20 * number + 9 * (number % 5 == 0) for number in range(32)],
        'time_base': Fraction(1, 600),
    },
}


@pytest.mark.parametrize('name', MAKERS)
def test_random_access_equals_iteration(tmp_path, name):
    reader = VideoReader(write_video(tmp_path / name, 32, **MAKERS[name]))
    frames = list(reader)
    count = 27 if name == 'edit.mp4' else 32
    assert len(frames) == len(reader) == reader.info.num_frames == count
    assert reader.damage is None
    images = np.stack([frame.image for frame in frames])
    assert images.flags.c_contiguous
    assert (np.abs(np.diff(images.astype(int), axis=0)).mean((1, 2, 3)) > 1).all()
    for number in range(count):
        assert np.array_equal(reader.read([number])[0], images[number]), number
    order = [count - 1, 3, 12, 3, 0, 19, 11, 4, 5, 6]
    assert np.array_equal(reader.read(order), images[order])
    for rising in (range(count), [2, 4, 15, 16, count - 1], [12]):
        assert np.array_equal(list(reader.frames_at(rising)), images[rising])
    assert [frame.time for frame in frames] == reader.times()
    steps = np.diff([float(time) for time in reader.times()])
    assert (steps > 0).all()
    if name != 'variable.mp4':
        assert steps == pytest.approx(1 / 30, abs=1.1e-3)


def test_frames_are_those_that_were_written(tmp_path):
    path = write_video(tmp_path / 'x.mkv', 12, 'ffv1', pixel_format='bgr0')
    for frame, image in zip(VideoReader(path), pattern(12), strict=True):
        assert np.array_equal(frame.image, image)


@pytest.mark.parametrize(
    ('maker', 'cut', 'count'),
    [('open.ts', 'cut.ts', 20), ('hevc_open.mp4', 'cut.mkv', 20), ('mpeg2.ts', 'cut.ts', None)],
)
def test_start_inside_an_open_group_is_no_damage(tmp_path, maker, cut, count):
    source = write_video(tmp_path / maker, 40, **MAKERS[maker])
    reader = VideoReader(remux_from(source, tmp_path / cut, 13))
    frames = list(reader)
    assert len(frames) == len(reader)
    assert len(frames) == (count or len(frames)) > 10
    for number in range(0, len(frames), 3):
        assert np.array_equal(reader.read([number])[0], frames[number].image)


@pytest.mark.parametrize(('degrees', 'turns'), [(90, 1), (-90, -1), (180, 2)])
def test_rotation_is_applied_once(tmp_path, degrees, turns):
    """PyAV counts counterclockwise, as numpy does."""
    plain = VideoReader(write_video(tmp_path / 'plain.mp4', 3))
    reader = VideoReader(write_video(tmp_path / 'turned.mp4', 3, rotation=degrees))
    assert reader.info.rotation == -degrees % 360
    for frame, upright in zip(plain, reader, strict=True):
        assert np.array_equal(upright.image, np.rot90(frame.image, turns))
        assert upright.image.shape == (reader.info.height, reader.info.width, 3)
    assert np.array_equal(reader.read([1])[0], np.rot90(plain.read([1])[0], turns))
    assert np.array_equal(next(reader.frames_at([1])), np.rot90(plain.read([1])[0], turns))


def test_mirroring_is_applied(tmp_path):
    plain = VideoReader(write_video(tmp_path / 'plain.mp4', 1)).read([0])[0]
    mirrored = VideoReader(write_video(tmp_path / 'x.mp4', 1, rotation=0, mirror=True))
    assert np.array_equal(mirrored.read([0])[0], plain[:, ::-1])
    turned = VideoReader(write_video(tmp_path / 'y.mp4', 1, rotation=90, mirror=True))
    assert np.array_equal(turned.read([0])[0], np.rot90(plain)[:, ::-1])


@pytest.mark.parametrize('matrix', [None, 1, 6, 9])
@pytest.mark.parametrize('full_range', [False, True])
@pytest.mark.parametrize(
    ('codec', 'pixel_format', 'options'),
    [
        ('libx264', 'yuv420p', {'qp': '0'}),
        ('ffv1', 'yuv420p10le', {}),
    ],
)
def test_colour_tags_are_honoured(tmp_path, codec, pixel_format, options, matrix, full_range):
    bits = 10 if '10' in pixel_format else 8
    values = np.array([[[60, 120, 140], [180, 100, 130], [128, 128, 128]]]) * 2 ** (bits - 8)
    path = write_video(
        tmp_path / 'x.mkv',
        [yuv_frame(pixel_format, values)],
        codec,
        options=options,
        matrix=matrix,
        full_range=full_range,
    )
    expected = expected_rgb(values, matrix or 6, full_range, bits)
    for depth, top in ((8, 255), (16, 65535)):
        image = VideoReader(path, bit_depth=depth).read([0])[0]
        assert np.abs(image[8::16, 8::16] - expected * top).max() < 0.6 * top / 255


def test_bit_depth_none_keeps_that_of_the_source(tmp_path):
    deep = write_video(tmp_path / 'deep.mkv', 2, 'ffv1', pixel_format='yuv420p10le')
    assert VideoReader(deep, bit_depth=None).read([0]).dtype == np.uint16
    assert VideoReader(deep).read([0]).dtype == np.uint8
    plain = VideoReader(write_video(tmp_path / 'plain.mp4', 2), bit_depth=None)
    assert plain.read([0]).dtype == np.uint8


ALPHA = {
    'prores.mov': ('prores_ks', 'yuva444p10le', {'alpha_bits': '16', 'profile': '4444'}),
    'vp9.webm': ('libvpx-vp9', 'yuva420p', {'deadline': 'realtime', 'cpu-used': '5'}),
    'vp9.mkv': ('libvpx-vp9', 'yuva420p', {'lag-in-frames': '10', 'cpu-used': '5'}),
    'vp8.webm': ('libvpx', 'yuva420p', {'auto-alt-ref': '0', 'cpu-used': '8', 'b': '2M'}),
    'qtrle.mov': ('qtrle', 'argb', {}),
    'png.mov': ('png', 'rgba', {}),
    'deep_png.mov': ('png', 'rgba64be', {}),
    'ffv1.mkv': ('ffv1', 'yuva420p', {}),
    'deep.mkv': ('ffv1', 'gbrap12le', {}),
}
LOSSLESS = ('qtrle.mov', 'png.mov', 'deep_png.mov', 'ffv1.mkv', 'deep.mkv')


def write_alpha(path, count=24, gop=10, size=(63, 47)):
    codec, pixel_format, options = ALPHA[path.name]
    frames = rgba_frames(count, pixel_format, *size)
    return write_video(path, frames, codec, options=options, alpha_mode=True, gop=gop)


def stored_alpha(frame):
    if frame.format.name == 'rgba64be':
        return np.round(frame.to_ndarray(format='rgba64le')[..., 3] / 257).astype(np.uint8)
    if len(frame.planes) == 1:
        return frame.to_ndarray(format='rgba')[..., 3]
    bits = frame.format.components[3].bits
    return np.round(plane_view(frame, 3) * (255 / (2**bits - 1))).astype(np.uint8)


@pytest.mark.parametrize('name', ALPHA)
def test_alpha_is_the_fourth_channel(tmp_path, name):
    path = write_alpha(tmp_path / name)
    reader = VideoReader(path, alpha=True)
    plain = VideoReader(path, index=reader.index)
    true = [stored_alpha(frame) for frame in rgba_frames(24, ALPHA[name][1], 63, 47)]
    frames = np.stack([frame.image for frame in reader])
    assert frames.shape == (24, 47, 63, 4)
    assert np.array_equal(frames[..., :3], [frame.image for frame in plain])
    assert plain.read([1]).shape == (1, 47, 63, 3)
    error = np.abs(frames[..., 3].astype(int) - true)
    # VP8 and VP9 blur what is drawn in hard blocks; the others hold alpha without loss.
    assert error.max() == 0 if name in LOSSLESS else error.mean() < 12
    assert error.max() <= 1 or 'vp' in name
    order = [23, 4, 11, 4, 0]
    assert np.array_equal(reader.read(order), frames[order])
    for number in range(24):
        assert np.array_equal(next(reader.frames_at([number])), frames[number])
    deep = VideoReader(path, bit_depth=16, alpha=True, index=reader.index).read([3])
    assert deep.dtype == np.uint16
    assert np.array_equal(np.round(deep[0, ..., 3] / 257), frames[3, ..., 3])


@pytest.mark.parametrize('name', ['vp9.webm', 'vp8.webm'])
def test_alpha_has_its_own_key_frames(tmp_path, name):
    for folder in 'ab':
        (tmp_path / folder).mkdir()
    colors = write_alpha(tmp_path / 'a' / name, 40, gop=5)
    alphas = write_alpha(tmp_path / 'b' / name, 40, gop=12)
    reader = VideoReader(swap_alpha(colors, alphas, tmp_path / name), alpha=True)
    images = [frame.image for frame in reader]
    assert np.array_equal(images[-1][..., :3], VideoReader(colors).read([39])[0])
    assert np.array_equal(images[-1][..., 3], VideoReader(alphas, alpha=True).read([39])[0, ..., 3])
    assert len(reader.index.keys) == 1
    for number in (0, 5, 12, 14, 24, 25, 39):
        assert np.array_equal(next(reader.frames_at([number])), images[number]), number


def test_alpha_turns_with_the_picture(tmp_path):
    frames = [rgba_frames(2, 'argb') for _ in range(2)]
    plain = write_video(tmp_path / 'plain.mov', frames[0], 'qtrle')
    turned = write_video(tmp_path / 'turned.mov', frames[1], 'qtrle', rotation=90)
    image = VideoReader(plain, alpha=True).read([1])[0]
    assert np.array_equal(VideoReader(turned, alpha=True).read([1])[0], np.rot90(image))


def test_missing_alpha_is_said(tmp_path):
    for name, codec in (('x.mp4', 'libx264'), ('x.webm', 'libvpx-vp9')):
        path = write_video(tmp_path / name, 2, codec, alpha_mode=True)
        with pytest.raises(MediaError, match=rf'{name} has no alpha channel; give RGBA images'):
            VideoReader(path, alpha=True)


def test_odd_size(tmp_path):
    frames = pattern_frames(2, 'yuv420p', 63, 47)
    path = write_video(tmp_path / 'x.webm', frames, 'libvpx-vp9')
    assert VideoReader(path).read([1]).shape == (1, 47, 63, 3)


@pytest.mark.parametrize('name', ['x.mp4', 'x.mkv'])
def test_truncated_file(tmp_path, name, caplog):
    source = write_video(
        tmp_path / f'whole_{name}',
        60,
        options=X264_CLOSED,
        container_options=FASTSTART if name == 'x.mp4' else None,
    )
    path = truncate(source, tmp_path / name, 0.6)
    reader = VideoReader(path)
    kept = len(reader)
    sentence = f'{path}: the file ends after frame {kept} of 60 (truncated?)'
    assert 5 < kept < 55
    assert reader.damage == sentence
    with pytest.raises(MediaError) as caught:
        list(reader)
    advice = "; on_error='stop' (--on-error stop) keeps the frames before it"
    assert str(caught.value) == sentence + advice

    lenient = VideoReader(path, on_error='stop')
    with caplog.at_level(logging.WARNING):
        frames = list(lenient)
    assert len(frames) == kept
    assert lenient.damage == sentence
    assert sentence in caplog.text
    whole = VideoReader(source)
    assert np.array_equal(frames[-1].image, whole.read([kept - 1])[0])
    assert [frame.time for frame in frames] == whole.times()[:kept]


def test_file_cut_after_it_was_indexed(tmp_path):
    path = write_video(tmp_path / 'x.mp4', 60, options=X264_CLOSED, container_options=FASTSTART)
    reader = VideoReader(path)
    whole = reader.read([3, 5])
    truncate(path, path, 0.6)
    images = reader.frames_at([3, 5, 50])
    assert np.array_equal([next(images), next(images)], whole)
    with pytest.raises(MediaError, match=r'x\.mp4: decoding failed at frame 50 of 60'):
        next(images)
    path.write_bytes(b'')
    with pytest.raises(MediaError, match=r'x\.mp4 is empty'):
        next(reader.frames_at([0]))


def retime(source, target, stamps):
    """Copy a video without reordering, and give its packets other stamps (ticks of the source)."""
    with av.open(str(source)) as given, av.open(str(target), 'w') as output:
        stream = given.streams.video[0]
        copied = output.add_stream_from_template(stream)
        packets = [packet for packet in given.demux(stream) if packet.size]
        for number, (packet, stamp) in enumerate(zip(packets, stamps, strict=True)):
            # muxers want decoding times that rise, and none after the time of its frame
            packet.pts, packet.dts = stamp, stamp - len(stamps) + number
            packet.stream = copied
            output.mux(packet)
    return target


TWINS = {
    'capture': [0, 33, 67, 67, 133, 167, 200, 233, 267, 300, 333, 367],
    'joined at a key frame': [0, 33, 67, 100, 133, 167, 200, 233, 267, 300, 300, 333],
    'three, and at both ends': [0, 0, 67, 100, 100, 100, 200, 233, 267, 300, 333, 333],
}


@pytest.mark.parametrize('stamps', TWINS.values(), ids=TWINS)
@pytest.mark.parametrize('suffix', ['mkv', 'ts'])
def test_equal_stamps_become_rising_times(tmp_path, caplog, stamps, suffix):
    options = {'options': {'x264-params': 'keyint=10:min-keyint=10:scenecut=0:bframes=0'}}
    source = write_video(tmp_path / f'source.{suffix}', 12, **options)
    scale = 1 if suffix == 'mkv' else 90
    path = retime(source, tmp_path / f'x.{suffix}', [stamp * scale for stamp in stamps])
    true = [frame.image for frame in VideoReader(source)]
    caplog.clear()
    reader = VideoReader(path)
    count = len(stamps) - len(set(stamps))
    assert caplog.text.count(f'{count} frames have the time stamp of the frame before') == 1
    times = reader.times()
    assert all(a < b for a, b in itertools.pairwise(times))
    frames = list(reader)
    assert [frame.time for frame in frames] == times
    assert np.array_equal([frame.image for frame in frames], true)
    for number in [*range(12), *reversed(range(12))]:
        assert np.array_equal(reader.read([number])[0], true[number]), number
    assert all(time % reader.info.time_base == 0 for time in times)
    first = times[0] - Fraction(stamps[0], 1000)
    for time, stamp in zip(times, stamps, strict=True):
        if stamps.count(stamp) == 1:
            assert abs(time - first - Fraction(stamp, 1000)) <= Fraction(1, 1000)
    with open_writer(tmp_path / 'out.mp4', reader.info, channels='rgb') as writer:
        for frame in frames:
            writer.write(frame.image, frame.time)
    assert [time - times[0] for time in times] == VideoReader(tmp_path / 'out.mp4').times()
    assert len(caplog.records) == 1


@pytest.mark.parametrize('rate', [Fraction(30), Fraction(30000, 1001), Fraction(24000, 1001)])
@pytest.mark.parametrize(('name', 'codec'), [('x.mkv', 'libx264'), ('x.webm', 'libvpx-vp9')])
@pytest.mark.parametrize('first', [0, 7])
def test_rounded_stamps_give_an_exact_rate_in_mp4(tmp_path, name, codec, rate, first):
    path = write_video(
        tmp_path / name, 40, codec, rate=rate, stamps=[first + i for i in range(40)],
        options={'deadline': 'realtime', 'cpu-used': '8'} if codec != 'libx264' else None,
    )  # fmt: skip
    reader = VideoReader(path)
    frames = list(reader)
    times = [frame.time for frame in frames]
    assert np.unique(np.diff(times)).tolist() == [1 / rate]
    assert times == reader.times()
    assert abs(times[0] - first / rate) <= Fraction(1, 1000)
    assert all(time % reader.info.time_base == 0 for time in times)
    with open_writer(tmp_path / 'out.mp4', reader.info, channels='rgb') as writer:
        for frame in frames:
            writer.write(frame.image, frame.time)
    with av.open(str(tmp_path / 'out.mp4')) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == rate
        assert float(stream.duration * stream.time_base) == pytest.approx(40 / rate, abs=1e-3)


def test_damage_in_the_middle(tmp_path):
    path = write_video(tmp_path / 'x.mp4', 40, options=X264_CLOSED)
    with av.open(str(path)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][20]
        assert packet.is_keyframe
        position, size = packet.pos, packet.size
    data = bytearray(path.read_bytes())
    data[position : position + size] = bytes(size)
    path.write_bytes(data)
    with pytest.raises(MediaError, match='decoding failed at frame 20 of 40'):
        list(VideoReader(path))
    reader = VideoReader(path, on_error='stop')
    assert len(list(reader)) == 20
    assert reader.read([3, 19]).shape == (2, 48, 64, 3)
    with pytest.raises(MediaError, match=r'decoding failed at frame 2[0-9] of 40'):
        reader.read([3, 25])
    images = reader.frames_at([3, 19, 25])
    assert next(images).shape == next(images).shape == (48, 64, 3)
    with pytest.raises(MediaError, match=r'x\.mp4: decoding failed at frame 2[0-9] of 40'):
        next(images)


def test_index_errors_name_the_file(tmp_path):
    reader = VideoReader(write_video(tmp_path / 'x.mp4', 4))
    assert reader.read([]).shape == (0, 48, 64, 3)
    for number in (-1, 4):
        with pytest.raises(IndexError, match=rf'x\.mp4 has frames 0 to 3; .* no frame {number}'):
            reader.read([0, number])


def test_iterations_are_independent(tmp_path):
    reader = VideoReader(write_video(tmp_path / 'x.mp4', 12))
    first, second = iter(reader), iter(reader)
    next(first)
    assert np.array_equal(next(first).image, reader.read([1])[0])
    assert next(second).time == 0
    assert len(list(reader)) == 12
    assert sum(1 for _ in first) == 10


def open_files():
    links = (f'/proc/self/fd/{number}' for number in os.listdir('/proc/self/fd'))
    return [os.readlink(link) for link in links if os.path.exists(link)]


@pytest.mark.skipif(not os.path.isdir('/proc/self/fd'), reason='counts files through /proc')
def test_no_file_stays_open(tmp_path):
    path = write_video(tmp_path / 'x.mp4', 12)
    reader = VideoReader(path)
    list(reader)
    reader.read([5])
    assert str(path) not in open_files()
    images = reader.frames_at([1, 5])
    assert str(path) not in open_files()
    next(images)
    assert str(path) in open_files()
    images.close()
    assert str(path) not in open_files()
    frames = iter(reader)
    next(frames)
    assert str(path) in open_files()
    del frames
    gc.collect()
    assert str(path) not in open_files()
    frames = iter(reader)
    next(frames)
    reader.close()
    assert str(path) not in open_files()
    with pytest.raises(MediaError, match='was closed while it was read'):
        next(frames)
    with pytest.raises(MediaError, match='has been closed'):
        reader.read([0])
    with pytest.raises(MediaError, match='has been closed'):
        reader.frames_at([0])


def test_close_from_another_thread(tmp_path):
    path = write_video(tmp_path / 'x.mp4', 60)
    for delay in range(8):
        reader = VideoReader(path)
        timer = threading.Timer(delay * 0.004, reader.close)
        timer.start()
        with pytest.raises(MediaError, match='closed'):
            read_forever(reader)
        timer.join()


def read_forever(reader):
    while True:
        list(reader)
