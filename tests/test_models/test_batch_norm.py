import copy

import pytest
import torch

from rvm.errors import UserError
from rvm.models import (
    build_network,
    folded_batch_norms,
    load_weights,
    network_from_weights,
    reestimate_batch_norms,
    save_weights,
)
from rvm.models.batch_norm import BATCH_NORMS, set_folded
from rvm.models.weights_file import read_weights


def _norms(network) -> dict[str, torch.nn.Module]:
    return {k: m for k, m in network.named_modules() if isinstance(m, BATCH_NORMS)}


def _fold(network):
    """Turn every batch norm into an identity with a random bias."""
    for norm in _norms(network).values():
        set_folded(norm, 0.1 * torch.randn(norm.num_features))
    return network


def _clip(t: int = 2, height: int = 64, width: int = 80) -> torch.Tensor:
    return torch.rand(2, t, 3, height, width, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope='module')
def onnx_network(onnx_files):
    return network_from_weights(onnx_files('mobilenetv3'))


def test_a_folded_batch_norm_adds_its_bias_and_nothing_else():
    norm = torch.nn.BatchNorm2d(5, eps=1e-3).eval()
    bias = torch.randn(5)
    set_folded(norm, bias)
    x = torch.randn(2, 5, 3, 3)
    torch.testing.assert_close(norm(x), x + bias.view(1, 5, 1, 1), atol=1e-6, rtol=1e-6)


def test_fresh_and_trained_networks_are_not_folded(tiny_network, golden_network):
    assert folded_batch_norms(tiny_network) == []
    tiny_network(_clip())
    assert folded_batch_norms(tiny_network) == []
    assert folded_batch_norms(golden_network('mobilenetv3', 'deep')) == []


def test_weights_of_an_onnx_file_are_known_as_folded(onnx_network, onnx_read, tmp_path):
    names = set(_norms(onnx_network))
    assert set(folded_batch_norms(onnx_network)) == names
    assert len(names) > 50
    for layout in ('ours', 'published'):
        path = tmp_path / f'{layout}.pth'
        save_weights(onnx_read('mobilenetv3'), path, layout=layout)
        assert set(folded_batch_norms(network_from_weights(path))) == names
        assert read_weights(path).kind == layout


def test_training_folded_batch_norms_is_refused(onnx_network):
    network = copy.deepcopy(onnx_network)
    with pytest.raises(UserError, match=r'norm_eval=True .*reestimate_batch_norms'):
        network.train()
    assert not any(module.training for module in network.modules())
    network.eval()
    network.train(False)


def test_loading_folded_weights_into_a_network_in_train_mode(onnx_files, tiny_network):
    """The usual order, build, load, train, must not slip past the refusal."""
    network = build_network(read_weights(onnx_files('mobilenetv3')).config)
    load_weights(network, onnx_files('mobilenetv3'))
    with pytest.raises(UserError, match='norm_eval=True'):
        network.train()


def test_frozen_batch_norms_do_not_move_in_a_training_step(tiny_network):
    network = _fold(tiny_network)
    network.norm_eval = True
    network.train()
    assert network.training
    assert not any(norm.training for norm in _norms(network).values())
    before = copy.deepcopy(network.state_dict())
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    fgr, pha, _ = network(_clip(), None, 0.5)
    (fgr.mean() + pha.mean()).backward()
    optimizer.step()
    buffers = {name for name, _ in network.named_buffers()}
    after = network.state_dict()
    assert all(torch.equal(after[key], before[key]) for key in buffers & set(after))
    assert any(not torch.equal(after[f'{name}.bias'], before[f'{name}.bias'])
               for name in _norms(network))  # fmt: skip


def test_norm_eval_from_the_config(tiny_config):
    network = build_network({**tiny_config, 'norm_eval': True}).train()
    assert not any(norm.training for norm in _norms(network).values())
    network.norm_eval = False
    network.train()
    assert all(norm.training for norm in _norms(network).values())


@pytest.mark.parametrize('which', ['tiny', 'onnx'])
def test_reestimated_batch_norms_leave_the_output_and_can_be_trained(
    which, tiny_network, onnx_network
):
    network = _fold(tiny_network) if which == 'tiny' else copy.deepcopy(onnx_network)
    network.eval()
    clip = _clip()
    with torch.no_grad():
        expected = network(clip, None, 0.5)[:2]
    assert reestimate_batch_norms(network, [clip], downsample_ratio=0.5) == len(_norms(network))
    assert folded_batch_norms(network) == []
    with torch.no_grad():
        after = network(clip, None, 0.5)[:2]
        for a, b in zip(after, expected, strict=True):
            torch.testing.assert_close(a, b, atol=1e-4, rtol=0)
        # in train mode the statistics are those of the same batch, up to rounding
        network.train()
        trained = network(clip, None, 0.5)[:2]
    for a, b in zip(trained, expected, strict=True):
        torch.testing.assert_close(a, b, atol=2e-3, rtol=0)


def test_folded_batch_norms_would_really_be_destroyed_by_training(onnx_network):
    """What the refusal is for: without it, the output is another."""
    network = copy.deepcopy(onnx_network)
    with torch.no_grad():
        expected = network(_clip(), None, 0.5)[1]
        torch.nn.Module.train(network, True)
        for module in network.modules():
            module.training = True
        destroyed = network(_clip(), None, 0.5)[1]
    assert (destroyed - expected).abs().mean() > 0.01


def test_statistics_are_those_of_all_batches(tiny_network):
    network = _fold(tiny_network).eval()
    both, one_by_one = copy.deepcopy(network), copy.deepcopy(network)
    clip = _clip(t=1)
    reestimate_batch_norms(both, [clip], downsample_ratio=0.5)
    reestimate_batch_norms(one_by_one, iter(clip.split(1)), downsample_ratio=0.5)
    for a, b in zip(_norms(both).values(), _norms(one_by_one).values(), strict=True):
        torch.testing.assert_close(a.running_mean, b.running_mean, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(a.running_var, b.running_var, atol=1e-5, rtol=1e-4)


def test_a_pass_that_does_not_reach_the_refiner_is_refused(tiny_network):
    network = _fold(tiny_network)
    before = copy.deepcopy(network.state_dict())
    with pytest.raises(UserError, match=r'not reached at ratio 1\.0 \(refiner\.'):
        reestimate_batch_norms(network, [_clip()], downsample_ratio=1.0)
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_the_mark_survives_a_change_of_type_and_comes_from_nowhere_else(tiny_network, dtype):
    assert folded_batch_norms(copy.deepcopy(tiny_network).to(dtype)) == []
    folded = _fold(tiny_network)
    assert len(folded_batch_norms(folded.to(dtype).float())) == len(_norms(folded))


def test_no_batches_are_refused(tiny_network):
    network = _fold(tiny_network)
    with pytest.raises(ValueError, match='no batches'):
        reestimate_batch_norms(network, [])
    assert len(folded_batch_norms(network)) == len(_norms(network))
