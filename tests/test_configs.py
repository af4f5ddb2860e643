"""Every config in the tree, found recursively, parses and builds."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from rvm.datasets.config import load_config
from rvm.errors import ConfigError
from rvm.models import MattingNetwork, build_network
from rvm.registry import METRICS
from tests.conftest import ROOT

FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / 'configs').rglob('*.py'))
MODELS = {file: Config.fromfile(ROOT / file).get('model') for file in FILES}
MODEL_FILES = [file for file, model in MODELS.items() if model and model.network]
BENCHMARKS = [file for file in FILES if file.startswith('configs/benchmarks/')]
COLUMNS = ('pha_mad', 'pha_mse', 'pha_grad', 'pha_conn', 'pha_dtssd', 'fgr_mse')
PUBLISHED = {  # Lin et al., WACV 2022, tables 1 and 2, and the ResNet50 variant
    'videomatte_512x288': [(6.08, 1.47, 0.88, 0.41, 1.36), (5.32, 0.62, 0.59, 0.30, 1.24)],
    'd646_512x512': [(7.28, 3.01, 2.81, 1.83, 1.01, 2.93)],
    'aim_512x512': [(14.84, 8.93, 4.35, 3.83, 1.01, 5.01)],
    'videomatte_1920x1080': [(6.57, 1.93, 10.55, None, 1.90), (5.81, 0.97, 9.65, None, 1.78)],
    'd646_2048x2048': [(8.67, 4.28, 30.06, None, 1.64)],
    'aim_2048x2048': [(14.89, 9.01, 34.97, None, 1.71)],
}


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


@pytest.mark.parametrize('file', [file for file in BENCHMARKS if 'composited' not in file])
def test_a_benchmark_takes_the_folder_of_any_set(file, demo_root):
    options = {'test_dataloader.dataset.data_root': str(demo_root / 'videomatte_demo')}
    config = load_config(ROOT / file, None, options)
    with DefaultScope.overwrite_default_scope('rvm'):
        loader = Runner.build_dataloader(config.test_dataloader, seed=0)
        metric = METRICS.build(config.test_evaluator)
    batch = next(iter(loader))
    assert batch['src'].dtype == torch.uint8
    high = config.model.downsample_ratio == 0.25
    chunk = 2 if high else 8
    assert batch['src'].shape[:3] == (1, min(chunk, int(batch['length'][0])), 3)
    assert metric.published == {} or metric.name == Path(file).stem
    assert metric.protocol == ('high' if high else 'low')
    assert high or config.model.downsample_ratio == 1


def test_a_benchmark_composites(demo_root):
    options = {
        'test_dataloader.dataset.foregrounds.path': 'VideoMatte240K_JPEG_SD/valid',
        'test_dataloader.dataset.backgrounds.path': 'Backgrounds/valid',
    }
    file = ROOT / 'configs' / 'benchmarks' / 'composited_512x288.py'
    config = load_config(file, str(demo_root), options)
    with DefaultScope.overwrite_default_scope('rvm'):
        loader = Runner.build_dataloader(config.test_dataloader, seed=0)
    assert len(loader.dataset) == 20
    assert next(iter(loader))['src'].shape == (1, 8, 3, 288, 512)


@pytest.mark.parametrize('name', PUBLISHED)
def test_benchmarks_have_the_published_rows(name):
    config = Config.fromfile(ROOT / 'configs' / 'benchmarks' / f'{name}.py')
    rows = config.test_evaluator.published
    assert [row.split()[1] for row in rows] == ['MobileNetV3', 'ResNet50'][: len(rows)]
    assert list(rows.values()) == [
        {key: value for key, value in zip(COLUMNS, row, strict=False) if value is not None}
        for row in PUBLISHED[name]
    ]
    assert config.test_dataloader.dataset.data_root.endswith(f'/{name}')


def test_the_benchmarks_are_found():
    assert {Path(file).stem for file in BENCHMARKS} >= {*PUBLISHED, 'videomatte_demo'}


@pytest.mark.parametrize('content', ['lr = 1\n', 'model = dict(type="MattingNetwork")\n'])
def test_config_without_a_network_is_refused(tmp_path, content):
    path = tmp_path / 'no_network.py'
    path.write_text(content)
    with pytest.raises(ConfigError, match=r'no_network\.py: .*backbone'):
        build_network(path)


def test_missing_config_is_refused():
    with pytest.raises(ConfigError, match=r'no config file configs/rvm_mbv4\.py'):
        build_network('configs/rvm_mbv4.py')
