import pickle

import pytest
import torch

from rvm.errors import WeightsError
from rvm.models import build_network, load_weights, network_from_weights, save_weights
from rvm.models.builder import base_config_path, network_config
from rvm.models.weights_file import Weights, read_weights
from tests.golden_weights import BACKBONES, golden_state


def _assert_equal(a: dict, b: dict) -> None:
    assert set(a) == set(b)
    assert all(a[key].dtype == b[key].dtype and torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize('backbone', BACKBONES)
def test_published_to_ours_and_back_gives_equal_bits(backbone, published_files, tmp_path):
    weights = read_weights(published_files[backbone])
    assert (weights.kind, weights.absent) == ('published', [])
    save_weights(weights, tmp_path / 'ours.pth')
    ours = read_weights(tmp_path / 'ours.pth')
    assert ours.kind == 'ours'
    assert ours.config == weights.config
    network = build_network(ours.config)
    assert load_weights(network, tmp_path / 'ours.pth') == []
    _assert_equal(network.state_dict(), weights.state)
    ours.state = network.state_dict()
    save_weights(ours, tmp_path / 'back.pth', layout='published')
    _assert_equal(torch.load(tmp_path / 'back.pth', weights_only=True), golden_state(backbone))


def test_a_published_file_inside_a_checkpoint_is_read(published_files, tmp_path):
    path = tmp_path / 'checkpoint.pth'
    torch.save({'state_dict': golden_state('mobilenetv3'), 'epoch': 3}, path)
    expected = read_weights(published_files['mobilenetv3']).state
    _assert_equal(read_weights(path).state, expected)


def test_a_bare_state_dict_of_ours_is_read(golden_network, tmp_path):
    path = tmp_path / 'bare.pth'
    golden = golden_network('mobilenetv3', 'deep')
    torch.save(golden.state_dict(), path)
    assert read_weights(path).kind == 'bare'
    network = network_from_weights(path)
    _assert_equal(network.state_dict(), golden.state_dict())
    assert not network.training


def test_saving_refuses_an_unknown_layout_and_keeps_the_old_file(tiny_network, tmp_path):
    path = tmp_path / 'weights.pth'
    path.write_bytes(b'old')
    weights = Weights('x', 'ours', tiny_network.state_dict(), {})
    with pytest.raises(ValueError, match='layout'):
        save_weights(weights, path, layout='other')
    weights.config = {'callback': lambda: None}  # cannot be pickled
    with pytest.raises((pickle.PicklingError, AttributeError)):
        save_weights(weights, path)
    assert path.read_bytes() == b'old'
    assert [file.name for file in tmp_path.iterdir()] == ['weights.pth']


def test_a_network_with_another_backbone_has_no_published_layout(
    tiny_network, tiny_config, tmp_path
):
    weights = Weights('x', 'ours', tiny_network.state_dict(), tiny_config)
    with pytest.raises(WeightsError, match='mobilenetv3_large_100 and resnet50'):
        save_weights(weights, tmp_path / 'weights.pth', layout='published')
    assert list(tmp_path.iterdir()) == []


def test_flipped_byte_inside_a_tensor_is_found(tmp_path, published_files):
    damaged = tmp_path / 'damaged.pth'
    content = bytearray(published_files['mobilenetv3'].read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(WeightsError, match=r'damaged\.pth: damaged, the checksum of'):
        read_weights(damaged)


def test_a_network_that_is_not_the_published_one_has_no_published_layout(tmp_path):
    config = network_config(base_config_path('rvm_r50.py'))
    config['backbone'] = dict(config['backbone'], normalize=True)
    weights = Weights('ours.pth', 'ours', build_network(config).state_dict(), config)
    with pytest.raises(WeightsError, match=r'backbone\.normalize differs \(True, published None\)'):
        save_weights(weights, tmp_path / 'theirs.pth', layout='published')
    config['backbone'] = dict(config['backbone'], normalize=None, pretrained=True)
    save_weights(weights, tmp_path / 'theirs.pth', layout='published')


def test_weights_are_written_to_pth_only(tmp_path, tiny_network, tiny_config):
    weights = Weights('tiny', 'ours', tiny_network.state_dict(), tiny_config)
    with pytest.raises(WeightsError, match=r'ours\.onnx: .* ends in \.pth'):
        save_weights(weights, tmp_path / 'ours.onnx')
    assert list(tmp_path.iterdir()) == []
