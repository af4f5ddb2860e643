import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from rvm.datasets import EpochSampler, SampleKey, StepBatchSampler, clip_collate
from rvm.datasets.inspect.browse import browse, explain, keys
from rvm.errors import ConfigError
from rvm.models.data_preprocessor import MattingDataPreprocessor
from rvm.registry import DATASETS
from tests.test_datasets.test_inspect.roots import SIZE, T, make_config

SAMPLERS = {
    'batch_size': 2,
    'sampler': {'type': 'EpochSampler', 'shuffle': True},
    'batch_sampler': {'type': 'StepBatchSampler', 'crop_size': SIZE},
    'collate_fn': {'type': 'clip_collate'},
}


def make(root, name, **changes):
    loader = {**make_config(root)['train_dataloader'][name], **SAMPLERS, **changes}
    return loader, DATASETS.build(loader['dataset'])


def trained(dataset, seed, epoch, count):
    """Return what training sees: the first samples of an epoch, [N] dicts."""
    sampler = StepBatchSampler(EpochSampler(dataset, seed), 2, SIZE)
    sampler.start(epoch)
    process, samples = MattingDataPreprocessor(), []
    for batch in DataLoader(dataset, batch_sampler=sampler, collate_fn=clip_collate):
        batch = process(batch, training=True)
        samples += [{name: batch[name][i] for name in ('src', 'pha')} for i in range(2)]
    return samples[:count]


def test_samples_are_those_of_training(clean_root):
    loader, dataset = make(clean_root, 'mat')
    shown = list(browse(loader, dataset, samples=3, seed=5, epoch=2, cell=SIZE))
    assert list(shown[0].streams) == ['src', 'fgr', 'pha', 'bgr']
    wanted = trained(dataset, 5, 2, 4)[: len(shown)]
    assert len(wanted) == len(shown) >= 2
    for sample, true in zip(shown, wanted, strict=True):
        for name in ('src', 'pha'):
            picture = sample.streams[name].astype(np.float32) / 255
            assert picture.shape == (T, *true[name].shape[-2:], 3)
            assert np.abs(picture - true[name].permute(0, 2, 3, 1).numpy()).max() < 0.501 / 255
        height, width = sample.streams['src'].shape[1:3]
        assert sample.drawn['training_crop'] == {'height': height, 'width': width}
        assert max(height, width) < SIZE
        assert sample.drawn['clip'] in sample.title
        assert 'epoch 2, seed 5' in sample.title


def test_pictures_are_made_small_to_one_scale(clean_root):
    loader, dataset = make(clean_root, 'mat')
    for sample in browse(loader, dataset, samples=2, cell=SIZE // 2):
        crop = sample.drawn['training_crop']
        height, width = sample.streams['fgr'].shape[1:3]
        assert (height, width) == (round(crop['height'] / 2), round(crop['width'] / 2))


def test_keys_start_anywhere(clean_root):
    loader, dataset = make(clean_root, 'seg_image', batch_size=3)
    everything = keys(loader, dataset, 6, 1, 4, 0)
    assert len({key.crop for key in everything}) == 2
    for start in range(6):
        assert keys(loader, dataset, 2, 1, 4, start) == everything[start : start + 2]
    plain = {key: value for key, value in loader.items() if key != 'batch_sampler'}
    without_crop = keys(plain, dataset, 2, 1, 4, 3)
    assert [key.index for key in without_crop] == [key.index for key in everything[3:5]]
    assert [key.crop for key in without_crop] == [None, None]


def test_what_is_drawn_in_a_mixture(clean_root):
    loader, dataset = make(clean_root, 'seg_image')
    key = SampleKey(len(dataset) - 1, len(dataset) - 1)
    where, drawn = explain(dataset, key)
    assert where == 'supervisely, '
    assert drawn['clip'] == dataset[key]['clip']
    assert 'crop_src' in drawn
    (shown, *_) = browse(loader, dataset, samples=1)
    assert set(shown.streams) == {'src', 'seg'}
    assert len(shown.streams['seg']) == 1


def test_evaluation_clips_draw_nothing(clean_root):
    (loader,) = make_config(clean_root)['test_dataloader']
    dataset = DATASETS.build(loader['dataset'])
    loader = {**loader, 'sampler': {'type': 'EpochSampler', 'shuffle': False}}
    shown = list(browse(loader, dataset, samples=2, cell=80))
    assert [sample.drawn for sample in shown] == [{}, {}]
    assert set(shown[0].streams) == {'src', 'fgr', 'pha'}
    truth = dataset[1]['src'].permute(0, 2, 3, 1)
    assert torch.equal(torch.from_numpy(shown[1].streams['src']), truth)


def test_a_collate_function_that_does_not_exist(clean_root):
    loader, dataset = make(clean_root, 'mat', collate_fn={'type': 'no_collate'})
    with pytest.raises(ConfigError, match='no_collate'):
        next(browse(loader, dataset, samples=1))
