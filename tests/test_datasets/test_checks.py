"""`check_dataset` passes what is right, and says in a sentence what is wrong."""

import dataclasses
import random

import numpy as np
import pytest
import torch

from rvm.datasets import MixedDataset
from rvm.datasets.checks import check_dataset
from rvm.datasets.frames import ArrayFrames
from rvm.errors import DataError
from tests.test_datasets.clips import (
    MattingClips,
    MemoryBackgrounds,
    SegmentationClips,
    matting_pipeline,
    smooth_pictures,
)

CROP = {'type': 'CropResize', 'size': 16}


class Step:
    """A transform made of a function; picklable, as the functions below are."""

    def __init__(self, function):
        self.function = function

    def __call__(self, results):
        return self.function(results)


def build(cls=MattingClips, steps=(), packed='PackMatting', after=(), **options):
    frames = {'type': 'SampleFrames', 'shift': True}
    pipeline = [frames, *map(Step, steps), CROP, {'type': packed}, *map(Step, after)]
    options = {'num_frames': 3, 'backgrounds': MemoryBackgrounds(), 'pipeline': pipeline, **options}
    return cls(**options)


class Records(MattingClips):
    """Clips whose records are changed by `change`."""

    change = staticmethod(lambda record, number: record)

    def load_data_list(self):
        records = super().load_data_list()
        return [self.change(record, number) for number, record in enumerate(records)]


class Unnamed(Records):
    def filter_data(self):
        return self.data_list


class Doubled(Records):
    change = staticmethod(lambda record, number: {**record, 'clip': 'same'})


class Raw(Records):
    change = staticmethod(lambda record, number: {**record, 'fgr': 'abc'})


class Opaque(Records):
    change = staticmethod(
        lambda record, number: {**record, 'fgr': ArrayFrames(smooth_pictures(2, 9, 9, 3), 'rgb')}
    )


class Faint(Records):
    @staticmethod
    def change(record, number):
        frames = record['fgr'].frames.copy()
        frames[..., 3] = frames[..., 3] > 100
        return {**record, 'fgr': ArrayFrames(frames, 'rgba')}


@dataclasses.dataclass(frozen=True, eq=False)
class Stubborn(ArrayFrames):
    """Does not shrink."""

    def load(self, numbers, shrink=1):
        yield from super().load(numbers)


class Unshrunk(Records):
    change = staticmethod(
        lambda record, number: {**record, 'fgr': Stubborn(record['fgr'].frames, 'rgba')}
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Frozen(ArrayFrames):
    """Gives frames that cannot be written into."""

    def load(self, numbers, shrink=1):
        for image in super().load(numbers, shrink):
            image.flags.writeable = False
            yield image


class ReadOnly(Records):
    change = staticmethod(
        lambda record, number: {**record, 'fgr': Frozen(record['fgr'].frames, 'rgba')}
    )


@pytest.mark.parametrize(
    ('cls', 'sentence'),
    [
        (Unnamed, 'a name that does not exist is not refused'),
        (Doubled, 'several records are called same'),
        (Opaque, "0000: the source of 'fgr' is of kind 'rgb', not 'rgba'"),
        (Faint, 'nowhere above 1 of 255'),
        (Unshrunk, r'gave \(48, 64, 4\) uint8, not \(24, 32, 4\) uint8 \(shrink=2\)'),
        (ReadOnly, 'cannot be written into'),
    ],
)
def test_wrong_records(cls, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_dataset(build(cls))


def test_a_source_that_is_none():
    with pytest.raises(DataError, match=r"'fgr' of .* is a str, no FrameSource"):
        check_dataset(build(Raw))


def global_numpy(results):
    results['streams']['fgr'].add_effect(brightness=np.random.uniform(0.5, 1.5))  # noqa: NPY002
    return results


def global_random(results):
    results['streams']['fgr'].add_effect(brightness=random.uniform(0.5, 1.5))
    return results


def global_torch(results):
    results['streams']['fgr'].add_effect(brightness=float(torch.rand(()) + 0.5))
    return results


class Remember:
    """Keeps a count between samples."""

    def __init__(self):
        self.count = 0

    def __call__(self, results):
        self.count += 1
        results['streams']['fgr'].add_effect(brightness=1 + 0.1 * (self.count % 7))
        return results


@pytest.mark.parametrize('step', [global_numpy, global_random, global_torch, Remember()])
def test_samples_that_depend_on_more_than_their_key(step):
    with pytest.raises(AssertionError, match='has another fgr_pha; draw from results'):
        check_dataset(build(steps=[step]))


def other_type(sample):
    return {**sample, 'bgr': sample['bgr'].float()}


def other_size(sample):
    return {**sample, 'bgr': sample['bgr'][..., :8]}


def fewer_frames(sample):
    return {**sample, 'frames': sample['frames'][:1]}


def no_clip(sample):
    return {**sample, 'clip': ''}


def no_background(sample):
    return {name: value for name, value in sample.items() if name != 'bgr'}


@pytest.mark.parametrize(
    ('step', 'sentence'),
    [
        (other_type, r'bgr is \(3, 3, 16, 16\) torch.float32, not .* uint8'),
        (other_size, 'pictures of several sizes'),
        (fewer_frames, r'fgr_pha is \(3, 4, 16, 16\) torch.uint8, not \(1, 4, 16, 16\) uint8'),
        (no_clip, "'clip' is a name"),
        (no_background, 'must end in PackMatting'),
        (list, 'is a list, not a dict'),
    ],
)
def test_wrong_samples(step, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_dataset(build(after=[step]))


class Endless(MattingClips):
    def place(self, index):
        return super().place(index % len(self))


class Deaf(MattingClips):
    """Draws, and does nothing with it."""

    def prepare_data(self, idx):
        return {**super().prepare_data(dataclasses.replace(idx, epoch=0)), 'epoch': idx.epoch}


class Long(MattingClips):
    """Cannot make clips of one frame."""

    def start(self, key):
        assert self.num_frames > 1, 'a clip of one frame'
        return super().start(key)


@pytest.mark.parametrize(
    ('cls', 'sentence'),
    [
        (Endless, r'Endless\[-?\d+\] must raise IndexError'),
        (Deaf, 'four epochs drew differently and gave the same pictures'),
        (Long, 'a clip of one frame'),
    ],
)
def test_wrong_data_sets(cls, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_dataset(build(cls))


@pytest.mark.parametrize('items', ['window', 'frame', 'clip'])
def test_right_ones_pass(items):
    check_dataset(build(items=items, pipeline=matting_pipeline()), samples=2)


def test_segmentation_and_mixtures_pass():
    check_dataset(build(SegmentationClips, packed='PackSegmentation', backgrounds=None))
    check_dataset(MixedDataset({'a': build(), 'b': build(lengths=(1,))}, repeat={'b': 3}))


def test_global_states_are_as_before():
    random.seed(3)
    torch.manual_seed(3)
    expected = random.getstate(), torch.get_rng_state().clone()
    check_dataset(build(), samples=2)
    assert random.getstate() == expected[0]
    assert torch.equal(torch.get_rng_state(), expected[1])
