import onnx
import pytest
import torch

from rvm.models import network_from_weights
from tests.golden_weights import golden_state
from tests.test_inference.media import gradient_video
from tests.test_models.published_onnx import emit
from tests.test_tools.conftest import assert_one_line


@pytest.fixture
def files(tmp_path):
    """An ONNX file like the published one, and a clip of three frames."""
    onnx.save(emit(golden_state('mobilenetv3'))[0], tmp_path / 'rvm_mobilenetv3_fp32.onnx')
    clip = gradient_video(tmp_path / 'clip.mp4', num=3, width=128, height=96)
    return tmp_path / 'rvm_mobilenetv3_fp32.onnx', clip


def test_equal_networks_are_equal(run, files):
    done = run('check_parity', *files, '--frames', 2, '--ratios', 0.5)
    assert done.status == 0, done.out
    first, last = done.out.splitlines()
    assert first.startswith(f'{files[1]}, 2 frames, ratio 0.5: fgr ')
    for name in ('pha', 'r1', 'r2', 'r3', 'r4'):
        assert f' {name} ' in first
    assert last == 'equal'


def test_other_networks_are_not(run, files, monkeypatch):
    def disturbed(path):
        network = network_from_weights(path)
        with torch.no_grad():
            network.project_mat.bias.add_(0.01)
        return network

    monkeypatch.setattr('tools.check_parity.network_from_weights', disturbed)
    done = run('check_parity', *files, '--frames', 2, '--ratios', 0.5)
    assert done.status == 1
    assert done.out.splitlines()[-1] == 'NOT equal to 0.0001'


def test_wrong_files_are_one_line(run, files, tmp_path):
    weights, clip = files
    args = (tmp_path / 'no.onnx', clip)
    assert_one_line(run('check_parity', *args), 'there is no weights file', 'no.onnx')
    args = (weights, tmp_path / 'no.mp4')
    assert_one_line(run('check_parity', *args), 'no.mp4 does not exist')
