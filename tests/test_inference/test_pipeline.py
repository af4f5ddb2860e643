"""Whole conversions with a network whose alpha is known: the red channel of the source."""

import resource
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
import torch

from rvm.errors import MediaError, UserError
from rvm.inference import Matter, MattingResult, matte_video
from rvm.inference.outputs import Outputs
from rvm.io import H264Writer, open_reader
from tests.test_inference.media import (
    gradient_video,
    images_of,
    index_first,
    read_folder,
    read_png,
    video_end,
    write_images,
)
from tests.test_inference.stubs import RedNetwork, worker_threads
from tests.test_io.media_factory import truncate
from tests.test_io.writer_media import make_images, make_source, read_sound, read_video

NTSC = Fraction(30000, 1001)
VARIABLE = [0, 20, 100, 101, 180, 300, 340, 500]  # milliseconds


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    assert worker_threads() == []


@pytest.fixture(scope='module')
def sources(tmp_path_factory) -> dict[str, Path]:
    """One file of every kind that a conversion must get right."""
    folder = tmp_path_factory.mktemp('sources')

    def make(name: str, **options) -> Path:
        return gradient_video(folder / name, **options)

    ms = {'stamps': VARIABLE, 'time_base': Fraction(1, 1000)}
    late = {'stamps': [90 + 3 * i for i in range(8)], 'time_base': Fraction(1, 90)}
    found = {
        'plain': make('plain.mp4', rate=NTSC),
        'rotated': make('rotated.mp4', rotation=90),
        'upside down': make('upside_down.mov', rotation=180, rate=25),
        'variable': make('variable.mp4', **ms),
        'late': make('late.mkv', **late),
        'odd': make('odd.mp4', width=63, height=47, pixel_format='yuv444p'),
        'one frame': make('one.mp4', num=1),
        'ten bits': make('ten.mkv', codec='libx265', pixel_format='yuv420p10le', matrix=1),
        'full range': make('full.mp4', matrix=6, full_range=True),
        'sound': make_source(folder / 'sound.mp4', seconds=1.0),
    }
    with open_reader(found['rotated']) as reader:
        assert (reader.info.rotation, reader.info.width, reader.info.height) == (270, 48, 64)
    with open_reader(found['variable']) as reader:
        assert reader.info.variable_rate
    with open_reader(found['ten bits']) as reader:
        assert reader.info.bit_depth == 10
    return found


SOURCES = (
    *('plain', 'rotated', 'upside down', 'variable', 'late', 'odd', 'one frame'),
    *('ten bits', 'full range', 'sound'),
)


@dataclass
class Like:
    """Facts that an output shares with its source."""

    size: tuple[int, int]
    times: list[Fraction]
    rate: Fraction

    @classmethod
    def of(cls, path: Path) -> 'Like':
        with open_reader(path) as reader:
            info, times = reader.info, reader.times()
        times = [time - times[0] for time in times]
        return cls((info.width, info.height), times, info.frame_rate)


def _assert_close(found, true, mean: float, largest: float) -> None:
    """Compare lists of images; `true` must not be something flat that anything would resemble."""
    assert len(found) == len(true)
    for a, b in zip(found, true, strict=True):
        error = np.abs(a.astype(float) - b.astype(float))
        assert error.mean() <= mean
        assert error.max() <= largest


def _over(image: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Return the composite that belongs to `RedNetwork`."""
    pha = image[..., :1] / 255
    return image * pha + background * (1 - pha)


def _rgba(path: Path) -> list[np.ndarray]:
    decoder = 'libvpx-vp9' if path.suffix == '.webm' else None
    return [frame.to_ndarray(format='rgba') for frame in read_video(path, decoder)]


@pytest.mark.parametrize('kind', SOURCES)
def test_the_outputs_are_like_the_source(sources, tmp_path, kind):
    source = sources[kind]
    outputs = {
        'alpha': tmp_path / 'alpha.mp4',
        'foreground': tmp_path / 'foreground.mkv',
        'composite': tmp_path / 'composite.mov',
    }
    calls = []
    result = matte_video(
        source,
        RedNetwork(),
        **outputs,
        background='0,177,64',
        progress=lambda *numbers: calls.append(numbers),
    )
    images, true = images_of(source), Like.of(source)
    count = len(images)
    assert isinstance(result, MattingResult)
    assert (result.source, result.num_frames, result.damage) == (str(source), count, None)
    assert result.outputs == list(outputs.values())
    assert set(result.busy_seconds) == {'decode', 'network', 'encode'}
    assert all(seconds > 0 for seconds in result.busy_seconds.values())
    assert result.seconds >= max(result.busy_seconds['decode'], result.busy_seconds['network'])
    assert calls == [(i, count) for i in range(1, count + 1)]
    assert sorted(tmp_path.iterdir()) == sorted(outputs.values())
    for path in outputs.values():
        found = Like.of(path)
        if source.suffix == '.mkv':  # its whole milliseconds make the mean rate inexact
            assert found.rate == pytest.approx(true.rate, rel=0.003)
            found.rate = true.rate
        if path.suffix == '.mkv':
            shifts = [abs(a - b) for a, b in zip(found.times, true.times, strict=True)]
            assert max(shifts) <= Fraction(1, 1000)
            found.times, found.rate = true.times, true.rate
        assert found == true
        with av.open(str(path)) as container:
            assert bool(container.streams.audio) == (kind == 'sound')
    reds = [image[..., :1].repeat(3, -1) for image in images]
    _assert_close(images_of(outputs['alpha']), reds, 2, 16)
    # chroma at half the size, twice; x264 differs from run to run in pictures this small
    _assert_close(images_of(outputs['foreground']), images, 5, 50)
    green = np.array([0, 177, 64])
    mixed = [_over(image, green) for image in images]
    _assert_close(images_of(outputs['composite']), mixed, 5, 50)
    if kind != 'sound':  # whose pictures are flat
        assert min(image[..., 0].std() for image in images) > 20


@pytest.mark.parametrize('kind', ['plain', 'rotated', 'odd', 'one frame', 'ten bits'])
def test_transparency_reads_back(sources, tmp_path, kind):
    source = sources[kind]
    matte_video(source, RedNetwork(), composite=tmp_path / 'png')
    matte_video(source, RedNetwork(), composite=tmp_path / 'c.mov')
    matte_video(source, RedNetwork(), composite=tmp_path / 'c.webm')
    with open_reader(source, bit_depth=None) as reader:
        images = [frame.image for frame in reader]
    peak = np.iinfo(images[0].dtype).max
    exact = read_folder(tmp_path / 'png')
    assert len(exact) == len(images)
    for found, image in zip(exact, images, strict=True):
        assert found.dtype == image.dtype
        assert np.array_equal(found[..., 3], image[..., 0])
        visible = image[..., :1] > 0
        assert np.array_equal(found[..., :3], image * visible)
    reds = [image[..., 0] / (peak / 255) for image in images]
    prores, vp9 = _rgba(tmp_path / 'c.mov'), _rgba(tmp_path / 'c.webm')
    _assert_close([image[..., 3] for image in prores], reds, 0.6, 1.5)
    _assert_close([image[..., 3] for image in vp9], reds, 2, 16)
    for lossy, mean in ((prores, 2), (vp9, 5)):
        for found, image in zip(lossy, images, strict=True):
            solid = image[..., 0] > peak // 2
            true = image[solid] / (peak / 255)
            assert np.abs(found[solid][:, :3] - true).mean() <= mean
    for path in (tmp_path / 'c.mov', tmp_path / 'c.webm'):
        assert len(images_of(path)) == len(images)


def test_no_colour_of_the_source_is_left_where_nothing_is_visible(tmp_path):
    image = np.zeros((48, 128, 3), np.uint8)
    image[..., 1:] = 200
    image[:, 96:, 0] = 255
    source = write_images(tmp_path / 'in', [image, image])
    matte_video(source, RedNetwork(), composite=tmp_path / 'png')
    matte_video(source, RedNetwork(), composite=tmp_path / 'c.mov')
    for found in read_folder(tmp_path / 'png'):
        assert not found[:, :96].any()
        assert (found[:, 96:] == (255, 200, 200, 255)).all()
    for found in _rgba(tmp_path / 'c.mov'):
        assert found[:, :80, :3].max() <= 3
        assert found[:, 90:95, 1].min() >= 150
        assert not found[:, :96, 3].any()


def test_a_composite_over_an_image_and_over_a_video(tmp_path):
    images = make_images('rgb', 6)
    source = write_images(tmp_path / 'in', images)
    levels = [40, 220]
    flats = [np.full((48, 64, 3), level, np.uint8) for level in levels]
    still = write_images(tmp_path / 'flat', flats) / 'f2.png'
    moving = gradient_video(tmp_path / 'b.mkv', images=flats, rate=10)  # each for three frames
    matte_video(source, RedNetwork(), composite=tmp_path / 'still', background=still)
    true = [_over(image, flats[1]) for image in images]
    _assert_close(read_folder(tmp_path / 'still'), true, 0.5, 1)
    matte_video(source, RedNetwork(), composite=tmp_path / 'moving', background=moving)
    true = [_over(image, flats[i // 3]) for i, image in enumerate(images)]
    _assert_close(read_folder(tmp_path / 'moving'), true, 3, 5)


def test_an_image_folder_in_natural_order_at_a_rate(tmp_path):
    images = make_images('rgb', 11)
    source = write_images(tmp_path / 'in', images)
    rate = Fraction(24000, 1001)
    result = matte_video(
        source, RedNetwork(), alpha=tmp_path / 'a', composite=tmp_path / 'c.mp4',
        background='black', frame_rate=rate, chunk=4,
    )  # fmt: skip
    assert result.num_frames == 11
    _assert_close(read_folder(tmp_path / 'a'), [image[..., 0] for image in images], 0, 0)
    like = Like.of(tmp_path / 'c.mp4')
    assert like.rate == rate
    assert like.times == [i / rate for i in range(11)]
    matte_video(source, RedNetwork(), alpha=tmp_path / 'a.mp4')
    assert Like.of(tmp_path / 'a.mp4').rate == 30


def test_a_list_of_images_keeps_its_order(tmp_path):
    images = make_images('rgb', 3)
    folder = write_images(tmp_path / 'in', images)
    source = [folder / f'f{number}.png' for number in (3, 1, 2, 1)]
    matte_video(source, RedNetwork(), alpha=tmp_path / 'a')
    true = [images[i][..., 0] for i in (2, 0, 1, 0)]
    _assert_close(read_folder(tmp_path / 'a'), true, 0, 0)


def test_a_still_becomes_stills(tmp_path):
    (image,) = make_images('rgb', 1)
    source = write_images(tmp_path / 'in', [image]) / 'f1.png'
    names = ('alpha', 'foreground', 'composite')
    outputs = {name: tmp_path / 'out' / f'{name}.png' for name in names}
    assert matte_video(source, RedNetwork(), **outputs).num_frames == 1
    assert np.array_equal(read_png(outputs['alpha']), image[..., 0])
    assert np.array_equal(read_png(outputs['foreground']), image)
    composite = read_png(outputs['composite'])
    assert np.array_equal(composite[..., 3], image[..., 0])
    assert np.array_equal(composite[..., :3], image * (image[..., :1] > 0))


def test_a_video_into_a_still_is_refused_and_leaves_nothing(sources, tmp_path):
    with pytest.raises(MediaError, match='holds one image, but the source has more frames'):
        matte_video(sources['plain'], RedNetwork(), alpha=tmp_path / 'a.png')
    assert list(tmp_path.iterdir()) == []


def _sound_packets(path: Path) -> list[tuple[float, bytes]]:
    """Return time in seconds and content of every packet of sound."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        return [(float(packet.pts * packet.time_base), bytes(packet)) for packet in packets]


@pytest.mark.parametrize('name', ['a.mp4', 'a.mov', 'a.mkv'])
def test_sound_is_copied_bit_by_bit(sources, tmp_path, name):
    matte_video(sources['sound'], RedNetwork(), alpha=tmp_path / name)
    found, true = _sound_packets(tmp_path / name), _sound_packets(sources['sound'])
    assert len(true) > 40
    assert [data for _, data in found] == [data for _, data in true]
    # against the first picture: Matroska moves both, by the priming packet of AAC
    shift = 1024 / 44100 if name == 'a.mkv' else 0
    for (time, _), (true_time, _) in zip(found, true, strict=True):
        assert time == pytest.approx(true_time + shift, abs=0.002)


def test_sound_for_webm_is_encoded_again(sources, tmp_path):
    matte_video(sources['sound'], RedNetwork(), composite=tmp_path / 'c.webm')
    with av.open(str(tmp_path / 'c.webm')) as container:
        assert container.streams.audio[0].codec_context.name in ('opus', 'libopus')
    assert np.abs(read_sound(tmp_path / 'c.webm')[0]).max() > 0.2


@pytest.fixture(scope='module')
def cut_off(tmp_path_factory) -> Path:
    """Two seconds of picture and sound, of whose bytes the second half is missing."""
    folder = tmp_path_factory.mktemp('cut')
    whole = make_source(folder / 'whole.mp4', seconds=2.0)
    return truncate(index_first(whole, folder / 'first.mp4'), folder / 'cut.mp4', 0.6)


def test_a_truncated_video_is_refused_and_leaves_nothing(cut_off, tmp_path):
    old = tmp_path / 'a.mp4'
    old.write_bytes(b'old')
    network = RedNetwork()
    with pytest.raises(MediaError, match=r'cut\.mp4: .* frame \d+ of 60') as caught:
        matte_video(cut_off, network, alpha=old, composite=tmp_path / 'c.mov')
    assert '\n' not in str(caught.value)
    assert network.seen == 0  # not after all the work
    assert old.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [old]


def test_a_truncated_video_is_kept_up_to_the_damage_if_asked(cut_off, tmp_path):
    out = tmp_path / 'a.mp4'
    result = matte_video(cut_off, RedNetwork(), alpha=out, on_error='stop')
    assert 5 < result.num_frames < 55
    assert f'frame {result.num_frames} of 60' in result.damage
    assert len(images_of(out)) == result.num_frames
    last, _ = _sound_packets(out)[-1]
    assert result.num_frames / 30 - 0.2 < last < result.num_frames / 30


def test_the_sound_of_a_truncated_video_plays_to_its_end(cut_off, tmp_path):
    out = tmp_path / 'a.mp4'
    result = matte_video(cut_off, RedNetwork(), alpha=out, on_error='stop')
    length = result.num_frames / 30
    samples, begin = read_sound(out)
    seconds = begin + samples.shape[1] / 44100
    # to a packet of 23 ms and the priming one; the file was cut just before the next sound
    assert length - 0.2 < seconds < length + 0.06


def test_damage_that_only_decoding_finds(tmp_path):
    whole = make_source(tmp_path / 'whole.mp4', seconds=2.0)
    data = bytearray(whole.read_bytes())
    with av.open(str(whole)) as container:
        packets = list(container.demux(video=0))
    packet = packets[40]  # its length fields now point beyond it
    data[packet.pos : packet.pos + packet.size] = b'\x7f' * packet.size
    bad, out = tmp_path / 'bad.mp4', tmp_path / 'out' / 'a.mp4'
    bad.write_bytes(data)
    network = RedNetwork()
    with pytest.raises(MediaError, match=r'bad\.mp4: decoding failed at frame \d+ of 60'):
        matte_video(bad, network, alpha=out)
    assert network.seen > 5
    assert list(out.parent.iterdir()) == []
    result = matte_video(bad, RedNetwork(), alpha=out, on_error='stop')
    assert 5 < result.num_frames < 45
    assert 'bad.mp4: decoding failed at frame' in result.damage
    assert len(images_of(out)) == result.num_frames
    last, _ = _sound_packets(out)[-1]
    assert result.num_frames / 30 - 0.2 < last < result.num_frames / 30


@contextmanager
def _disk_full_after(size: int):
    """Let the system refuse to write more than `size` bytes into a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def targets(tmp_path) -> dict[str, Path]:
    """Three targets, of all kinds, with good outputs of a run before."""
    found = {
        'alpha': tmp_path / 'alpha.mp4',
        'foreground': tmp_path / 'foreground',
        'composite': tmp_path / 'composite.mov',
    }
    found['alpha'].write_bytes(b'old alpha')
    found['foreground'].mkdir()
    (found['foreground'] / '0000.png').write_bytes(b'old foreground')
    found['composite'].write_bytes(b'old composite')
    return found


def _assert_old(targets: dict[str, Path]) -> None:
    """All outputs are as before, and nothing is beside them, hidden or not."""
    assert targets['alpha'].read_bytes() == b'old alpha'
    assert [p.read_bytes() for p in targets['foreground'].iterdir()] == [b'old foreground']
    assert targets['composite'].read_bytes() == b'old composite'
    folder = targets['alpha'].parent
    assert sorted(folder.iterdir()) == sorted(targets.values())


def test_old_outputs_are_replaced(sources, targets):
    matte_video(sources['plain'], RedNetwork(), **targets)
    assert len(images_of(targets['alpha'])) == 8
    assert len(read_folder(targets['foreground'])) == 8
    assert len(images_of(targets['composite'])) == 8
    assert sorted(targets['alpha'].parent.iterdir()) == sorted(targets.values())


@pytest.mark.parametrize('error', [RuntimeError('a bug'), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize('chunk', [1, 3])
def test_an_error_of_the_network_leaves_the_old_outputs(sources, targets, error, chunk):
    network = RedNetwork(5, error)
    with pytest.raises(type(error)):
        matte_video(sources['plain'], network, **targets, chunk=chunk)
    assert 5 < network.seen <= 8
    _assert_old(targets)


@pytest.mark.parametrize('at', [1, 4, 8])
def test_an_interrupt_leaves_the_old_outputs(sources, targets, at):
    def progress(done: int, total: int) -> None:
        if done == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        matte_video(sources['plain'], RedNetwork(), **targets, progress=progress)
    _assert_old(targets)


def _broken(method: str):
    """Return what replaces a method of H264Writer: it fails, late enough for all to be busy."""
    original = getattr(H264Writer, method)

    def broken(writer, *args):
        if writer.num_written >= 3:
            raise OSError(28, 'No space left on device')
        return original(writer, *args)

    return broken


@pytest.mark.parametrize('victim', ['alpha', 'foreground', 'composite'])
@pytest.mark.parametrize('method', ['_write', '_finish'])
def test_an_error_of_one_writer_leaves_the_old_outputs(
    sources, tmp_path, monkeypatch, victim, method
):
    names = ('alpha', 'foreground', 'composite')
    paths = {name: tmp_path / f'{name}.{"mp4" if name == victim else "mov"}' for name in names}
    for path in paths.values():
        path.write_bytes(b'old')
    monkeypatch.setattr(H264Writer, method, _broken(method))
    options = {'codec': None, 'background': None}
    if victim == 'composite':
        options['background'] = 'black'
    # the two others are ProRes, which does not break
    monkeypatch.setattr('rvm.io.writers.VIDEO_FORMATS', {
        '.mp4': {'h264': 'H264Writer'}, '.mov': {'prores': 'ProRes4444Writer'},
    })  # fmt: skip
    with pytest.raises(MediaError, match=rf'cannot write .*{victim}\.mp4.* is full'):
        matte_video(sources['plain'], RedNetwork(), **paths, **options)
    assert all(path.read_bytes() == b'old' for path in paths.values())
    assert sorted(tmp_path.iterdir()) == sorted(paths.values())


@pytest.mark.parametrize('size', [10, 3000, 20000])
def test_a_full_disk_leaves_the_old_outputs(targets, tmp_path_factory, size):
    random = np.random.default_rng(0)
    noise = [random.integers(0, 256, (96, 128, 3), np.uint8) for _ in range(6)]
    source = write_images(tmp_path_factory.mktemp('noise') / 'in', noise)
    with (
        _disk_full_after(size),
        pytest.raises(MediaError, match=r'cannot write .*the file grew larger') as caught,
    ):
        matte_video(source, RedNetwork(), **targets)
    assert '\n' not in str(caught.value)
    _assert_old(targets)


def test_requests_that_make_no_sense_are_refused_in_one_sentence(sources, tmp_path):
    source, network = sources['plain'], RedNetwork()
    out = tmp_path / 'out'
    refused = [
        ({}, 'nothing to do'),
        ({'background': 'green'}, 'nothing to do'),
        ({'alpha': out, 'background': 'green'}, 'but no composite'),
        ({'alpha': out, 'foreground': out}, 'alpha and foreground are both to be written to'),
        (
            {'alpha': out, 'composite': tmp_path / 'x' / '..' / 'out'},
            'alpha and composite are both',
        ),
        ({'alpha': out, 'composite': out / 'c.mov'}, 'composite is to be written into'),
        ({'alpha': source}, 'plain.mp4 would be written over'),
        ({'composite': tmp_path / 'out.mp4'}, 'holds no transparency'),
        ({'alpha': tmp_path / 'out.avi'}, 'unknown suffix .avi'),
        ({'alpha': tmp_path / 'out.mp4', 'codec': 'vp9'}, "holds h264, h265, not 'vp9'"),
        ({'alpha': tmp_path / 'out.mp4', 'crf': 77}, 'crf=77'),
        ({'alpha': out, 'downsample_ratio': 3}, 'downsample_ratio'),
        ({'alpha': out, 'chunk': 0}, 'chunk'),
        ({'alpha': out, 'on_error': 'ignore'}, 'on_error'),
        ({'alpha': out, 'frame_rate': Fraction(30)}, 'leave out frame_rate'),
        ({'alpha': out, 'crf': 20}, 'crf=20: this is for videos, and no output is one'),
        ({'alpha': out, 'codec': 'h264', 'crf': 3}, 'codec=h264 and crf=3: this is for videos'),
        *(
            ({'alpha': out, 'frame_rate': rate}, 'frame_rate: expected frames a second in')
            for rate in (0, -1, 1001, Fraction(1, 1001), float('nan'), float('inf'), 'x')
        ),
        ({'composite': out, 'background': 'gren'}, 'neither a file nor a colour'),
    ]
    before = source.read_bytes()
    for options, message in refused:
        with pytest.raises(UserError, match=message) as caught:
            matte_video(source, network, **options)
        assert '\n' not in str(caught.value), options
    assert network.seen == 0
    assert list(tmp_path.iterdir()) == []
    assert source.read_bytes() == before


def test_what_is_read_is_never_written_over(tmp_path):
    folder = write_images(tmp_path / 'in', make_images('rgb', 2))
    numbered = tmp_path / 'numbered'
    numbered.mkdir()
    for number in (0, 1):
        (numbered / f'000{number}.png').write_bytes((folder / f'f{number + 1}.png').read_bytes())
    frames = sorted(numbered.iterdir())
    background = folder / 'f1.png'
    refused = [
        (numbered, {'alpha': numbered}),
        (frames, {'alpha': numbered}),
        (frames, {'alpha': frames[1]}),
        (frames[0], {'alpha': numbered}),
        (frames[0], {'composite': tmp_path / 'c.mov', 'alpha': frames[0]}),
        (frames[0], {'composite': background, 'background': background}),
        (folder, {'composite': numbered, 'background': frames[0]}),
    ]
    for source, options in refused:
        with pytest.raises(UserError, match=r'would be written over .*, which is read'):
            matte_video(source, RedNetwork(), **options)
    assert sorted(numbered.iterdir()) == frames
    assert len(images_of(folder)) == len(images_of(numbered)) == 2


def test_an_output_among_the_images_that_are_read_is_refused(tmp_path):
    folder = write_images(tmp_path / 'in', make_images('rgb', 2))
    other = write_images(tmp_path / 'other', make_images('rgb', 2))
    before = sorted(folder.iterdir())
    refused = [
        (folder, {'alpha': folder / 'a.mp4'}),
        (folder, {'alpha': tmp_path / 'a', 'foreground': folder / '..' / 'in' / 'f.png'}),
        (other, {'composite': folder / 'c.mp4', 'background': folder}),
    ]
    for source, options in refused:
        with pytest.raises(UserError, match=r'would be written into .*/in, whose images are read'):
            matte_video(source, RedNetwork(), **options)
    assert sorted(folder.iterdir()) == before
    for _ in range(2):  # a folder in it is no image of it
        matte_video(folder, RedNetwork(), alpha=folder / 'alpha')
    assert len(read_folder(folder / 'alpha')) == 2


def test_a_rate_that_is_no_simple_fraction_becomes_one(tmp_path):
    source = write_images(tmp_path / 'in', make_images('rgb', 2))
    matte_video(source, RedNetwork(), alpha=tmp_path / 'a.mp4', frame_rate=24000 / 1001)
    assert Like.of(tmp_path / 'a.mp4').rate == Fraction(24000, 1001)


def test_out_of_memory_in_the_composition_is_one_sentence(sources, targets, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError('CUDA out of memory.\nTried to allocate 2.00 GiB')

    monkeypatch.setattr(Outputs, '_compose', full)
    with pytest.raises(UserError, match=r'out of GPU memory at 64x48 .*--chunk') as caught:
        matte_video(sources['plain'], RedNetwork(), **targets, chunk=2)
    assert '\n' not in str(caught.value)
    _assert_old(targets)


def test_sources_that_cannot_be_read_are_refused_in_one_sentence(tmp_path):
    (tmp_path / 'text.mp4').write_text('this is no video')
    (tmp_path / 'void.mp4').write_bytes(b'')
    (tmp_path / 'empty').mkdir()
    for name, message in [
        ('missing.mp4', 'missing.mp4 does not exist'),
        ('text.mp4', 'text.mp4 cannot be opened as a video'),
        ('void.mp4', 'void.mp4 is empty'),
        ('empty', 'empty holds no images'),
    ]:
        with pytest.raises(MediaError, match=message) as caught:
            matte_video(tmp_path / name, RedNetwork(), alpha=tmp_path / 'a.mp4')
        assert '\n' not in str(caught.value)
    assert not (tmp_path / 'a.mp4').exists()


def test_a_folder_of_png_may_have_a_dot_in_its_name(sources, tmp_path):
    matte_video(sources['one frame'], RedNetwork(), alpha=f'{tmp_path}/shot.v2/')
    assert len(read_folder(tmp_path / 'shot.v2')) == 1


def test_a_network_a_matter_and_a_file_give_the_same(sources, tmp_path, live_network, live_weights):
    source = sources['plain']
    matter = Matter(live_network, 0.5, 3)
    matte_video(source, live_network, alpha=tmp_path / 'a', downsample_ratio=0.5)
    matte_video(source, live_weights, alpha=tmp_path / 'b', downsample_ratio=0.5, chunk=4)
    matte_video(source, str(live_weights), alpha=tmp_path / 'c')  # ratio 1
    for _ in range(2):  # the state of the conversion before is forgotten
        matte_video(source, matter, alpha=tmp_path / 'd')
    a, b, c, d = (np.stack(read_folder(tmp_path / name)) for name in 'abcd')
    assert a.std() > 10
    assert np.abs(a.astype(int) - b).max() <= 1
    assert np.abs(a.astype(int) - d).max() <= 1
    assert np.abs(a.astype(int) - c).max() > 20


def test_scene_cuts_of_a_matter_count(tmp_path, live_network):
    dark, light = np.full((48, 64, 3), 20, np.uint8), np.full((48, 64, 3), 230, np.uint8)
    source = write_images(tmp_path / 'in', [dark, dark, light, light])
    alone = write_images(tmp_path / 'light', [light, light])
    for name, given, threshold in (('a', source, 0.2), ('b', alone, None), ('c', source, None)):
        matter = Matter(live_network, scene_threshold=threshold)
        matte_video(given, matter, alpha=tmp_path / name)
    a, b, c = (np.stack(read_folder(tmp_path / name)[-2:]) for name in 'abc')
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_memory_is_flat(tmp_path):
    """3,000 frames, of which the decoded alone would be 250 MB."""
    source = tmp_path / 'long.mp4'
    images = make_images('rgb', 20, 192, 144)
    frames = [av.VideoFrame.from_ndarray(image, 'rgb24') for image in images]
    with av.open(str(source), 'w') as container:
        stream = container.add_stream('libx264', rate=30, options={'preset': 'ultrafast'})
        stream.width, stream.height = 192, 144
        for number in range(3000):
            frame = frames[number % 20]
            frame.pts = None
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    sizes = {}

    def progress(done: int, total: int) -> None:
        if done % 500 == 0:
            sizes[done] = psutil.Process().memory_info().rss / 2**20

    result = matte_video(source, RedNetwork(), alpha=tmp_path / 'a.mp4', progress=progress)
    assert result.num_frames == 3000
    assert abs(video_end(tmp_path / 'a.mp4') - Fraction(2999, 30)) < Fraction(1, 30)
    assert sizes[3000] - sizes[500] < 24, sizes
