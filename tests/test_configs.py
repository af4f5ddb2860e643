"""Every config in the tree, found recursively, parses and builds."""

import pytest
import torch
from mmengine.config import Config

from rvm.errors import ConfigError
from rvm.models import MattingNetwork, build_network
from tests.conftest import ROOT

FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / 'configs').rglob('*.py'))
MODEL_FILES = [file for file in FILES if 'model' in Config.fromfile(ROOT / file)]


def test_configs_are_found():
    assert {'configs/_base_/models/rvm_mbv3.py', 'configs/_base_/models/rvm_r50.py'} <= set(FILES)
    assert len(MODEL_FILES) >= 2


@pytest.mark.parametrize('file', MODEL_FILES)
@torch.no_grad()
def test_config_builds_a_network_that_runs(file):
    network = build_network(ROOT / file)
    assert isinstance(network, MattingNetwork)
    assert network.training
    fgr, pha, state = network.eval()(torch.rand(1, 2, 3, 64, 80), None, 0.5)
    assert fgr.shape == (1, 2, 3, 64, 80)
    assert pha.shape == (1, 2, 1, 64, 80)
    assert [r.shape[1] for r in state] == list(network.decoder.state_channels)


@pytest.mark.parametrize(
    ('file', 'millions', 'state_channels'),
    [('rvm_mbv3.py', 3.749, (16, 20, 40, 64)), ('rvm_r50.py', 26.89, (16, 32, 64, 128))],
)
def test_published_networks_have_the_published_size(file, millions, state_channels):
    network = build_network(ROOT / 'configs' / '_base_' / 'models' / file)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert round(count / 1e6, 3 if millions < 10 else 2) == millions
    assert network.decoder.state_channels == state_channels


@pytest.mark.parametrize('content', ['lr = 1\n', 'model = dict(type="MattingNetwork")\n'])
def test_config_without_a_network_is_refused(tmp_path, content):
    path = tmp_path / 'no_network.py'
    path.write_text(content)
    with pytest.raises(ConfigError, match=r'no_network\.py: .*backbone'):
        build_network(path)


def test_missing_config_is_refused():
    with pytest.raises(ConfigError, match=r'no config file configs/rvm_mbv4\.py'):
        build_network('configs/rvm_mbv4.py')
