import logging
from fractions import Fraction

import av
import numpy as np
import pytest
import torch

from rvm.errors import MediaError
from rvm.inference.outputs import EDGE_BAND, Outputs, is_video_target
from rvm.inference.workers import Consumer
from rvm.io.media import MediaInfo
from tests.test_inference.media import gradient_video, read_folder, read_png
from tests.test_inference.stubs import worker_threads
from tests.test_io.writer_media import read_video


def _info(bit_depth: int = 8, num_frames: int | None = 1, width: int = 64, height: int = 48):
    rate = Fraction(30)
    return MediaInfo('made', width, height, num_frames, rate, 1 / rate, bit_depth=bit_depth)


@pytest.fixture
def picture() -> tuple[torch.Tensor, torch.Tensor]:
    """Random foreground [3, 48, 64]; alpha [1, 48, 64] is 0 left of column 32, a ramp to 1 right.

    Under inference mode, as they come from the network.
    """
    with torch.inference_mode():
        fgr = torch.rand(3, 48, 64, generator=torch.Generator().manual_seed(0))
        ramp = torch.cat([torch.zeros(32), torch.linspace(0.1, 1, 32)])
        return fgr, ramp.expand(1, 48, 64).clone()


def _write(targets, picture, info=None, background=None, times=(Fraction(0),), **options) -> None:
    info = info or _info()
    with Outputs(targets, info, background, options.get('codec'), options.get('crf')) as outputs:
        for time in times:
            outputs.write(*picture, time)
        outputs.finish()


@pytest.mark.parametrize(('bit_depth', 'peak'), [(8, 255), (10, 65535)])
def test_images_hold_exactly_what_the_network_gave(tmp_path, picture, bit_depth, peak):
    fgr, pha = (x.numpy().astype(np.float64) for x in picture)
    targets = {'alpha': tmp_path / 'a', 'foreground': tmp_path / 'f', 'composite': tmp_path / 'c'}
    _write(targets, picture, _info(bit_depth))
    (alpha,), (foreground,), (composite,) = (read_folder(path) for path in targets.values())
    assert alpha.dtype == (np.uint8 if peak == 255 else np.uint16)
    true_alpha = np.rint(pha[0] * peak)
    true_color = np.rint(fgr.transpose(1, 2, 0) * peak)
    # rounding in float32 may fall to the other side of a half
    assert np.abs(alpha - true_alpha).max() <= peak // 255 // 257
    assert np.abs(foreground - true_color).max() <= peak // 255 // 257
    assert np.array_equal(composite[..., 3], alpha)
    assert np.array_equal(composite[:, 32:, :3], foreground[:, 32:])
    assert not composite[:, :32].any()


def test_a_composite_over_a_colour_is_the_mixture(tmp_path, picture):
    fgr, pha = (x.numpy().astype(np.float64) for x in picture)
    _write({'composite': tmp_path / 'c'}, picture, background='0,177,64')
    (found,) = read_folder(tmp_path / 'c')
    color = np.array([0, 177, 64])[:, None, None] / 255
    true = np.rint((fgr * pha + color * (1 - pha)) * 255).transpose(1, 2, 0)
    assert np.abs(found.astype(int) - true).max() <= 1
    assert (found[:, :32] == (0, 177, 64)).all()


def test_a_still_png_keeps_no_colour_where_nothing_is_visible(tmp_path, picture):
    _write({'composite': tmp_path / 'still.png'}, picture)
    found = read_png(tmp_path / 'still.png')
    assert not found[:, :32].any()
    assert found[:, 32:, 3].all()


@pytest.mark.parametrize('name', ['c.mov', 'c.webm'])
def test_lossy_formats_keep_a_band_of_colour_and_nothing_beyond(tmp_path, picture, name):
    fgr, pha = picture
    fgr = torch.full_like(fgr, 0.8)
    _write({'composite': tmp_path / name}, (fgr, pha))
    decoder = 'libvpx-vp9' if name.endswith('webm') else None
    (frame,) = read_video(tmp_path / name, decoder)
    found = frame.to_ndarray(format='rgba')
    assert np.abs(found[:, 34:, :3].astype(int) - 204).max() <= 6
    assert np.abs(found[:, 34 - EDGE_BAND : 32, :3].astype(int) - 204).max() <= 12
    assert found[:, : 32 - EDGE_BAND - 8, :3].max() <= 6
    assert found[:, :30, 3].max() <= 1


def test_half_precision_is_composed_too(tmp_path, picture):
    half = tuple(x.to(torch.bfloat16) for x in picture)
    _write({'composite': tmp_path / 'c', 'alpha': tmp_path / 'a'}, half, background='white')
    _write({'composite': tmp_path / 'c32', 'alpha': tmp_path / 'a32'}, picture, background='white')
    for name in 'ca':
        (found,), (expected,) = read_folder(tmp_path / name), read_folder(tmp_path / f'{name}32')
        assert np.abs(found.astype(int) - expected.astype(int)).max() <= 3


def test_a_background_video_begins_with_the_first_frame_whatever_its_time(tmp_path, picture):
    levels = [20, 80, 140, 200]
    images = [np.full((48, 64, 3), level, np.uint8) for level in levels]
    background = gradient_video(tmp_path / 'b.mp4', images=images, rate=30)
    begin = Fraction(301, 15)  # in the middle of a turn of the background
    for name, first in (('late', begin), ('zero', Fraction(0))):
        stamps = [first + Fraction(i, 30) for i in range(4)]
        _write({'composite': tmp_path / name}, picture, _info(8, 4), background, stamps)
        found = [int(image[:, :32].mean()) for image in read_folder(tmp_path / name)]
        assert np.abs(np.array(found) - levels).max() <= 4, name


def test_leaving_before_the_end_leaves_nothing(tmp_path, picture):
    old = tmp_path / 'a.mp4'
    old.write_bytes(b'old')
    with Outputs({'alpha': old, 'composite': tmp_path / 'c'}, _info(), None, None, None) as outputs:
        outputs.write(*picture, Fraction(0))
    assert old.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [old]
    assert worker_threads() == []


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('c.mp4', {}, 'mp4 holds no transparency'),
        ('c.jpg', {}, 'JPEG holds no transparency'),
        ('c.xyz', {}, 'unknown suffix .xyz'),
        ('c.webm', {'codec': 'h264'}, "not 'h264'"),
        ('c.mov', {'crf': 99}, 'crf=99'),
    ],
)
def test_what_a_target_cannot_hold_is_refused_before_any_work(tmp_path, name, options, message):
    targets = {'alpha': tmp_path / 'a.mkv', 'composite': tmp_path / name}
    outputs = Outputs(targets, _info(), None, options.get('codec'), options.get('crf'))
    with pytest.raises(MediaError, match=message), outputs:
        pass
    assert list(tmp_path.iterdir()) == []
    assert worker_threads() == []


def test_codec_and_quality_reach_the_videos_alone(tmp_path, picture):
    targets = {'alpha': tmp_path / 'a.mp4', 'foreground': tmp_path / 'f'}
    _write(targets, picture, codec='h265', crf=30)
    with av.open(str(tmp_path / 'a.mp4')) as container:
        assert container.streams.video[0].codec_context.name == 'hevc'
    assert len(read_folder(tmp_path / 'f')) == 1


def test_what_is_a_video():
    assert is_video_target('a.mp4')
    assert is_video_target('a.b/c.WEBM')
    assert not any(map(is_video_target, ('a', 'a.png', 'a.mp4/x', 'mp4')))


@pytest.mark.parametrize('background', [None, 'green'])
def test_every_picture_is_made_once_a_frame(tmp_path, picture, monkeypatch, background):
    shapes = []
    original = Outputs._to_integers

    def spy(self, image):
        shapes.append(tuple(image.shape))
        return original(self, image)

    monkeypatch.setattr(Outputs, '_to_integers', spy)
    names = ('alpha', 'foreground', 'composite')
    _write({name: tmp_path / name for name in names}, picture, background=background)
    composite = [] if background is None else [(48, 64, 3)]
    assert shapes == [(48, 64), (48, 64, 3), *composite]


def test_an_interrupt_while_threads_are_made_leaves_nothing(tmp_path, monkeypatch):
    made = []

    def interrupted(*args):
        if made:
            raise KeyboardInterrupt
        made.append(Consumer(*args))
        return made[0]

    monkeypatch.setattr('rvm.inference.outputs.Consumer', interrupted)
    targets = {'alpha': tmp_path / 'a.mp4', 'foreground': tmp_path / 'f'}
    with pytest.raises(KeyboardInterrupt), Outputs(targets, _info(), None, None, None):
        pass
    assert len(made) == 1
    assert list(tmp_path.iterdir()) == []
    assert worker_threads() == []


def test_a_second_interrupt_does_not_stop_the_cleaning_up(tmp_path, picture, monkeypatch):
    source = [np.full((48, 64, 3), level, np.uint8) for level in (20, 80)]
    background = gradient_video(tmp_path / 'b.mp4', images=source)
    targets = {kind: tmp_path / 'out' / f'{kind}.mp4' for kind in ('alpha', 'foreground')}
    targets['composite'] = tmp_path / 'out' / 'c'
    original = Consumer.cancel

    def cancel(thread):
        original(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(Consumer, 'cancel', cancel)
    with Outputs(targets, _info(8, 2), background, None, None) as outputs:
        outputs.write(*picture, Fraction(0))
        assert len(worker_threads()) == 4
        with pytest.raises(KeyboardInterrupt):
            outputs.abort()
        monkeypatch.undo()
    assert worker_threads() == []
    assert list((tmp_path / 'out').iterdir()) == []


def test_a_folder_that_is_replaced_is_said(tmp_path, picture, caplog):
    targets = {'alpha': tmp_path / 'a'}
    with caplog.at_level(logging.WARNING):
        _write(targets, picture, _info(8, 2), times=(Fraction(0), Fraction(1, 30)))
        assert caplog.messages == []
        _write(targets, picture)
    assert caplog.messages == [f'{tmp_path / "a"}: the 2 files in it will be replaced']
    assert len(read_folder(tmp_path / 'a')) == 1
