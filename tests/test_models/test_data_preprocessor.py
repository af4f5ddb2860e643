"""From the samples of the workers to what the network trains on."""

import numpy as np
import pytest
import torch

from rvm.datasets import SampleKey, clip_collate
from rvm.datasets.transforms.pack import to_tensor
from rvm.effects import CropView
from rvm.models.data_preprocessor import MattingDataPreprocessor, resize_and_crop
from rvm.registry import MODELS
from tests.test_datasets.clips import (
    MattingClips,
    MemoryBackgrounds,
    SegmentationClips,
    matting_pipeline,
    smooth_pictures,
)


def samples(count=2, still=True, size=32, frames=3):
    """Return packed matting samples; the background is one picture."""
    result = []
    for seed in range(count):
        fgr = smooth_pictures(frames, size, size, 4, seed)
        bgr = smooth_pictures(1 if still else frames, size, size, 3, 50 + seed)
        result.append({'fgr_pha': to_tensor(fgr, frames), 'bgr': to_tensor(bgr, frames)})
    return result


def test_a_batch_is_composited():
    data = clip_collate(samples())
    batch = MattingDataPreprocessor()(data)
    fgr, pha, bgr = (data[k].double() / 255 for k in ('fgr_pha', 'fgr_pha', 'bgr'))
    fgr, pha = fgr[:, :, :3], pha[:, :, 3:]
    assert batch['src'].shape == (2, 3, 3, 32, 32)
    assert batch['pha'].shape == (2, 3, 1, 32, 32)
    assert batch['src'].dtype == torch.float32
    torch.testing.assert_close(batch['fgr'].double(), fgr, atol=1e-6, rtol=0)
    torch.testing.assert_close(
        batch['src'].double(), fgr * pha + bgr * (1 - pha), atol=1e-6, rtol=0
    )


def test_full_and_empty_alpha_are_exact():
    data = clip_collate(samples(1))
    data['fgr_pha'][..., 3, :16, :] = 255
    data['fgr_pha'][..., 3, 16:, :] = 0
    batch = MattingDataPreprocessor()(data)
    assert torch.equal(batch['src'][..., :16, :], batch['fgr'][..., :16, :])
    assert torch.equal(batch['src'][..., 16:, :], batch['bgr'][..., 16:, :])


def test_one_still_background_is_that_background_in_every_frame():
    still = clip_collate(samples(2, still=True))
    stored = {key: value.contiguous() for key, value in still.items()}
    first, second = MattingDataPreprocessor()(still), MattingDataPreprocessor()(stored)
    for key in ('fgr', 'pha', 'bgr', 'src'):
        assert torch.equal(first[key], second[key])


@pytest.mark.parametrize(('height', 'width'), [(20, 24), (31, 16), (17, 17)])
def test_the_training_crop(height, width):
    data = clip_collate(samples())
    data['crop'] = torch.tensor([[32, height, width]] * 2)
    batch = MattingDataPreprocessor()(data)
    side = max(height, width)
    fgr = data['fgr_pha'][:, :, :3].flatten(0, 1).float() / 255
    resized = torch.nn.functional.interpolate(
        fgr, (side, side), mode='bilinear', align_corners=False
    )
    top, left = (side - height) // 2, (side - width) // 2
    expected = resized[..., top : top + height, left : left + width].unflatten(0, (2, 3))
    torch.testing.assert_close(batch['fgr'], expected)
    assert batch['src'].shape == (2, 3, 3, height, width)
    assert 'crop' not in batch


def test_samples_of_one_batch_share_the_crop():
    data = clip_collate(samples())
    data['crop'] = torch.tensor([[32, 20, 20], [32, 20, 21]])
    with pytest.raises(ValueError, match='share one training crop'):
        MattingDataPreprocessor()(data)


def test_segmentation():
    clips = [{'src_seg': to_tensor(smooth_pictures(2, 16, 16, 4, seed), 2)} for seed in range(2)]
    batch = MattingDataPreprocessor()(clip_collate(clips))
    assert set(batch) == {'src', 'seg'}
    assert batch['src'].shape == (2, 2, 3, 16, 16)
    assert batch['seg'].shape == (2, 2, 1, 16, 16)


def test_evaluation_takes_the_source_and_leaves_the_truth_alone():
    data = {
        'src': torch.rand(1, 2, 3, 8, 8),
        'pha': torch.full((1, 2, 1, 8, 8), 255, dtype=torch.uint8),
        'clip': ['a/b'],
    }
    batch = MattingDataPreprocessor()(data)
    assert torch.equal(batch['src'], data['src'])
    assert batch['pha'] is data['pha']
    assert batch['clip'] == ['a/b']


def pipeline(**pack):
    return matting_pipeline(64, **pack)


@pytest.mark.parametrize('crop', [None, (40, 60)])
def test_worker_and_device_make_the_same_pictures(crop):
    """The mean difference is below 1/255, or below f/255 where a sharpness f follows an effect.

    The worker rounds to 8 bits after every effect, and sharpening multiplies what rounding did.
    """
    batches, factors = {}, []
    keys = [SampleKey(index % 3, index, 0, 1, crop) for index in range(8)]
    for effects in ('worker', 'device'):
        dataset = MattingClips(
            size=(96, 128),
            num_frames=5,
            pipeline=pipeline(effects=effects),
            backgrounds=MemoryBackgrounds((100, 80)),
        )
        batches[effects] = [MattingDataPreprocessor()(clip_collate([dataset[key]])) for key in keys]
    for key in keys:
        drawn = dataset.draw(key)['drawn']
        factors.append(max(drawn['sharpness'] or 1, 1))
    assert max(factors) > 1
    for worker, device, factor in zip(*batches.values(), factors, strict=True):
        for key in ('fgr', 'pha', 'bgr', 'src'):
            assert (worker[key] - device[key]).abs().mean() < factor / 255, key


def test_the_crop_in_the_warp_is_the_crop_on_the_device():
    """On smooth pictures without effects: one resampling against two."""
    batches = []
    for crop in ('device', 'warp'):
        steps = pipeline(crop=crop)
        for name in ('grain', 'color', 'greyscale', 'sharpness', 'blur'):
            steps[name] = None
        dataset = MattingClips(
            size=(96, 128),
            num_frames=3,
            pipeline=steps,
            backgrounds=MemoryBackgrounds((100, 80)),
        )
        data = clip_collate([dataset[SampleKey(0, 5, crop=(40, 60))]])
        batches.append(MattingDataPreprocessor()(data))
    for key in ('fgr', 'bgr'):
        first, second = (batch[key] for batch in batches)
        assert first.shape == second.shape == (1, 3, 3, 40, 60)
        inside = (first > 0.02) & (second > 0.02)
        assert ((first - second).abs() * inside).mean() < 1 / 255


def test_segmentation_samples_go_through():
    steps = {
        'crop': {'type': 'CropResize', 'size': 32},
        'color': {'type': 'ColorJitter', 'brightness': 0.3, 'hue': 0.1},
        'pack': {'type': 'PackSegmentation', 'effects': 'device'},
    }
    dataset = SegmentationClips(num_frames=2, pipeline=steps)
    batch = MattingDataPreprocessor()(clip_collate([dataset[SampleKey(0, 0, crop=(20, 30))]]))
    assert batch['src'].shape == (1, 2, 3, 20, 30)
    assert batch['seg'].shape == (1, 2, 1, 20, 30)


def test_it_is_registered():
    assert isinstance(MODELS.build({'type': 'MattingDataPreprocessor'}), MattingDataPreprocessor)


def test_the_crop_of_the_full_size_is_cut_without_a_resize():
    frames = torch.rand(1, 3, 16, 16)
    assert torch.equal(resize_and_crop(frames, CropView(16, 16, 8)), frames[..., 4:12])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
def test_the_same_on_a_gpu():
    data = clip_collate(samples())
    data['crop'] = torch.tensor([[32, 20, 24]] * 2)
    expected = MattingDataPreprocessor()(data)
    found = MattingDataPreprocessor().to('cuda')(data)
    for key, value in expected.items():
        torch.testing.assert_close(found[key].cpu(), value, atol=1e-5, rtol=0)


def test_smooth_pictures_differ():
    assert len(np.unique(smooth_pictures(3, 8, 8, 3).mean((1, 2, 3)))) == 3
