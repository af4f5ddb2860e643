import copy

import pytest
import torch

from rvm.models.batch_norm import BATCH_NORMS
from rvm.models.fuse import convolution_batch_norm_pairs, fuse_batch_norms


def _norms(network) -> list[str]:
    return [name for name, m in network.named_modules() if isinstance(m, BATCH_NORMS)]


@pytest.mark.parametrize('backbone', ['mobilenetv3', 'resnet50'])
def test_a_fused_copy_gives_the_same_output(golden_network, backbone):
    network = golden_network(backbone, 'deep')
    before = copy.deepcopy(network.state_dict())
    fused = fuse_batch_norms(network)
    assert _norms(fused) == []
    clip = torch.rand(1, 3, 3, 97, 131, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for ratio in (1.0, 0.5):
            expected, found = network(clip, None, ratio), fused(clip, None, ratio)
            pairs = zip((*expected[:2], *expected[2]), (*found[:2], *found[2]), strict=True)
            assert max(float((a - b).abs().max()) for a, b in pairs) < 1e-4
    # the network itself is left as it was
    assert _norms(network)
    after = network.state_dict()
    assert all(torch.equal(value, after[key]) for key, value in before.items())


def test_every_batch_norm_is_paired_in_the_order_of_execution(golden_network):
    pairs = convolution_batch_norm_pairs(golden_network('mobilenetv3', 'deep'))
    assert pairs[0] == ('backbone.model.conv_stem', 'backbone.model.bn1')
    assert pairs[-1] == ('refiner.conv.3', 'refiner.conv.4')
    assert len({norm for _, norm in pairs}) == len(pairs) == 54


def test_a_training_network_stays_in_training(tiny_network):
    fused = fuse_batch_norms(tiny_network.train())
    assert tiny_network.training
    assert not fused.training
