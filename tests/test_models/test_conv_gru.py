import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from rvm.models import ConvGRU


def _plain(gru: ConvGRU, x: torch.Tensor, h: torch.Tensor | None):
    """Return the textbook form, on cat[x, h] and frame by frame; x is [B, T, C, H, W]."""
    h = torch.zeros_like(x[:, 0]) if h is None else h
    padding = gru.conv_ih.kernel_size[0] // 2
    outputs = []
    for frame in x.unbind(1):
        joint = torch.cat([frame, h], 1)
        gates = F.conv2d(joint, gru.conv_ih.weight, gru.conv_ih.bias, padding=padding).sigmoid()
        r, z = gates[:, : gru.channels], gates[:, gru.channels :]
        joint = torch.cat([frame, r * h], 1)
        c = F.conv2d(joint, gru.conv_hh.weight, gru.conv_hh.bias, padding=padding).tanh()
        h = (1 - z) * h + z * c
        outputs.append(h)
    return torch.stack(outputs, 1), h


def _run(gru: ConvGRU, x: torch.Tensor, h: torch.Tensor | None):
    out, last = gru(x.flatten(0, 1), h, x.shape[0])
    return out.unflatten(0, x.shape[:2]), last


def _check(b, t, c, height, width, with_memory, kernel_size=3):
    torch.manual_seed(0)
    gru = ConvGRU(c, kernel_size).double()
    x = torch.randn(b, t, c, height, width, dtype=torch.double, requires_grad=True)
    h = None
    if with_memory:
        h = torch.randn(b, c, height, width, dtype=torch.double, requires_grad=True)
    wrt = [x, *gru.parameters(), *([h] if with_memory else [])]
    results = []
    for formulation in (_run, _plain):
        out, last = formulation(gru, x, h)
        weight = torch.linspace(-1, 1, out.numel(), dtype=torch.double).view_as(out)
        loss = (out * weight).sum() + last.square().sum()
        results.append([out, last, *torch.autograd.grad(loss, wrt)])
    for ours, plain in zip(*results, strict=True):
        torch.testing.assert_close(ours, plain, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize('with_memory', [False, True])
@pytest.mark.parametrize('kernel_size', [3, 5])
def test_equals_the_plain_formulation(with_memory, kernel_size):
    _check(2, 3, 4, 6, 7, with_memory, kernel_size)


@settings(max_examples=25, deadline=None)
@given(
    b=st.integers(1, 3),
    t=st.integers(1, 4),
    c=st.integers(1, 5),
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    with_memory=st.booleans(),
)
def test_equals_the_plain_formulation_at_any_size(b, t, c, height, width, with_memory):
    _check(b, t, c, height, width, with_memory)


def test_no_memory_is_a_memory_of_zeros():
    gru = ConvGRU(3)
    x = torch.randn(4, 3, 5, 5)
    out, last = gru(x, None, 2)
    expected, expected_last = gru(x, torch.zeros(2, 3, 5, 5), 2)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(last, expected_last)
    assert torch.equal(last, out[[1, 3]])


def test_only_a_clips_own_past_counts():
    gru = ConvGRU(2)
    x = torch.randn(2, 3, 2, 4, 4)
    out, _ = _run(gru, x, None)
    changed = x.clone()
    changed[0, 1] += 1
    other, _ = _run(gru, changed, None)
    same = (out == other).flatten(2).all(2)
    assert same.tolist() == [[True, False, False], [True, True, True]]


def test_the_weights_keep_the_joint_shape():
    shapes = {name: tuple(value.shape) for name, value in ConvGRU(5).state_dict().items()}
    assert shapes == {
        'conv_ih.weight': (10, 10, 3, 3),
        'conv_ih.bias': (10,),
        'conv_hh.weight': (5, 10, 3, 3),
        'conv_hh.bias': (5,),
    }
