import copy
import logging
import pickle

import pytest
import torch

from rvm.errors import WeightsError
from rvm.models import build_network, load_weights, network_from_weights, save_weights
from rvm.models.builder import base_config_path, network_config
from rvm.models.published_weights import published_names
from rvm.models.weights_file import Weights, read_weights
from tests.conftest import CONFIGS
from tests.golden_weights import BACKBONES, golden_state


class Hostile:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


def _assert_equal(a: dict, b: dict) -> None:
    assert set(a) == set(b)
    assert all(a[key].dtype == b[key].dtype and torch.equal(a[key], b[key]) for key in a)


def _config(backbone: str) -> dict:
    return network_config(base_config_path(CONFIGS[backbone]))


@pytest.fixture(scope='module')
def plain_networks():
    """Both networks with initial weights; a refused load must leave them so."""
    torch.manual_seed(1)
    return {backbone: build_network(_config(backbone)) for backbone in BACKBONES}


def _assert_refused(network, path, *words: str) -> None:
    """Loading must raise one sentence with all words, and leave the network as it was."""
    before = copy.deepcopy(network.state_dict())
    with pytest.raises(WeightsError) as caught:
        load_weights(network, path)
    message = str(caught.value)
    assert '\n' not in message
    for word in (path.name, *words):
        assert word in message
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_network_from_weights_needs_to_know_the_network(tiny_network, tmp_path):
    path = tmp_path / 'bare.pth'
    torch.save(tiny_network.state_dict(), path)
    with pytest.raises(WeightsError, match=r'bare\.pth: does not say which network'):
        network_from_weights(path)


def test_any_network_comes_back_from_its_own_file(tiny_config, tiny_network, tmp_path):
    path = tmp_path / 'tiny.pth'
    # the config asks for weights from a hub, and must not be followed when a file replaces them
    backbone = dict(tiny_config['backbone'], pretrained=True)
    config = {'type': 'MattingNetwork', **tiny_config, 'backbone': backbone}
    save_weights(Weights('tiny', 'ours', tiny_network.state_dict(), config), path)
    _assert_equal(network_from_weights(path).state_dict(), tiny_network.state_dict())
    assert set(torch.load(path, weights_only=True)) == {'meta', 'state_dict'}


@pytest.mark.parametrize('backbone', BACKBONES)
def test_weights_of_the_other_backbone_are_refused(backbone, plain_networks, published_files):
    other = next(name for name in BACKBONES if name != backbone)
    _assert_refused(plain_networks[backbone], published_files[other], other, CONFIGS[other])


def test_weights_of_another_backbone_are_refused(tiny_network, published_files):
    _assert_refused(tiny_network, published_files['resnet50'], 'resnet50', 'another backbone')


@pytest.mark.parametrize('layout', ['published', 'ours', 'bare'])
@pytest.mark.parametrize('fault', ['shape', 'missing', 'unexpected'])
def test_a_tensor_that_does_not_fit_is_named(layout, fault, plain_networks, tmp_path):
    network = plain_networks['mobilenetv3']
    if layout == 'published':
        state = golden_state('mobilenetv3')
        name = 'decoder.decode2.gru.ih.0.weight'
    else:
        state = network.state_dict()
        name = 'decoder.decode2.gru.conv_ih.weight'
    ours = 'decoder.decode2.gru.conv_ih.weight'
    if fault == 'shape':
        state[name] = torch.zeros(40, 40, 5, 5)
        words = [ours, '(40, 40, 5, 5)', '(40, 40, 3, 3)']
    elif fault == 'missing':
        del state[name]
        words = [ours, 'missing']
    else:
        state['decoder.decode5.weight'] = torch.zeros(1)
        words = ['decoder.decode5.weight']
    path = tmp_path / 'weights.pth'
    if layout == 'ours':
        save_weights(Weights('x', 'ours', state, _config('mobilenetv3')), path)
    else:
        torch.save(state, path)
    _assert_refused(network, path, *words)


def test_damaged_files_are_refused(plain_networks, published_files, tmp_path):
    network = plain_networks['mobilenetv3']
    content = published_files['mobilenetv3'].read_bytes()
    for name, damaged in {
        'half.pth': content[: len(content) // 2],
        'empty.pth': b'',
        **{f'text_{c}.pth': f'{c} few words\n'.encode() for c in 'ahrUcX{'},
        'zip.pth': b'PK\x03\x04' + bytes(100),
    }.items():
        (tmp_path / name).write_bytes(damaged)
        _assert_refused(network, tmp_path / name, 'damaged')


def test_missing_files_and_folders_are_refused(plain_networks, tmp_path):
    network = plain_networks['mobilenetv3']
    _assert_refused(network, tmp_path / 'nowhere.pth', 'there is no weights file')
    _assert_refused(network, tmp_path / 'nowhere.onnx', 'there is no weights file')
    _assert_refused(network, tmp_path, 'there is no weights file')


@pytest.mark.parametrize('how', ['torch', 'pickle'])
def test_a_file_with_code_is_refused_and_not_run(how, plain_networks, tmp_path):
    mark, path = tmp_path / 'mark', tmp_path / 'hostile.pth'
    content = {**golden_state('mobilenetv3'), 'extra': Hostile(mark)}
    if how == 'torch':
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps({'extra': Hostile(mark)}, protocol=2))
    _assert_refused(plain_networks['mobilenetv3'], path, 'safely')
    assert not mark.exists()
    # the file is a live one: unsafe loading does run it
    torch.load(path, weights_only=False) if how == 'torch' else pickle.loads(path.read_bytes())
    assert mark.exists()


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ([torch.zeros(1)], ['expected a dict', 'list']),
        ({'epoch': 1}, ['neither', 'epoch']),
        ({'conv.weight': torch.zeros(1)}, ['neither', 'conv.weight']),
        ({7: torch.zeros(1)}, ['neither', '7']),
        ({'backbone.conv1.weight': 'text'}, ['neither', 'backbone.conv1.weight']),
        ({'meta': {'format': 'rvm-weights', 'schema': 99, 'rvm': '7.0'}}, ['schema 99', '7.0']),
        ({'meta': {'format': 'another'}, 'state_dict': {}}, ['neither']),
    ],
    ids=['list', 'no tensors', 'strange tensors', 'numbers', 'text', 'schema', 'format'],
)
def test_other_content_is_refused(content, words, plain_networks, tmp_path):
    path = tmp_path / 'other.pth'
    torch.save(content, path)
    _assert_refused(plain_networks['mobilenetv3'], path, *words)


@pytest.mark.parametrize('key', ['config', 'absent', 'state_dict'])
def test_a_file_of_ours_without_one_of_its_parts_is_refused(
    key, tiny_network, tiny_config, tmp_path
):
    path = tmp_path / 'ours.pth'
    save_weights(Weights('x', 'ours', tiny_network.state_dict(), tiny_config), path)
    content = torch.load(path, weights_only=True)
    del (content if key == 'state_dict' else content['meta'])[key]
    torch.save(content, path)
    _assert_refused(tiny_network, path, key)


def test_absent_tensors_are_told_and_kept(plain_networks, tmp_path, caplog):
    network = copy.deepcopy(plain_networks['mobilenetv3'])
    config = _config('mobilenetv3')
    head = ['project_seg.weight', 'project_seg.bias']
    state = {key: value for key, value in _golden_ours().items() if key not in head}
    before = {key: network.state_dict()[key].clone() for key in head}
    path = tmp_path / 'headless.pth'
    save_weights(Weights('x', 'ours', state, config, head), path)
    with caplog.at_level(logging.WARNING, 'rvm'):
        assert load_weights(network, path) == head
    assert 'headless.pth' in caplog.text
    assert 'project_seg.weight and project_seg.bias' in caplog.text
    loaded = network.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in {**state, **before}.items())

    caplog.clear()
    published = tmp_path / 'published.pth'
    with caplog.at_level(logging.WARNING, 'rvm'):
        save_weights(read_weights(path), published, layout='published')
    assert 'published.pth: project_seg.weight and project_seg.bias are written as zeros' in (
        caplog.text
    )
    content = torch.load(published, weights_only=True)
    assert set(content) == set(golden_state('mobilenetv3'))
    assert not content['project_seg.conv.weight'].any()


def _golden_ours() -> dict:
    """Golden weights under our names."""
    network = build_network(_config('mobilenetv3'))
    golden = golden_state('mobilenetv3')
    return {ours: golden[key] for ours, key in published_names(network.state_dict()).items()}


def test_only_absent_tensors_may_be_missing(plain_networks, tmp_path):
    state = _golden_ours()
    for key in ('project_seg.weight', 'project_seg.bias'):
        del state[key]
    path = tmp_path / 'headless.pth'
    save_weights(Weights('x', 'ours', state, _config('mobilenetv3'), []), path)
    _assert_refused(plain_networks['mobilenetv3'], path, 'project_seg.weight')


def test_weights_of_the_deep_refiner_are_left_over_for_the_fast_one(published_files, caplog):
    network = build_network(
        _config('mobilenetv3') | {'refiner': {'type': 'FastGuidedFilterRefiner'}}
    )
    with caplog.at_level(logging.WARNING, 'rvm'):
        load_weights(network, published_files['mobilenetv3'])
    assert 'rvm_mobilenetv3.pth' in caplog.text
    assert '15 tensors) are not used' in caplog.text
    expected = _golden_ours()
    assert all(torch.equal(value, expected[key]) for key, value in network.state_dict().items())


def test_the_deep_refiner_does_not_start_from_a_file_without_it(plain_networks, tmp_path):
    state = {k: v for k, v in _golden_ours().items() if not k.startswith('refiner.')}
    path = tmp_path / 'fast.pth'
    torch.save(state, path)
    _assert_refused(plain_networks['mobilenetv3'], path, '15 tensors', 'refiner.')
