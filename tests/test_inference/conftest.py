"""Fixtures of the inference tests; the media are made once a session and never modified."""

from pathlib import Path

import pytest
import torch

from rvm.models import MattingNetwork, save_weights
from rvm.models.weights_file import Weights


@pytest.fixture
def live_network(tiny_network: MattingNetwork) -> MattingNetwork:
    """The tiny network with alphas all over 0..1 that depend on the frames before."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(1, 3, 3, 48, 64, generator=generator)
    with torch.no_grad():
        for _ in range(30):  # batch norm statistics, without which nothing comes through
            tiny_network(noise)
        tiny_network.project_mat.weight.mul_(4)
        tiny_network.project_mat.bias.fill_(0.5)
    return tiny_network


@pytest.fixture
def live_weights(live_network: MattingNetwork, tiny_config: dict, tmp_path: Path) -> Path:
    """The weights of `live_network` in a file of ours, which says which network they are for."""
    path = tmp_path / 'weights' / 'tiny.pth'
    config = {'type': 'MattingNetwork', **tiny_config}
    save_weights(Weights('tiny', 'ours', live_network.state_dict(), config), path)
    return path
