"""Frames are decoded no larger than needed, warped once, and black outside."""

import numpy as np
import pytest
from scipy import ndimage

from rvm.datasets.frames import ArrayFrames, PairedFrames
from rvm.datasets.stream import NEAREST, Stream
from rvm.errors import DataError
from tests.test_datasets.clips import CountingFrames, centre_of, smooth_pictures


def test_outside_is_black_and_transparent():
    stream = Stream('fgr', ArrayFrames(np.full((1, 20, 20, 4), 200, np.uint8), 'rgba'), 1)
    stream.warp(np.array([[1.0, 0, 10], [0, 1, 0], [0, 0, 1]]))
    out = stream.render()[0]
    assert (out[:, :10] == 0).all()
    assert (out[:, 10:] == 200).all()


@pytest.mark.parametrize(
    ('target', 'shrink'), [(64, 1), (33, 1), (32, 2), (17, 2), (16, 4), (8, 8), (4, 8)]
)
def test_frames_are_decoded_no_larger_than_needed(target, shrink):
    source = CountingFrames(smooth_pictures(1, 64, 64, 3), 'rgb')
    stream = Stream('bgr', source, 1)
    stream.resize(target, target)
    out = stream.render()[0]
    assert source.shrinks == [shrink]
    assert out.shape == (target, target, 3)
    y, x = np.mgrid[:target, :target]
    if target >= 16:  # a smooth picture is what it is at any size
        points = np.stack([(y + 0.5) * 64 / target - 0.5, (x + 0.5) * 64 / target - 0.5])
        expected = ndimage.map_coordinates(
            source.inner.frames[0, ..., 0].astype(float), points, order=1, mode='nearest'
        )
        inner = slice(1, -1)
        assert np.abs(out[inner, inner, 0] - expected[inner, inner]).mean() < 1.5


def test_hard_masks_stay_hard_and_land_with_their_picture():
    mask = np.zeros((1, 60, 60), np.uint8)
    mask[:, 20:41, 20:41] = 255
    picture = np.repeat(mask[..., None], 3, -1)
    source = PairedFrames(ArrayFrames(picture, 'rgb'), ArrayFrames(mask, 'grey'))
    hard = Stream('src', source, 1, matte_interpolation=NEAREST)
    soft = Stream('src', source, 1)
    for stream in (hard, soft):
        stream.warp(np.array([[0.5, 0.1, 3.3], [-0.1, 0.5, 9.7], [0, 0, 1]]), (40, 40))
    hard, soft = hard.render()[0], soft.render()[0]
    assert set(np.unique(hard[..., 3])) == {0, 255}
    assert len(np.unique(soft[..., 3])) > 4
    assert np.array_equal(hard[..., :3], soft[..., :3])
    np.testing.assert_allclose(centre_of(hard[..., 3]), centre_of(hard[..., 0]), atol=0.3)


def test_hard_masks_without_a_pair_of_sources():
    frames = np.zeros((1, 60, 60, 4), np.uint8)
    frames[:, 20:41, 20:41] = 255
    stream = Stream('src', ArrayFrames(frames, 'rgba'), 1, matte_interpolation=NEAREST)
    stream.resize(20, 20)
    out = stream.render()[0]
    assert set(np.unique(out[..., 3])) == {0, 255}
    np.testing.assert_allclose(centre_of(out[..., 3]), centre_of(out[..., 0]), atol=0.1)


class WrongFrames(ArrayFrames):
    """Yields what its kind does not promise."""

    def load(self, numbers, shrink=1):
        for number in numbers:
            yield self.frames[number]


@pytest.mark.parametrize(
    ('frames', 'kind', 'name'),
    [
        (smooth_pictures(1, 8, 8, 3), 'rgb', 'bgr'),
        (smooth_pictures(1, 8, 8, 3), 'rgba', 'fgr'),
        (smooth_pictures(1, 8, 8, 4).astype(np.float32), 'rgba', 'fgr'),
    ],
)
def test_a_source_that_breaks_its_promise_is_named(frames, kind, name):
    stream = Stream(name, WrongFrames(frames, kind), 1)
    with pytest.raises(DataError, match=r'WrongFrames gave .*yields'):
        stream.render()


def test_an_enlarged_picture_is_not_darkened_at_its_edge():
    white = ArrayFrames(np.full((1, 10, 10, 4), 255, np.uint8), 'rgba')
    stream = Stream('fgr', white, 1)
    stream.resize(19, 19)
    assert (stream.render() == 255).all()
    turned = Stream('fgr', white, 1)
    turned.warp(np.array([[1.9, 0, 0.95], [0, 1.9, 0.45], [0, 0, 1]]), (19, 19))
    assert (turned.render() < 255).any()  # half a pixel of black came in
