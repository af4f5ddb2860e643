"""The network under torch.jit.script and torch.compile."""

import os
import shutil

import pytest
import torch


def _clips():
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(1, 2, 3, 48, 64, generator=generator) for _ in range(2)]


def _assert_equal(results, expected, tolerance: float) -> None:
    for a, b in zip(results, expected, strict=True):
        if isinstance(b, tuple):
            _assert_equal(a, b, tolerance)
        else:
            assert a.shape == b.shape
            assert float((a - b).abs().max()) <= tolerance


@pytest.mark.filterwarnings('ignore:.*torch.jit.script:FutureWarning')
@pytest.mark.parametrize(
    ('backbone', 'refiner'),
    [('mobilenetv3', 'deep'), ('mobilenetv3', 'fast'), ('resnet50', 'deep')],
)
@torch.no_grad()
def test_scripted_equals_eager(backbone, refiner, golden_network):
    network = golden_network(backbone, refiner)
    scripted = torch.jit.script(network)
    first, second = _clips()
    for ratio in (1.0, 0.5):
        expected = network(first, None, ratio)
        _assert_equal(scripted(first, None, ratio), expected, 1e-6)
        state = expected[2]
        expected = network(second[:, 0], state, ratio)
        _assert_equal(scripted(second[:, 0], state, ratio), expected, 1e-6)
    expected = network.segment(first)
    _assert_equal(scripted.segment(first), expected, 1e-6)
    state = expected[1]
    _assert_equal(scripted.segment(second, state), network.segment(second, state), 1e-6)


@pytest.mark.filterwarnings('ignore:.*torch.jit.script:FutureWarning')
def test_scripted_refuses_wrong_input_too(tiny_network):
    scripted = torch.jit.script(tiny_network.eval())
    with pytest.raises(torch.jit.Error, match='expected 3 channels'):
        scripted(torch.rand(1, 4, 32, 32))


@torch.no_grad()
def test_compiled_equals_eager(tiny_network):
    compiler = os.environ.get('CXX', 'g++')
    if not shutil.which(compiler):
        pytest.skip(f'torch.compile needs a C++ compiler, and {compiler} is not installed')
    network = tiny_network.eval()
    compiled = torch.compile(network, dynamic=False)
    first, second = _clips()
    state = network(first[:, 0], None, 0.5)[2]  # compiling a second graph would double the time
    expected = network(second[:, 0], state, 0.5)
    _assert_equal(compiled(second[:, 0], state, 0.5), expected, 1e-5)
