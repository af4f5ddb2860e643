import numpy as np
import pytest
import torch
import torch.nn.functional as F

from rvm.models import DeepGuidedFilterRefiner
from rvm.models.refiners.deep_guided_filter import apply_linear_model

SMALL, FULL = (6, 9), (13, 20)


@pytest.fixture
def inputs():
    torch.manual_seed(0)
    shapes = [(3, *FULL), (3, *SMALL), (3, *SMALL), (1, *SMALL), (5, *SMALL)]
    return [torch.rand(2, *shape, dtype=torch.double) for shape in shapes]


@pytest.fixture
def refiner():
    torch.manual_seed(0)
    refiner = DeepGuidedFilterRefiner(hid_channels=5).double().eval()
    with torch.no_grad():
        for index in (1, 4):
            refiner.conv[index].running_mean.normal_(std=0.1)
            refiner.conv[index].running_var.uniform_(0.5, 2)
    return refiner


def _mean(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Correlate [N, 4, h, w] with a 3x3 kernel a channel [4, 1, 3, 3]; zeros outside."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    height, width = x.shape[2:]
    return sum(
        weight[None, :, 0, i, j, None, None] * padded[:, :, i : i + height, j : j + width]
        for i in range(3)
        for j in range(3)
    )


def _formula(refiner, src, src_small, fgr_residual, pha, hid):
    box = refiner.box_filter.weight.detach().numpy()
    x = torch.cat([src_small, src_small.mean(1, keepdim=True)], 1).numpy()
    y = torch.cat([fgr_residual, pha], 1).numpy()
    mean_x, mean_y = _mean(x, box), _mean(y, box)
    cov, var = _mean(x * y, box) - mean_x * mean_y, _mean(x * x, box) - mean_x**2
    a = np.concatenate([cov, var, hid.numpy()], 1)
    for conv, norm in ((refiner.conv[0], refiner.conv[1]), (refiner.conv[3], refiner.conv[4])):
        a = np.einsum('oc,nchw->nohw', conv.weight.detach().numpy()[:, :, 0, 0], a)
        mean, var_, weight, bias = (
            value.detach().numpy()[None, :, None, None]
            for value in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
        )
        a = np.maximum((a - mean) / np.sqrt(var_ + norm.eps) * weight + bias, 0)
    last = refiner.conv[6]
    a = np.einsum('oc,nchw->nohw', last.weight.detach().numpy()[:, :, 0, 0], a)
    a = a + last.bias.detach().numpy()[None, :, None, None]
    b = mean_y - a * mean_x
    a, b = (F.interpolate(torch.from_numpy(v), FULL, mode='bilinear') for v in (a, b))
    out = a * torch.cat([src, src.mean(1, keepdim=True)], 1) + b
    return out[:, :3], out[:, 3:]


@pytest.mark.parametrize('learned', [False, True], ids=['box of ninths', 'learned box'])
@torch.no_grad()
def test_equals_the_formula(learned, refiner, inputs):
    """With a learned filter, too: its weight is read, never taken for 1/9."""
    if learned:
        refiner.box_filter.weight.normal_()
    fgr_residual, pha = refiner(*inputs)
    assert fgr_residual.shape == (2, 3, *FULL)
    assert pha.shape == (2, 1, *FULL)
    for ours, expected in zip((fgr_residual, pha), _formula(refiner, *inputs), strict=True):
        torch.testing.assert_close(ours, expected, atol=1e-12, rtol=1e-12)


def test_every_weight_learns(refiner, inputs):
    fgr_residual, pha = refiner.train()(*inputs)
    (fgr_residual.square().mean() + pha.square().mean()).backward()
    for name, parameter in refiner.named_parameters():
        assert parameter.grad.isfinite().all()
        assert parameter.grad.abs().sum() > 0, name


def test_the_box_filter_starts_as_a_mean():
    weight = DeepGuidedFilterRefiner(16).box_filter.weight
    assert weight.shape == (4, 1, 3, 3)
    assert torch.equal(weight, torch.full_like(weight, 1 / 9))


def test_the_linear_model_takes_the_mean_as_fourth_channel():
    src = torch.rand(1, 3, 4, 4)
    a, b = torch.full((1, 4, 2, 2), 2.0), torch.full((1, 4, 2, 2), 0.5)
    fgr_residual, pha = apply_linear_model(a, b, src)
    torch.testing.assert_close(fgr_residual, 2 * src + 0.5)
    torch.testing.assert_close(pha, 2 * src.mean(1, keepdim=True) + 0.5)
