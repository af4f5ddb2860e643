import numpy as np
import pytest
import torch

from rvm.errors import DataError
from rvm.evaluation.arrays import Frames, check_alike, check_clip, common, framewise
from rvm.evaluation.functional import mad

GOOD = np.zeros((2, 4, 5), np.uint8)


@pytest.mark.parametrize(
    ('other', 'message'),
    [
        (GOOD.astype(np.int32), 'true is int32: give uint8 in 0..255, uint16'),
        (GOOD.astype(bool), 'true is bool'),
        (GOOD.tolist(), 'true is a list: give a NumPy array or a torch tensor'),
        (None, 'true is a NoneType'),
        (torch.zeros(2, 4, 5, dtype=torch.bfloat16), 'true is bfloat16'),
        (torch.zeros(2, 4, 5, dtype=torch.uint8), 'pred is on numpy and true on cpu'),
        (np.zeros(5, np.uint8), r'true has shape \[5\]: give frames'),
        (np.zeros((2, 0, 5), np.uint8), 'holds no pixels'),
        (np.zeros((2, 1, 5), np.uint8), r'pred has shape \[2, 4, 5\] and true \[2, 1, 5\]'),
    ],
)
def test_what_is_no_pair_of_mattes_is_refused_in_a_sentence(other, message):
    with pytest.raises(DataError, match=message) as caught:
        check_alike(pred=GOOD, true=other)
    assert '\n' not in str(caught.value)


def _values(frames: Frames) -> list:
    return [frame.tolist() for frame in frames]


@pytest.mark.parametrize('bad', [1.01, -0.01, 255, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize('kind', ['float16', 'float32', 'float64'])
def test_floats_beyond_the_range_are_refused(bad, kind):
    clip = np.zeros((3, 4, 5), kind)
    clip[1, 2, 3] = bad
    words = 'pred holds NaN in frame 1' if np.isnan(bad) else 'pred holds values in .* in frame 1'
    for array in (clip, torch.from_numpy(clip)):
        with pytest.raises(DataError, match=words):
            _values(Frames('pred', array))
    with pytest.raises(DataError, match='in frame 0'):
        _values(Frames('pred', clip, planes=3))
    clip[1, 2, 3] = 1.0005
    assert _values(Frames('pred', clip)) == clip.tolist()


def test_frames_come_in_order_and_contiguous():
    array = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(4, 5, 3, 2).T
    for given in (array, torch.from_numpy(array.copy())):
        frames = list(Frames('pred', given))
        assert len(frames) == len(Frames('pred', given)) == 6
        assert all(frame.flags.c_contiguous for frame in frames)
        np.testing.assert_array_equal(np.reshape(frames, array.shape), array)


@pytest.mark.parametrize('kind', ['u2', 'f2', 'f4', 'f8'])
@pytest.mark.parametrize('order', '<>')
def test_bytes_in_any_order(order, kind):
    values = [[1, 256]] if kind == 'u2' else [[0.25, 1]]
    clip = np.array([values], order + kind)
    check_alike(pred=clip, true=clip)
    (frame,) = Frames('pred', clip)
    assert frame.dtype.isnative
    assert frame.tolist() == values
    assert mad(clip, np.array([values], kind)).tolist() == [0]


def test_a_channel_is_told_from_frames():
    for shape in ((1, 4, 5), (3, 4, 5), (1, 2, 4, 5)):
        check_clip(np.zeros(shape))
    with pytest.raises(DataError, match=r'drop the channel .* clips of one frame, leave them out'):
        check_clip(np.zeros((3, 1, 4, 5)))


@pytest.mark.parametrize(
    ('kinds', 'expected'),
    [
        (('uint8', 'uint8'), ('uint8', 255)),
        (('uint16', 'uint16'), ('uint16', 65535)),
        (('uint8', 'uint16'), ('float32', 1)),
        (('uint8', 'float32'), ('float32', 1)),
        (('float16', 'float16'), ('float32', 1)),
        (('float16', 'uint8'), ('float32', 1)),
        (('float64', 'float32'), ('float64', 1)),
        (('uint16', 'float64'), ('float64', 1)),
    ],
)
def test_both_frames_in_one_type(kinds, expected):
    whole = {'uint8': 255, 'uint16': 65535}
    frames = [np.full((2, 3), whole.get(kind, 1), kind) for kind in kinds]
    pred, true, peak = common(*frames)
    assert (pred.dtype.name, peak) == expected
    assert true.dtype == pred.dtype
    assert (pred == peak).all()
    assert (true == peak).all()


def test_eight_bits_become_the_floats_that_callers_make():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for kind in (np.float32, np.float64):
        floats = levels.astype(kind) / kind(255)
        found, same, _ = common(levels, floats)
        np.testing.assert_array_equal(found, same)


@pytest.mark.parametrize('shape', [(4, 5), (3, 4, 5), (2, 3, 4, 5)])
def test_values_have_the_leading_shape(shape):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for given in (array, torch.from_numpy(array)):
        found = framewise(lambda frame, none: float(frame.sum()), given, Frames('', given), None)
        assert isinstance(found, torch.Tensor) == isinstance(given, torch.Tensor)
        np.testing.assert_array_equal(np.asarray(found), array.sum((-2, -1)))
