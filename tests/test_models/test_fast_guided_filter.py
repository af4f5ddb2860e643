import numpy as np
import pytest
import torch
import torch.nn.functional as F

from rvm.models import FastGuidedFilterRefiner


def _formula(src, src_small, fgr_residual, pha, radius, eps):
    """Return the guided filter in float64, the mean as a loop over the box."""

    def mean(x):
        padded = np.pad(x, ((0, 0), (0, 0), (radius, radius), (radius, radius)))
        height, width = x.shape[2:]
        side = 2 * radius + 1
        total = np.zeros_like(x)
        for i in range(side):
            for j in range(side):
                total += padded[:, :, i : i + height, j : j + width]
        return total / side**2

    def with_mean(x):
        x = x.double().numpy()
        return np.concatenate([x, x.mean(1, keepdims=True)], 1)

    x = with_mean(src_small)
    y = torch.cat([fgr_residual, pha], 1).double().numpy()
    mean_x, mean_y = mean(x), mean(y)
    a = (mean(x * y) - mean_x * mean_y) / (mean(x * x) - mean_x**2 + eps)
    b = mean_y - a * mean_x
    size = tuple(src.shape[2:])
    a, b = (F.interpolate(torch.from_numpy(v), size, mode='bilinear').numpy() for v in (a, b))
    out = torch.from_numpy(a * with_mean(src) + b).float()
    return out[:, :3], out[:, 3:]


@pytest.mark.parametrize(('radius', 'eps'), [(1, 1e-5), (2, 1e-3)])
def test_equals_the_guided_filter_in_float64(radius, eps):
    generator = torch.Generator().manual_seed(0)
    src = torch.rand(2, 3, 23, 34, generator=generator)
    small = F.interpolate(src, (9, 13), mode='bilinear')
    fgr_residual = 0.1 * torch.randn(2, 3, 9, 13, generator=generator)
    pha = torch.rand(2, 1, 9, 13, generator=generator)
    refiner = FastGuidedFilterRefiner(radius=radius, eps=eps)
    ours = refiner(src, small, fgr_residual, pha, torch.empty(0))
    for a, b in zip(ours, _formula(src, small, fgr_residual, pha, radius, eps), strict=True):
        assert a.dtype == torch.float32
        torch.testing.assert_close(a, b, atol=2e-5, rtol=1e-5)


def test_a_flat_picture_keeps_its_alpha():
    """Without any variance A is 0, and alpha is its own mean; edges see zeros outside."""
    src, small = torch.full((1, 3, 20, 20), 0.3), torch.full((1, 3, 10, 10), 0.3)
    pha = torch.full((1, 1, 10, 10), 0.7)
    out = FastGuidedFilterRefiner()(src, small, torch.zeros(1, 3, 10, 10), pha, torch.empty(0))[1]
    torch.testing.assert_close(out[:, :, 4:-4, 4:-4], torch.full((1, 1, 12, 12), 0.7))


def test_it_has_no_weights_and_is_built_as_any_refiner():
    refiner = FastGuidedFilterRefiner(hid_channels=16)
    assert refiner.state_dict() == {}
    assert (refiner.radius, refiner.eps) == (1, 1e-5)
