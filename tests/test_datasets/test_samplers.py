"""Orders, steps, ranks, crops."""

import numpy as np
import pytest

from rvm.datasets import EpochSampler, SampleKey, StepBatchSampler, samplers
from rvm.errors import ConfigError


def batches(monkeypatch, *, rank=0, world_size=1, size=23, batch_size=1, crop=None, **options):
    monkeypatch.setattr(samplers, 'get_dist_info', lambda: (rank, world_size))
    sampler = EpochSampler(range(size), seed=5, **options)
    return StepBatchSampler(sampler, batch_size, crop)


def test_an_epoch_holds_every_item_once_and_orders_differ():
    sampler = EpochSampler(range(50), seed=1)
    orders = [sampler.order(epoch) for epoch in range(3)]
    for order in orders:
        assert sorted(order) == list(range(50))
    assert not np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[1], orders[2])
    assert np.array_equal(orders[0], EpochSampler(range(50), seed=1).order(0))
    assert not np.array_equal(orders[0], EpochSampler(range(50), seed=2).order(0))


def test_without_shuffle_every_epoch_is_the_same(monkeypatch):
    sampler = EpochSampler(range(5), seed=1, shuffle=False)
    first = list(sampler)
    sampler.set_epoch(3)
    assert list(sampler) == first
    assert [key.index for key in first] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(('world_size', 'batch_size'), [(1, 4), (2, 2), (4, 1)])
def test_the_steps_are_the_same_on_any_number_of_ranks(monkeypatch, world_size, batch_size):
    expected = [list(batch) for batch in batches(monkeypatch, batch_size=4, crop=32)]
    parts = [
        list(batches(monkeypatch, rank=rank, world_size=world_size, batch_size=batch_size, crop=32))
        for rank in range(world_size)
    ]
    joined = [[key for part in step for key in part] for step in zip(*parts, strict=True)]
    assert joined == expected
    assert len(expected) == 23 // 4


def test_no_sample_is_drawn_twice(monkeypatch):
    sampler = batches(monkeypatch, batch_size=2)
    seen = []
    for epoch in range(3):
        sampler.start(epoch)
        seen += [key for batch in sampler for key in batch]
    assert len(set(seen)) == len(seen) == 3 * 22
    assert len({(key.seed, key.epoch, key.draw) for key in seen}) == len(seen)


def test_starting_in_mid_epoch_is_the_rest_of_the_epoch(monkeypatch):
    sampler = batches(monkeypatch, batch_size=2, crop=64)
    sampler.start(2)
    whole = list(sampler)
    sampler.start(2, 7)
    assert list(sampler) == whole[7:]
    assert list(sampler) == whole  # the next round is whole
    assert len(sampler) == 11


def test_more_samples_than_items_draw_anew():
    sampler = EpochSampler(range(4), seed=0, num_samples=10)
    keys = list(sampler)
    assert len(keys) == len({key.draw for key in keys}) == 10
    assert sorted(key.index for key in keys[:4]) == [0, 1, 2, 3]
    assert sorted(key.index for key in keys[4:8]) == [0, 1, 2, 3]


def test_fewer_samples_than_items():
    assert len(list(EpochSampler(range(40), seed=0, num_samples=3))) == 3


def test_crops_are_uniform_and_independent_per_step(monkeypatch):
    sampler = batches(monkeypatch, size=100_000, crop=32)
    crops = np.array([sampler.crop(1, step) for step in range(8000)])
    assert crops.min() == 16
    assert crops.max() == 31
    for column in crops.T:
        counts = np.bincount(column - 16, minlength=16)
        assert ((counts - 500) ** 2 / 500).sum() < 38  # 15 degrees of freedom: p = 0.001
    assert abs(np.corrcoef(crops.T)[0, 1]) < 0.05
    sampler.start(1)
    keys = [batch[0] for batch, _ in zip(sampler, range(5), strict=False)]
    assert [key.crop for key in keys] == [tuple(crop) for crop in crops[:5]]


def test_evaluation_shares_items_among_ranks(monkeypatch):
    parts = []
    for rank in range(3):
        monkeypatch.setattr(samplers, 'get_dist_info', lambda rank=rank: (rank, 3))
        parts += [key.index for key in EpochSampler(range(10), seed=0, shuffle=False)]
    assert sorted(parts) == list(range(10))


def test_the_loaders_of_a_run_draw_on_their_own(monkeypatch):
    low, high = (batches(monkeypatch, crop=64, name=name) for name in ('mat_low', 'mat_high'))
    again = batches(monkeypatch, crop=64, name='mat_low')
    assert list(low) == list(again)
    pairs = list(zip(low, high, strict=True))
    assert sum(a[0].index == b[0].index for a, b in pairs) < 6
    assert sum(a[0].crop == b[0].crop for a, b in pairs) < 3
    keys = [SampleKey(3, 3, 0, 5, loader=batch[0].loader) for batch in pairs[0]]
    assert keys[0].generator().random() != keys[1].generator().random()


def test_the_length_is_what_a_rank_gets(monkeypatch):
    for rank, count in ((0, 4), (1, 3), (2, 3)):
        monkeypatch.setattr(samplers, 'get_dist_info', lambda rank=rank: (rank, 3))
        sampler = EpochSampler(range(10), seed=0)
        assert len(sampler) == len(list(sampler)) == count


def test_too_few_samples_for_a_step_are_refused(monkeypatch):
    with pytest.raises(ConfigError, match=r'has 3 samples an epoch; .* on 2 processes needs 4'):
        batches(monkeypatch, size=3, world_size=2, batch_size=2)


def test_an_empty_dataset_is_refused():
    with pytest.raises(ConfigError, match='empty'):
        EpochSampler([], seed=0)


def test_another_sampler_is_refused():
    with pytest.raises(ConfigError, match='EpochSampler'):
        StepBatchSampler(range(3))
