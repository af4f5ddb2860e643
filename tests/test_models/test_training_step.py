"""Any backbone trains, from a config that changes the name of its model and nothing else."""

import copy

import pytest
import torch
from mmengine.config import Config

from rvm.models import build_network
from rvm.models.builder import base_config_path

BACKBONES = (
    'mobilenetv3_large_100',
    'efficientnet_b0',
    'mobilenetv4_conv_small',
    'regnety_002',
    'resnet18',
    'mobilenetv2_100',
    'repvgg_a0',
)
PARTS = ('backbone', 'aspp', 'decoder', 'project_mat', 'project_seg', 'refiner')


def _loss(network, t: int) -> torch.Tensor:
    """A matting pass with refiner and a segmentation pass, at odd sizes."""
    src = torch.rand(1, t, 3, 71, 101)
    true_pha = torch.rand(1, t, 1, 71, 101)
    fgr, pha, _ = network(src, None, 0.7)
    seg, _ = network.segment(src[..., :49, :67])
    return (pha - true_pha).abs().mean() + fgr.square().mean() + seg.square().mean()


@pytest.mark.parametrize('model_name', BACKBONES)
def test_steps_at_one_and_three_frames(model_name):
    torch.manual_seed(0)
    config = Config.fromfile(base_config_path('rvm_mbv3.py'))
    config.merge_from_dict({'model.backbone.model_name': model_name})
    network = build_network(config)
    with torch.no_grad():
        network.project_mat.bias[3] = 0.5  # alpha starts where its clamp lets gradients pass
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    before = copy.deepcopy(network.state_dict())
    for t in (1, 3):
        optimizer.zero_grad(set_to_none=True)
        loss = _loss(network, t)
        loss.backward()
        gradients = {name: parameter.grad for name, parameter in network.named_parameters()}
        unused = [name for name, gradient in gradients.items() if gradient is None]
        assert unused == []
        assert loss.isfinite()
        assert all(gradient.isfinite().all() for gradient in gradients.values())
        optimizer.step()
    after = network.state_dict()
    assert all(value.isfinite().all() for value in after.values())
    # some models start their residual branches at zero: those move from the second step on
    moved = {name for name in gradients if not torch.equal(after[name], before[name])}
    for part in PARTS:
        names = [name for name in gradients if name.startswith(part)]
        assert sum(name in moved for name in names) > 0.9 * len(names), part


def test_passes_leave_the_heads_of_the_other_alone(tiny_network):
    src = torch.rand(1, 2, 3, 48, 64)
    fgr, pha, _ = tiny_network(src)
    (fgr.mean() + pha.mean()).backward()
    parts = {n.split('.')[0] for n, p in tiny_network.named_parameters() if p.grad is None}
    assert parts == {'project_seg', 'refiner'}
    tiny_network.zero_grad(set_to_none=True)
    tiny_network.segment(src)[0].mean().backward()
    parts = {n.split('.')[0] for n, p in tiny_network.named_parameters() if p.grad is None}
    assert parts == {'project_mat', 'refiner'}
