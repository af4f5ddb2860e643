import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from rvm.models import RecurrentDecoder
from rvm.models.decoders.recurrent_decoder import BottleneckBlock

FEATURES, CHANNELS = (3, 5, 7, 8), (10, 6, 4, 9)


def _decoder() -> RecurrentDecoder:
    torch.manual_seed(0)
    return RecurrentDecoder(FEATURES, CHANNELS).double().eval()


def _inputs(n: int, height: int, width: int):
    s0 = torch.rand(n, 3, height, width, dtype=torch.double)
    maps = [
        torch.randn(n, c, math.ceil(height / s), math.ceil(width / s), dtype=torch.double)
        for c, s in zip(FEATURES, (2, 4, 8, 16), strict=True)
    ]
    return s0, maps


@settings(max_examples=15, deadline=None)
@given(height=st.integers(1, 40), width=st.integers(1, 40), t=st.integers(1, 3))
@torch.no_grad()
def test_sizes_are_rounded_up(height, width, t):
    decoder = _decoder()
    hid, state = decoder(*_inputs(2 * t, height, width), None, 2)
    assert hid.shape == (2 * t, 9, height, width)
    assert decoder.out_channels == 9
    assert decoder.state_channels == (2, 3, 5, 4)
    assert [tuple(r.shape) for r in state] == [
        (2, c, math.ceil(height / s), math.ceil(width / s))
        for c, s in zip((2, 3, 5, 4), (2, 4, 8, 16), strict=True)
    ]


@pytest.mark.parametrize('size', [(32, 48), (33, 47), (31, 34)])
@torch.no_grad()
def test_equals_the_formula(size):
    """One frame, block by block, with pooling and upsampling done another way."""
    decoder = _decoder()
    s0, (f1, f2, f3, f4) = _inputs(1, *size)
    state = decoder(s0, [f1, f2, f3, f4], None, 1)[1]
    hid, after = decoder(s0, [f1, f2, f3, f4], state, 1)
    a, b = f4[:, :4], f4[:, 4:]
    b, r4 = decoder.decode4.gru(b, state[3], 1)
    x, expected = torch.cat([a, b], 1), {3: r4}
    sources = [s0]
    for _ in range(3):
        sources.append(_pool(sources[-1]))
    for k, f in ((3, f3), (2, f2), (1, f1)):
        block = getattr(decoder, f'decode{k}')
        x = block.conv(torch.cat([_double(x, sources[k]), f, sources[k]], 1))
        a, b = x[:, : x.shape[1] // 2], x[:, x.shape[1] // 2 :]
        b, expected[k - 1] = block.gru(b, state[k - 1], 1)
        x = torch.cat([a, b], 1)
    x = decoder.decode0.conv(torch.cat([_double(x, s0), s0], 1))
    torch.testing.assert_close(hid, x, atol=1e-12, rtol=1e-12)
    for k, r in expected.items():
        torch.testing.assert_close(after[k], r, atol=1e-12, rtol=1e-12)


def _pool(x):
    """Average 2x2 pixels, of an odd edge those that exist."""
    odd = (0, x.shape[3] % 2, 0, x.shape[2] % 2)
    ones = F.pad(torch.ones_like(x), odd)
    total, count = F.pad(x, odd), ones
    total = total.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).sum((3, 5))
    return total / count.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).sum((3, 5))


def _double(x, like):
    """Upsample by two: weights 3/4 and 1/4 towards the neighbour, edges repeated; then crop."""
    for dim in (2, 3):
        padded = torch.cat([x.narrow(dim, 0, 1), x, x.narrow(dim, -1, 1)], dim)
        n = x.shape[dim]
        before, after = padded.narrow(dim, 0, n), padded.narrow(dim, 2, n)
        pair = torch.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], dim + 1)
        x = pair.flatten(dim, dim + 1)
    return x[:, :, : like.shape[2], : like.shape[3]]


@torch.no_grad()
def test_half_of_the_channels_has_no_memory():
    block = BottleneckBlock(8)
    x = torch.randn(1, 8, 4, 4)
    fresh, _ = block(x, None, 1)
    remembering, r = block(x, torch.ones(1, 4, 4, 4), 1)
    assert torch.equal(fresh[:, :4], x[:, :4])
    assert torch.equal(remembering[:, :4], x[:, :4])
    assert not torch.equal(fresh[:, 4:], remembering[:, 4:])
    assert torch.equal(remembering[:, 4:], r)


@pytest.mark.parametrize(
    ('features', 'channels'),
    [((3, 5, 7, 9), CHANNELS), (FEATURES, (11, 6, 4, 9)), (FEATURES, (10, 6, 5, 9))],
)
def test_odd_channels_are_refused(features, channels):
    with pytest.raises(ValueError, match='is odd: give even'):
        RecurrentDecoder(features, channels)
