"""Fixtures that several test files share. Networks of a session's fixtures are never modified."""

import os
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch

from rvm.datasets.demo import TINY, make_demo_data
from rvm.models import MattingNetwork, build_network, load_weights
from rvm.models.builder import base_config_path, network_config
from rvm.models.weights_file import Weights, save_weights
from tests.golden_weights import BACKBONES, golden_state

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = {'mobilenetv3': 'rvm_mbv3.py', 'resnet50': 'rvm_r50.py'}
REFINERS = {'deep': 'DeepGuidedFilterRefiner', 'fast': 'FastGuidedFilterRefiner'}

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background deaf to Ctrl-C, and children would be deaf, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

torch.set_num_threads(1)  # small tensors: more threads wait for each other, and for xdist's


@pytest.fixture(scope='session')
def published_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Golden weights as published checkpoints: backbone -> .pth."""
    folder = tmp_path_factory.mktemp('published')
    files = {backbone: folder / f'rvm_{backbone}.pth' for backbone in BACKBONES}
    for backbone, file in files.items():
        torch.save(golden_state(backbone), file)
    return files


@pytest.fixture(scope='session')
def golden_network(published_files: dict[str, Path]) -> Callable[[str, str], MattingNetwork]:
    """Networks with golden weights in eval mode: call with backbone and 'deep' or 'fast'."""

    @cache
    def network(backbone: str, refiner: str = 'deep') -> MattingNetwork:
        config = network_config(base_config_path(CONFIGS[backbone]))
        config['refiner'] = {'type': REFINERS[refiner]}
        network = build_network(config)
        assert load_weights(network, published_files[backbone]) == []
        return network.eval()

    return network


@pytest.fixture(scope='session')
def tiny_config() -> dict:
    """Config of a network whose backbone (a test model of timm) has 0.1 M parameters."""
    return {
        'backbone': {'type': 'TimmBackbone', 'model_name': 'test_efficientnet'},
        'aspp': {'type': 'LRASPP', 'out_channels': 16},
        'decoder': {'type': 'RecurrentDecoder', 'channels': (12, 10, 8, 16)},
        'refiner': {'type': 'DeepGuidedFilterRefiner'},
    }


@pytest.fixture
def tiny_network(tiny_config: dict) -> MattingNetwork:
    """A fresh tiny network in train mode, always with the same weights."""
    torch.manual_seed(0)
    return build_network(tiny_config)


@pytest.fixture
def checkpoint(tmp_path: Path, tiny_network, tiny_config: dict) -> Path:
    """A weights file of the tiny network that says which network it is for."""
    path = tmp_path / 'tiny.pth'
    config = {'type': 'MattingNetwork', **tiny_config}
    save_weights(Weights('tiny', 'ours', tiny_network.state_dict(), config), path)
    return path


@pytest.fixture(scope='session', autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test, and no tool that a test starts, touches the user's index cache."""
    os.environ['RVM_CACHE_DIR'] = str(tmp_path_factory.mktemp('index_cache'))


@pytest.fixture(scope='session')
def demo_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny data root with all sources, never modified."""
    root = tmp_path_factory.mktemp('demo') / 'data'
    make_demo_data(root, size=TINY)
    return root


@pytest.fixture(scope='session')
def published_onnx() -> Path:
    """The published ONNX file, where the machine has it."""
    folders = [Path(os.environ.get('RVM_PUBLISHED_WEIGHTS', '')), ROOT / 'work_dirs' / 'weights']
    for folder in folders:
        file = folder / 'rvm_mobilenetv3_fp32.onnx'
        if file.is_file():
            return file
    pytest.skip(
        'rvm_mobilenetv3_fp32.onnx is neither in work_dirs/weights nor in the folder that '
        'RVM_PUBLISHED_WEIGHTS names; tools/download_weights.py mbv3 fetches it'
    )
