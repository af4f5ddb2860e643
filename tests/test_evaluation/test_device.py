"""What runs on a GPU, on the CPU, against the functions that OpenCV computes."""

import numpy as np
import pytest
import torch

from rvm.errors import DataError
from rvm.evaluation import device, functional
from tests.test_evaluation.mattes import hairy_pair

KINDS = ('uint8', 'uint16', 'float16', 'float32', 'float64')
MEASURES = ('mad', 'mse', 'sad', 'grad', 'conn', 'dtssd')


def _clips(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    pred, true = hairy_pair((48, 64))
    clips = [np.stack([frame, frame[::-1], frame // 2 + 20]) for frame in (pred, true)]
    clips[1][2] = 90  # flat
    if kind == 'uint16':
        clips = [clip.astype(np.uint16) * 257 for clip in clips]
    elif kind != 'uint8':
        clips = [(clip / 255).astype(kind) for clip in clips]
    return tuple(torch.from_numpy(clip) for clip in clips)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('power', [1, 2])
def test_sums(kind, power):
    pred, true = _clips(kind)
    where = torch.from_numpy(np.random.default_rng(0).random(true.shape) < 0.3)
    name = {1: 'mad', 2: 'mse'}[power]
    for region, pixels in ((None, 48 * 64), (where, where.sum((-2, -1)))):
        expected = getattr(functional, name)(pred, true, region)
        found = device.error_sums(pred, true, power, region) / pixels * 1000
        assert found.dtype == torch.float64
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=0)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('protocol', ['low', 'high'])
def test_gradients(kind, protocol):
    pred, true = _clips(kind)
    expected = functional.grad(pred, true, protocol)
    assert expected.min() > 0
    found = device.gradient_errors(pred, true, protocol) / 1000
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=0)
    assert device.gradient_errors(true, true, protocol).tolist() == [0, 0, 0]


@pytest.mark.parametrize('kind', KINDS)
def test_changes_over_time(kind):
    pred, true = (torch.stack([clip, clip.flip(0)]) for clip in _clips(kind))
    expected = functional.dtssd(pred, true)
    found = device.temporal_errors(pred, true).sqrt() * 100
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=0)
    assert found[:, 0].tolist() == [0, 0]


@pytest.mark.parametrize('bad', [1.1, -0.1, float('nan')])
def test_floats_beyond_the_range_are_refused(bad):
    pred, true = _clips('float32')
    pred[1, 0, 0] = bad
    for function in (
        lambda: device.error_sums(pred, true, 1),
        lambda: device.gradient_errors(pred, true, 'high'),
        lambda: device.temporal_errors(pred, true),
    ):
        with pytest.raises(DataError, match=r'pred holds .* in frame 1'):
            function()


@pytest.mark.parametrize('name', [*MEASURES, 'fgr_mad', 'fgr_mse'])
def test_cuda_tensors_take_this_way(name, monkeypatch):
    """All but Conn; no CUDA device is needed to see it."""
    pred, true = _clips('uint8')
    given = (pred, true)
    if name.startswith('fgr'):
        given = (*(clip[:, None].repeat(1, 3, 1, 1) for clip in given), true)
    expected = getattr(functional, name)(*given)
    used = []
    for way in ('error_sums', 'gradient_errors', 'temporal_errors'):
        real = getattr(device, way)
        monkeypatch.setattr(
            device, way, lambda *args, way=way, real=real: used.append(way) or real(*args)
        )
    monkeypatch.setattr(functional, 'on_gpu', lambda array: True)
    torch.testing.assert_close(getattr(functional, name)(*given), expected, rtol=1e-5, atol=0)
    assert len(used) == (name != 'conn')


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
@pytest.mark.parametrize('name', MEASURES)
@pytest.mark.parametrize('kind', KINDS)
def test_on_a_gpu(name, kind):
    pred, true = _clips(kind)
    found = getattr(functional, name)(pred.cuda(), true.cuda())
    assert found.is_cuda
    torch.testing.assert_close(
        found.cpu(), getattr(functional, name)(pred, true), rtol=1e-5, atol=0
    )
