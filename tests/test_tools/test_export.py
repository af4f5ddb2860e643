import numpy as np
import onnxruntime
import torch

from rvm.inference.export import STEP_INPUTS, initial_state
from rvm.models import network_from_weights
from tests.test_tools.conftest import assert_one_line


def _feed(network) -> list[torch.Tensor]:
    src = torch.rand(1, 3, 62, 74, generator=torch.Generator().manual_seed(0))
    return [src, *initial_state(network, 62, 74, 0.5)]


@torch.no_grad()
def test_an_exported_step_agrees_with_the_network(run, tiny_weights, tmp_path):
    network = network_from_weights(tiny_weights).eval()
    inputs = _feed(network)
    fgr, pha, _ = network(inputs[0], None, 0.5)
    for name in ('step.pt2', 'step.onnx'):
        out = tmp_path / name
        done = run('export', tiny_weights, out, '--downsample-ratio', 0.5)
        assert done.status == 0, done.err
        assert f'wrote {out}' in done.out.splitlines()
        if name.endswith('.pt2'):
            found = [x.numpy() for x in torch.export.load(out).module()(*inputs)[:2]]
        else:
            values = (x.numpy() for x in inputs)
            feed = dict(zip(STEP_INPUTS, values, strict=True))
            found = onnxruntime.InferenceSession(out).run(None, feed)[:2]
        for a, b in zip(found, (fgr, pha), strict=True):
            assert np.abs(a - b.numpy()).max() < 1e-4


def test_wrong_requests_are_one_line(run, tiny_weights, tmp_path):
    for args, *words in [
        ((tiny_weights, tmp_path / 'step.pth'), 'step.pth', '.pt2 or .onnx'),
        ((tiny_weights, tmp_path / 'a.pt2', '--downsample-ratio', 2), 'downsample_ratio', '2'),
        ((tmp_path / 'no.pth', tmp_path / 'a.pt2'), 'there is no weights file'),
    ]:
        assert_one_line(run('export', *args), *words)
    assert list(tmp_path.iterdir()) == []
