"""The exported step agrees with the network over frames, with states, at any size."""

import numpy as np
import pytest
import torch

from rvm.errors import UserError
from rvm.inference.export import (
    STEP_INPUTS,
    STEP_OUTPUTS,
    MattingStep,
    export_step,
    initial_state,
    save_step,
)

SIZES = [(270, 334), (135, 241), (97, 131)]


def _frames(height: int, width: int, count: int = 10) -> torch.Tensor:
    generator = torch.Generator().manual_seed(height * width)
    return torch.rand(count, 1, 3, height, width, generator=generator)


@torch.no_grad()
def _worst_difference(network, step, height: int, width: int, ratio: float) -> float:
    """Run ten frames through both, states carried; return the largest difference of any output."""
    state, exported = None, initial_state(network, height, width, ratio)
    worst = 0.0
    for src in _frames(height, width):
        fgr, pha, state = network(src, state, ratio)
        found = step(src, *exported)
        exported = found[2:]
        pairs = zip((fgr, pha, *state), found, strict=True)
        worst = max(worst, *(float((a - b).abs().max()) for a, b in pairs))
    return worst


@pytest.mark.parametrize('ratio', [1.0, 0.5])
def test_exported_step_agrees_over_ten_frames(tiny_network, ratio):
    step = export_step(tiny_network, ratio).module()
    for height, width in SIZES:
        assert _worst_difference(tiny_network, step, height, width, ratio) < 1e-5


def test_the_published_architecture_exports(golden_network):
    network = golden_network('mobilenetv3', 'deep')
    step = export_step(network, 0.5).module()
    assert _worst_difference(network, step, 97, 131, 0.5) < 1e-5


def test_onnx_file_agrees_over_ten_frames(tiny_network, tmp_path):
    onnxruntime = pytest.importorskip('onnxruntime')
    pytest.importorskip('onnxscript')
    path = tmp_path / 'step.onnx'
    save_step(tiny_network, path, 0.5)
    assert [p.name for p in tmp_path.iterdir()] == ['step.onnx']
    session = onnxruntime.InferenceSession(path)
    assert tuple(i.name for i in session.get_inputs()) == STEP_INPUTS
    assert tuple(o.name for o in session.get_outputs()) == STEP_OUTPUTS

    def step(*inputs: torch.Tensor) -> list[torch.Tensor]:
        feed = {name: x.numpy() for name, x in zip(STEP_INPUTS, inputs, strict=True)}
        return [torch.from_numpy(np.asarray(x)) for x in session.run(None, feed)]

    for height, width in SIZES:
        assert _worst_difference(tiny_network, step, height, width, 0.5) < 1e-5


def test_pt2_file_comes_back(tiny_network, tmp_path):
    path = tmp_path / 'step.pt2'
    save_step(tiny_network, path)
    step = torch.export.load(path).module()
    assert _worst_difference(tiny_network, step, 97, 131, 1.0) < 1e-5


@pytest.mark.parametrize('ratio', [1.0, 0.4])
@pytest.mark.parametrize(('height', 'width'), [(97, 131), (64, 64), (270, 333)])
def test_initial_state_has_the_sizes_of_the_network(tiny_network, height, width, ratio):
    with torch.no_grad():
        _, _, state = tiny_network.eval()(torch.rand(1, 3, height, width), None, ratio)
    zeros = initial_state(tiny_network, height, width, ratio)
    assert [z.shape for z in zeros] == [r.shape for r in state]
    assert not any(z.any() for z in zeros)


def test_step_is_the_network_with_explicit_states(tiny_network):
    src = torch.rand(1, 3, 64, 96)
    state = initial_state(tiny_network, 64, 96)
    with torch.no_grad():
        fgr, pha, *next_state = MattingStep(tiny_network, 1.0)(src, *state)
        expected = tiny_network(src, state, 1.0)
    assert torch.equal(fgr, expected[0])
    assert torch.equal(pha, expected[1])
    assert all(torch.equal(a, b) for a, b in zip(next_state, expected[2], strict=True))


def test_wrong_values_are_refused(tiny_network, tmp_path):
    with pytest.raises(UserError, match='auto'):
        export_step(tiny_network, 'auto')
    with pytest.raises(UserError, match='downsample_ratio'):
        export_step(tiny_network, 1.5)
    with pytest.raises(UserError, match=r'\.pt2 or \.onnx'):
        save_step(tiny_network, tmp_path / 'step.bin')
