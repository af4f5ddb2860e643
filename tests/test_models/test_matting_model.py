"""The model shell: 8 bits in and out, clips whole or in chunks, one state a clip."""

import pytest
import torch

from rvm.datasets import clip_collate
from rvm.errors import ConfigError, UserError
from rvm.models import MattingModel, MattingNetwork
from rvm.models.matting_model import to_uint8
from rvm.registry import MODELS
from tests.test_datasets.test_chunked_clips import Counted
from tests.test_inference.stubs import CountingNetwork, RedNetwork


def batch(start=0, frames=3, length=None, clip='d/0'):
    return {
        'src': torch.rand(1, frames, 3, 6, 8),
        'pha': torch.randint(0, 256, (1, frames, 1, 6, 8), dtype=torch.uint8),
        'clip': [clip],
        'frames': [[str(start + n) for n in range(frames)]],
        'start': torch.tensor([start]),
        'length': torch.tensor([length or start + frames]),
    }


def test_a_config_builds_it(tiny_config):
    model = MODELS.build(
        {'type': 'MattingModel', 'network': tiny_config | {'type': 'MattingNetwork'}}
    )
    assert isinstance(model.network, MattingNetwork)
    fgr, _, _ = model(mode='tensor', src=torch.rand(1, 2, 3, 32, 32))
    assert fgr.shape == (1, 2, 3, 32, 32)
    with pytest.raises(ValueError, match="'tensor' or 'predict', not 'loss'"):
        model(mode='loss', src=torch.rand(1, 2, 3, 32, 32))


def test_a_config_without_a_network_says_so():
    with pytest.raises(ConfigError, match=r'model\.network is None'):
        MattingModel(None)


@pytest.mark.parametrize('option', [{'downsample_ratio': 2}, {'chunk': 0}])
def test_wrong_options_are_refused(option):
    with pytest.raises(UserError, match=next(iter(option))):
        MattingModel(RedNetwork(), **option)


def test_results_are_rounded_to_8_bits():
    data = batch()
    (result,) = MattingModel(RedNetwork()).predict(data)
    expected = (data['src'][0].double() * 255).round().to(torch.uint8)
    assert torch.equal(result['pred_fgr'], expected)
    assert torch.equal(result['pred_pha'], expected[:, :1])
    assert torch.equal(result['true_pha'], data['pha'][0])
    assert 'true_fgr' not in result
    assert 'src' not in result
    assert result['frames'] == ['0', '1', '2']
    assert (result['clip'], result['start'], result['length']) == ('d/0', 0, 3)


def test_what_is_composited_here_is_rounded_before_the_network_sees_it():
    data = {
        'src': torch.rand(2, 3, 3, 6, 8),
        'pha': torch.rand(2, 3, 1, 6, 8),
        'fgr': torch.rand(2, 3, 3, 6, 8),
        'bgr': torch.rand(2, 3, 3, 6, 8),
        'clip': ['a', 'b'],
        'frames': torch.zeros(2, 3, dtype=torch.int64),
    }
    results = MattingModel(RedNetwork()).predict(data)
    assert [result['clip'] for result in results] == ['a', 'b']
    for number, result in enumerate(results):
        src = data['src'][number].mul(255).round()
        assert torch.equal(result['src'].float(), src)
        assert torch.equal(result['pred_fgr'], result['src'])
        assert torch.equal(result['true_fgr'].float(), data['fgr'][number].mul(255).round())
        assert result['frames'] == ['0000', '0001', '0002']


@pytest.mark.parametrize('chunk', [1, 2, 'auto'])
def test_the_state_lives_as_long_as_the_clip(chunk):
    model = MattingModel(CountingNetwork(), chunk=chunk)
    seen = []
    for clip in ('d/0', 'd/1'):
        for start in (0, 3, 6):
            (result,) = model.predict(batch(start, 3 if start < 6 else 1, 7, clip))
            seen += [round(float(frame.float().mean()) / 2.55) for frame in result['pred_pha']]
    assert seen == [*range(1, 8), *range(1, 8)]


@pytest.mark.parametrize(('clip', 'start'), [('d/0', 6), ('d/0', 2), ('d/1', 3)])
def test_chunks_out_of_order_are_refused(clip, start):
    model = MattingModel(CountingNetwork())
    model.predict(batch(0, 3, 9))
    with pytest.raises(ValueError, match='must come in order'):
        model.predict(batch(start, 3, 9, clip))


def test_chunks_equal_the_whole(tiny_network):
    model = MattingModel(tiny_network.eval(), downsample_ratio=0.5)
    data = batch(0, 7)
    data['src'] = torch.rand(1, 7, 3, 48, 64)
    data['pha'] = torch.zeros(1, 7, 1, 48, 64, dtype=torch.uint8)
    (whole,) = model.predict(data)
    parts = []
    for start in (0, 4):
        part = batch(start, min(4, 7 - start), 7)
        part['src'] = data['src'][:, start : start + 4]
        part['pha'] = data['pha'][:, start : start + 4]
        parts += model.predict(part)
    joined = torch.cat([part['pred_pha'] for part in parts])
    assert (joined.int() - whole['pred_pha'].int()).abs().max() <= 1


def test_fused_weights_give_the_same(tiny_network):
    model = MattingModel(tiny_network.eval())
    data = batch()
    data['src'] = torch.rand(1, 3, 3, 48, 64)
    data['pha'] = torch.zeros(1, 3, 1, 48, 64, dtype=torch.uint8)
    (before,) = model.predict(data)
    model.fuse()
    (after,) = model.predict(data)
    assert (before['pred_pha'].int() - after['pred_pha'].int()).abs().max() <= 1


def test_a_loader_batch_goes_all_the_way():
    model = MattingModel(RedNetwork())
    for chunk in Counted(5).iter_chunks(0, 2):
        (result,) = model.test_step(clip_collate([chunk]))
        assert torch.equal(result['pred_fgr'], chunk['src'])
        assert torch.equal(result['true_pha'], chunk['pha'])


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_values_that_are_no_numbers_are_refused(value):
    data = batch(3, 2)
    data['start'][0] = 0
    data['src'][0, 1, 0, 2, 3] = value
    with pytest.raises(UserError, match='d/0: the network predicts values that are no numbers'):
        MattingModel(RedNetwork()).predict(data)


def test_what_is_a_little_out_of_range_does_not_wrap_round():
    values = torch.tensor([-0.01, 0.0, 1.0, 1.01])
    assert to_uint8(values).tolist() == [0, 0, 255, 255]
