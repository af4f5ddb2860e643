"""The end of a pipeline."""

import numpy as np
import pytest
import torch

from rvm.datasets import SampleKey
from rvm.datasets.transforms import CropResize, PackMatting, PackSegmentation
from rvm.errors import ConfigError
from tests.test_datasets.clips import fresh_results


def cropped(key=None, sizes=None, size=32):
    results = fresh_results(3, 0, sizes)
    results['key'] = key or results['key']
    return CropResize(size)(results)


def test_a_matting_sample():
    results = cropped(SampleKey(2, 7, 3))
    expected = {name: stream.render() for name, stream in results['streams'].items()}
    sample = PackMatting()(results)
    assert set(sample) == {'clip', 'index', 'epoch', 'frames', 'fgr_pha', 'bgr'}
    assert sample['fgr_pha'].shape == (3, 4, 32, 32)
    assert sample['fgr_pha'].dtype == torch.uint8
    assert np.array_equal(sample['fgr_pha'].permute(0, 2, 3, 1), expected['fgr'])
    assert np.array_equal(sample['bgr'].permute(0, 2, 3, 1), expected['bgr'])
    assert (sample['index'], sample['epoch'], sample['clip']) == (7, 3, 'clip')
    assert sample['frames'].tolist() == [0, 1, 2]


def test_a_segmentation_sample():
    sample = PackSegmentation()(cropped(sizes={'src': (40, 40)}))
    assert set(sample) == {'clip', 'index', 'epoch', 'frames', 'src_seg'}
    assert sample['src_seg'].shape == (3, 4, 32, 32)


def test_equal_frames_are_stored_once():
    results = cropped()
    results['streams']['bgr'].numbers[:] = 4
    sample = PackMatting()(results)
    assert sample['bgr'].shape == (3, 3, 32, 32)
    assert sample['bgr'].untyped_storage().nbytes() == 3 * 32 * 32


def test_effects_are_left_to_the_device():
    results = cropped()
    results['streams']['bgr'].add_effect(brightness=1.5)
    plain = cropped()['streams']['bgr'].render()
    sample = PackMatting(effects='device')(results)
    assert np.array_equal(sample['bgr'].permute(0, 2, 3, 1), plain)
    assert sample['bgr_effects'].shape == (3, 11)
    assert (sample['bgr_effects'] == 1.5).sum() == 3
    assert sample['fgr_effects'].dtype == torch.float32


def test_the_crop_is_announced_or_taken():
    key = SampleKey(0, 0, crop=(20, 24))
    sample = PackMatting()(cropped(key))
    assert sample['crop'].tolist() == [32, 20, 24]
    assert sample['bgr'].shape == (3, 3, 32, 32)
    sample = PackMatting(crop='warp')(cropped(key))
    assert sample['view'].tolist() == [32, 20, 24]
    assert sample['bgr'].shape == (3, 3, 20, 24)
    assert sample['fgr_pha'].shape == (3, 4, 20, 24)


@pytest.mark.parametrize('options', [{'effects': 'gpu'}, {'crop': 'worker'}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ConfigError, match='must be'):
        PackMatting(**options)


def test_a_stream_that_is_missing_is_named():
    with pytest.raises(ConfigError, match=r"needs the stream 'bgr'.*give it backgrounds"):
        PackMatting()(cropped(sizes={'fgr': (40, 40)}))
    with pytest.raises(ConfigError, match="needs the stream 'src'"):
        PackSegmentation()(cropped())


def test_a_crop_needs_a_square_that_holds_it():
    with pytest.raises(ConfigError, match=r'40x24.*square'):
        PackMatting()(cropped(SampleKey(0, 0, crop=(40, 24))))
    results = fresh_results(2)
    results['key'] = SampleKey(0, 0, crop=(20, 20))
    with pytest.raises(ConfigError, match='one square'):
        PackMatting()(results)
