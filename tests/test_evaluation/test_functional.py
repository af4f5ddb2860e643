from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given

from rvm.errors import DataError
from rvm.evaluation import functional
from rvm.evaluation.functional import (
    conn,
    dtssd,
    fgr_mad,
    fgr_mse,
    grad,
    mad,
    mse,
    sad,
)
from tests.test_evaluation.mattes import blocky_pairs, hairy_pair, noisy_pairs

GOLDEN = Path(__file__).parents[1] / 'golden' / 'metrics.npz'
ALPHA = ('mad', 'mse', 'grad', 'conn', 'dtssd')
FRAMEWISE = (mad, mse, sad, grad, conn)
KINDS = ('uint8', 'uint16', 'float32', 'float64')


@pytest.fixture(scope='module')
def golden():
    with np.load(GOLDEN) as file:
        return dict(file)


def _as(clip: np.ndarray, kind: str, library: str = 'numpy'):
    """Return a clip of uint8 as another type, in the same values."""
    if kind == 'uint16':
        clip = clip.astype(np.uint16) * 257
    elif kind != 'uint8':
        clip = clip.astype(kind) / np.dtype(kind).type(255)
    return torch.from_numpy(clip.copy()) if library == 'torch' else clip


def _clips(count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return a prediction and a truth [T, H, W] uint8 that move."""
    frames = [hairy_pair((40 + 0 * n, 60)) for n in range(count)]
    pred, true = (np.stack(stream) for stream in zip(*frames, strict=True))
    for number in range(count):
        pred[number] = np.roll(pred[number], 2 * number, axis=1)
        true[number] = np.roll(true[number], 3 * number, axis=1)
    return pred, true


@pytest.mark.parametrize('library', ['numpy', 'torch'])
@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('name', ALPHA)
def test_golden_alpha(golden, name, kind, library):
    pred, true = (_as(golden[f'{role}_pha'], kind, library) for role in ('pred', 'true'))
    found = getattr(functional, name)(pred, true)
    np.testing.assert_allclose(np.asarray(found), golden[f'pha_{name}'], rtol=1e-5)
    assert golden[f'pha_{name}'].shape == (3,)


@pytest.mark.parametrize('library', ['numpy', 'torch'])
@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('name', ['fgr_mad', 'fgr_mse'])
def test_golden_foregrounds(golden, name, kind, library):
    """As they are stored, [T, H, W, 3], and seen as [T, 3, H, W] without a copy."""
    pred, true = (_as(golden[f'{role}_fgr'], kind, library) for role in ('pred', 'true'))
    if library == 'torch':
        pred, true = pred.permute(0, 3, 1, 2), true.permute(0, 3, 1, 2)
    else:
        pred, true = pred.transpose(0, 3, 1, 2), true.transpose(0, 3, 1, 2)
    found = getattr(functional, name)(pred, true, _as(golden['true_pha'], kind, library))
    np.testing.assert_allclose(np.asarray(found), golden[name], rtol=1e-5)


@given(pair=blocky_pairs() | noisy_pairs())
def test_sums_and_means_equal_an_independent_computation(pair):
    difference = [
        float(p) / 255 - float(t) / 255 for p, t in zip(*map(np.ravel, pair), strict=True)
    ]
    absolute = sum(abs(value) for value in difference)
    assert mad(*pair) == pytest.approx(1e3 * absolute / len(difference), abs=1e-9)
    assert sad(*pair) == pytest.approx(absolute / 1e3, abs=1e-12)
    squares = sum(value**2 for value in difference)
    assert mse(*pair) == pytest.approx(1e3 * squares / len(difference), abs=1e-9)


@pytest.mark.parametrize('kind', KINDS)
def test_dtssd_equals_an_independent_computation(kind):
    pred, true = _clips(4)
    expected = [0.0]
    for now in range(1, 4):
        change = np.diff(pred[now - 1 : now + 1] / 255, axis=0)
        change -= np.diff(true[now - 1 : now + 1] / 255, axis=0)
        expected.append(100 * np.sqrt(np.mean(change**2)))
    assert min(expected[1:]) > 1
    np.testing.assert_allclose(dtssd(_as(pred, kind), _as(true, kind)), expected, rtol=1e-6)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('library', ['numpy', 'torch'])
def test_a_truth_against_itself_is_exactly_zero(kind, library):
    true = _as(_clips()[1], kind, library)
    values = [getattr(functional, name)(true, true) for name in (*ALPHA, 'sad')]
    values.append(grad(true, true, 'high'))
    fgr = true[:, None].repeat(3, 1) if library == 'numpy' else true[:, None].expand(-1, 3, -1, -1)
    values += [fgr_mad(fgr, fgr, true), fgr_mse(fgr, fgr, true)]
    for value in values:
        assert np.asarray(value).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize('library', ['numpy', 'torch'])
def test_shapes_and_kinds(library):
    pred, true = (_as(clip, 'uint8', library) for clip in _clips())
    float64 = torch.float64 if library == 'torch' else np.float64
    for measure in (*FRAMEWISE, dtssd):
        clip = measure(pred, true)
        batch = measure(
            pred[None].repeat(2, 1, 1, 1) if library == 'torch' else np.stack([pred] * 2),
            true[None].repeat(2, 1, 1, 1) if library == 'torch' else np.stack([true] * 2),
        )
        assert (tuple(clip.shape), tuple(batch.shape)) == ((3,), (2, 3))
        assert clip.dtype == batch.dtype == float64
        assert isinstance(clip, torch.Tensor) == (library == 'torch')
        assert np.asarray(batch).tolist() == [np.asarray(clip).tolist()] * 2
    for measure in FRAMEWISE:
        single = measure(pred[1], true[1])
        assert tuple(single.shape) == ()
        assert single.dtype == float64
        assert float(single) == float(measure(pred, true)[1])


def test_types_may_differ():
    pred, true = _clips()
    for measure in (*FRAMEWISE, dtssd):
        expected = measure(pred, true)
        for kind in ('uint16', 'float32', 'float64'):
            found = measure(_as(pred, kind), true)
            np.testing.assert_allclose(found, expected, rtol=1e-5, err_msg=kind)


def test_half_precision_is_close():
    pred, true = _clips()
    half = [(clip / 255).astype(np.float16) for clip in (pred, true)]
    for measure in (*FRAMEWISE, dtssd):
        np.testing.assert_allclose(measure(*half), measure(pred, true), rtol=5e-3)


def test_gradients_of_tensors_are_not_asked_for():
    pred, true = (_as(clip, 'float32', 'torch') for clip in _clips())
    expected = mad(pred, true)
    assert torch.equal(mad(pred.requires_grad_(), true), expected)
    assert not mad(pred, true).requires_grad


@pytest.mark.parametrize('library', ['numpy', 'torch'])
def test_a_region_of_the_frame(library):
    pred, true = _clips()
    where = np.zeros(true.shape, bool)
    where[0, 5:9, 10:30] = True
    where[1] = True
    inside = np.abs(pred[0].astype(int) - true[0])[5:9, 10:30] / 255
    given = [_as(pred, 'uint8', library), _as(true, 'uint8', library)]
    region = torch.from_numpy(where) if library == 'torch' else where
    found = [np.asarray(measure(*given, where=region)) for measure in (mad, mse, sad)]
    assert found[0][0] == pytest.approx(1e3 * inside.mean())
    assert found[1][0] == pytest.approx(1e3 * (inside**2).mean())
    assert found[2][0] == pytest.approx(inside.sum() / 1e3)
    assert found[0][1] == pytest.approx(mad(pred, true)[1])
    assert [np.isnan(values[2]) for values in found] == [True, True, False]
    assert found[2][2] == 0


@pytest.mark.parametrize('library', ['numpy', 'torch'])
def test_a_frame_without_foreground_has_no_foreground_error(library):
    true = np.zeros((2, 6, 8), np.uint8)
    true[1, 2, 3:5] = (1, 255)
    true_fgr = np.full((2, 3, 6, 8), 100, np.uint8)
    pred_fgr = true_fgr + np.array([0, 51, 102], np.uint8)[:, None, None]
    pred_fgr[1, :, 0, 0] = 255  # where alpha is 0
    given = [_as(array, 'uint8', library) for array in (pred_fgr, true_fgr, true)]
    for measure, expected in ((fgr_mad, 1000 * 0.6 / 3), (fgr_mse, 1000 * (0.04 + 0.16) / 3)):
        empty, some = np.asarray(measure(*given))
        assert np.isnan(empty)
        assert some == pytest.approx(expected)
        assert float(measure(given[0][1], given[1][1], given[2][1])) == pytest.approx(expected)


@pytest.mark.parametrize('measure', [*FRAMEWISE, dtssd])
@pytest.mark.parametrize('shape', [(3, 1, 60), (1, 40, 60), (3, 40, 1), (40, 60), (3, 40, 61)])
def test_shapes_that_broadcast_are_refused(measure, shape):
    """LESSON 19."""
    with pytest.raises(DataError, match=r'pred has shape .* and true .*: give both in one shape'):
        measure(_clips()[0], np.zeros(shape, np.uint8))


@pytest.mark.parametrize('shape', [(4, 1, 8, 9), (2, 4, 1, 8, 9), (8, 9)])
def test_dtssd_takes_clips_only(shape):
    frames = np.zeros(shape, np.uint8)
    message = 'needs clips' if len(shape) == 2 else 'drop the channel dimension'
    with pytest.raises(DataError, match=message):
        dtssd(frames, frames)
    assert dtssd(np.zeros((1, 8, 9)), np.zeros((1, 8, 9))).tolist() == [0]


@pytest.mark.parametrize('measure', [fgr_mad, fgr_mse])
@pytest.mark.parametrize(
    ('fgr', 'pha'),
    [
        ((2, 8, 9, 3), (2, 8, 9)),
        ((2, 3, 8, 9), (2, 1, 8, 9)),
        ((2, 3, 8, 9), (8, 9)),
        ((2, 3, 8, 9), (2, 8, 8)),
        ((2, 1, 8, 9), (2, 8, 9)),
        ((2, 8, 9), (2, 8, 9)),
    ],
)
def test_foregrounds_of_another_shape_are_refused(measure, fgr, pha):
    fgr, pha = np.zeros(fgr, np.uint8), np.zeros(pha, np.uint8)
    with pytest.raises(DataError, match='foregrounds have shape'):
        measure(fgr, fgr, pha)


def test_an_unknown_protocol_is_refused():
    frame = np.zeros((4, 5), np.uint8)
    with pytest.raises(DataError, match="protocol is 'medium': give one of low, high"):
        grad(frame, frame, 'medium')


@pytest.mark.parametrize(
    ('where', 'message'),
    [
        (np.ones((4, 5), np.uint8), 'no array of bool'),
        (torch.ones(4, 5, dtype=torch.bool), 'no array of bool'),
        (np.ones((1, 5), bool), 'where has shape'),
    ],
)
def test_regions_that_are_none_are_refused(where, message):
    frame = np.zeros((4, 5), np.uint8)
    with pytest.raises(DataError, match=message):
        mad(frame, frame, where)
