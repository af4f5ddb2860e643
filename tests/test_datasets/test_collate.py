"""Samples into batches."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, default_collate

from rvm.datasets import clip_collate
from rvm.datasets.transforms.pack import to_tensor


def sample(seed=0, still=False, count=3):
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 256, (1 if still else count, 8, 6, 3), np.uint8)
    return {'bgr': to_tensor(frames, count), 'crop': torch.tensor([8, 4, 4]), 'clip': f'c{seed}'}


def test_the_values_are_those_of_the_default_collate():
    samples = [sample(0), sample(1)]
    expected, found = default_collate(samples), clip_collate(samples)
    assert torch.equal(expected['bgr'], found['bgr'])
    assert torch.equal(expected['crop'], found['crop'])
    assert found['clip'] == ['c0', 'c1']
    assert found['bgr'].shape == (2, 3, 3, 8, 6)


def test_pixels_stay_channels_last():
    batch = clip_collate([sample(0), sample(1)])['bgr']
    assert batch.permute(0, 1, 3, 4, 2).is_contiguous()


def test_equal_frames_stay_stored_once_if_all_samples_agree():
    batch = clip_collate([sample(0, still=True), sample(1, still=True)])['bgr']
    assert batch.shape == (2, 1, 3, 8, 6)
    assert batch.untyped_storage().nbytes() == 2 * 3 * 8 * 6
    assert torch.equal(batch.expand(-1, 3, -1, -1, -1)[1], sample(1, still=True)['bgr'])
    pinned = torch.empty_like(batch).copy_(batch)  # what pin_memory does
    assert torch.equal(pinned, batch)
    mixed = clip_collate([sample(0, still=True), sample(1)])['bgr']
    assert torch.equal(mixed[0], sample(0, still=True)['bgr'])
    assert torch.equal(mixed[1], sample(1)['bgr'])


def test_contiguous_clips_and_floats_are_stacked():
    clips = [{'src': torch.rand(2, 3, 4, 4)}, {'src': torch.rand(2, 3, 4, 4)}]
    assert torch.equal(clip_collate(clips)['src'], torch.stack([clip['src'] for clip in clips]))


def test_workers_send_the_same():
    samples = [sample(seed, still=seed % 2 == 0) for seed in range(4)]
    loader = DataLoader(samples, batch_size=2, num_workers=2, collate_fn=clip_collate)
    for found, number in zip(loader, (0, 2), strict=True):
        expected = clip_collate(samples[number : number + 2])
        assert torch.equal(found['bgr'], expected['bgr'])
        assert found['bgr'].stride() == expected['bgr'].stride()


def test_samples_with_other_keys_are_named():
    with pytest.raises(ValueError, match=r"'extra'.*of c1"):
        clip_collate([sample(0), {**sample(1), 'extra': 1}])


def test_clips_of_other_lengths_are_refused():
    with pytest.raises(RuntimeError, match='equal size'):
        clip_collate([sample(0, count=2), sample(1, count=3)])
