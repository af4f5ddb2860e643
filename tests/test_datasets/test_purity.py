"""A sample is a function of (seed, epoch, index) and of the step's crop, and of nothing else."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from rvm.datasets import EpochSampler, SampleKey, StepBatchSampler, clip_collate, samplers
from tests.conftest import ROOT
from tests.test_datasets.clips import MattingClips, MemoryBackgrounds, matting_pipeline

ALBUMENTATIONS = {
    'type': 'Albumentations',
    'transforms': [{'type': 'GaussNoise', 'p': 0.5}, {'type': 'HueSaturationValue', 'p': 0.5}],
    'consistent': False,
}


def make_dataset(**pack):
    pipeline = matting_pipeline(32, **pack)
    pack = pipeline.pop('pack')
    pipeline['albumentations'] = ALBUMENTATIONS
    return MattingClips(
        lengths=(7, 3, 1, 12),
        num_frames=4,
        pipeline=[*pipeline.values(), pack],
        backgrounds=MemoryBackgrounds(),
    )


def load(*, workers=0, batch_size=2, epoch=0, step=0, seed=11, persistent=False, epochs=1):
    """Return batches of an epoch (or of several) as the training loop would get them."""
    dataset = make_dataset()
    sampler = StepBatchSampler(EpochSampler(dataset, seed), batch_size, crop_size=32)
    loader = DataLoader(
        dataset,
        batch_sampler=sampler,
        num_workers=workers,
        collate_fn=clip_collate,
        persistent_workers=persistent,
    )
    batches = []
    for number in range(epochs):
        sampler.start(epoch + number, step)
        batches += list(loader)
    return batches


def assert_equal(first, second):
    assert len(first) == len(second) > 0
    for one, other in zip(first, second, strict=True):
        assert one.keys() == other.keys()
        for key, value in one.items():
            if isinstance(value, torch.Tensor):
                assert torch.equal(value, other[key]), key
            else:
                assert value == other[key], key


@pytest.fixture(scope='module')
def reference():
    return load()


@pytest.mark.filterwarnings('ignore:This DataLoader will create 4 worker')
@pytest.mark.parametrize('workers', [1, 4])
def test_workers_change_nothing(reference, workers):
    assert_equal(load(workers=workers), reference)


def test_ranks_change_nothing(reference, monkeypatch):
    parts = []
    for rank in range(2):
        monkeypatch.setattr(samplers, 'get_dist_info', lambda rank=rank: (rank, 2))
        parts.append(load(batch_size=1, workers=rank))
    joined = []
    for first, second in zip(*parts, strict=True):
        joined.append(
            {
                key: torch.cat([value, second[key]])
                if isinstance(value, torch.Tensor)
                else value + second[key]
                for key, value in first.items()
            }
        )
    assert_equal(joined, reference)


@pytest.mark.parametrize('workers', [0, 2])
def test_starting_in_mid_epoch_changes_nothing(reference, workers):
    assert_equal(load(step=2, workers=workers), reference[2:])


def test_persistent_workers_follow_the_epochs():
    found = load(workers=2, persistent=True, epochs=2)
    assert_equal(found, load() + load(epoch=1))


def test_global_random_states_do_not_matter(reference):
    np.random.seed(123)  # noqa: NPY002 - this is what must not matter
    torch.manual_seed(123)
    found = load()
    assert_equal(found, reference)


def test_no_sample_repeats_in_epochs_or_seeds():
    batches = [load(epoch=epoch, seed=seed) for epoch, seed in ((0, 0), (1, 0), (0, 1))]
    pictures = [
        clip.numpy().tobytes() for part in batches for batch in part for clip in batch['fgr_pha']
    ]
    assert len(set(pictures)) == len(pictures) >= 18


def test_another_process_gives_the_same_bits():
    code = (
        'import hashlib\n'
        'from tests.test_datasets.test_purity import make_dataset\n'
        'from rvm.datasets import SampleKey\n'
        'sample = make_dataset()[SampleKey(3, 3, 2, 5, (20, 24))]\n'
        "print(hashlib.sha256(sample['fgr_pha'].numpy().tobytes()).hexdigest())\n"
        "print(hashlib.sha256(sample['bgr'].numpy().tobytes()).hexdigest())\n"
    )
    env = {**os.environ, 'PYTHONHASHSEED': '77'}
    outputs = {
        subprocess.run(
            [sys.executable, '-c', code],
            cwd=ROOT,
            env={**env, 'PYTHONHASHSEED': seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ('1', '2')
    }
    assert len(outputs) == 1


def test_the_crop_alone_comes_from_the_step():
    dataset = make_dataset()
    first = dataset[SampleKey(1, 1, 0, 3, (20, 24))]
    second = dataset[SampleKey(1, 1, 0, 3, (30, 18))]
    assert torch.equal(first['fgr_pha'], second['fgr_pha'])
    assert torch.equal(first['bgr'], second['bgr'])
    assert first['crop'].tolist() != second['crop'].tolist()
