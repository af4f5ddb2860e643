import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from rvm.datasets import ClipDataset, SampleKey
from rvm.datasets.frames import ArrayFrames, PairedFrames
from rvm.errors import ConfigError, DataError, MediaError
from tests.test_datasets.clips import (
    MattingClips,
    MemoryBackgrounds,
    SegmentationClips,
    matting_pipeline,
    smooth_pictures,
)

PICTURES = ('fgr_pha', 'bgr')


def build(lengths=(7, 3, 1), cls=MattingClips, size=16, **options):
    options = {'num_frames': 3, 'pipeline': matting_pipeline(size), **options}
    if cls is not SegmentationClips:
        options.setdefault('backgrounds', MemoryBackgrounds())
    return cls(lengths=lengths, **options)


def equal(one, other):
    return all(torch.equal(one[name], other[name]) for name in PICTURES)


@pytest.mark.parametrize(
    ('items', 'expected'),
    [
        ('window', [(0, 0), (0, 3), (0, 6), (1, 0), (2, 0)]),
        ('frame', [(0, n) for n in range(7)] + [(1, n) for n in range(3)] + [(2, 0)]),
        ('clip', [(0, 0), (1, 0), (2, 0)]),
    ],
)
def test_items(items, expected):
    dataset = build(items=items)
    assert [dataset.place(index) for index in range(len(dataset))] == expected
    for index in (-1, len(dataset)):
        with pytest.raises(IndexError, match=f'has items 0 to {len(expected) - 1}, not {index}'):
            dataset[index]


def test_an_epoch_can_cover_the_backgrounds():
    class Many(MemoryBackgrounds):
        def __len__(self):
            return 8

    dataset = build(items='clip', cover_backgrounds=True, backgrounds=Many())
    assert [dataset.place(index)[0] for index in range(len(dataset))] == [0, 1, 2, 0, 1, 2, 0, 1]
    assert len(build(items='window', cover_backgrounds=True)) == 5
    assert len(build(items='clip', backgrounds=Many())) == 3


def test_results_at_the_start():
    results = build(cls=MattingClips).start(SampleKey(1, 1))
    assert results['num_frames'] == 3
    assert list(results['streams']) == ['fgr', 'bgr']
    assert results['streams']['fgr'].start == 3
    assert results['streams']['fgr'].numbers.tolist() == [3, 4, 5]
    assert results['clip'].startswith('0000, background ')
    assert results['drawn']['clip'] == '0000'
    assert results['drawn']['start'] == 3
    assert results['drawn']['background'] in ('background 0', 'background 1')


def test_a_sample_is_a_function_of_its_key():
    dataset = build()
    keys = [SampleKey(index, draw, epoch, seed) for index, draw, epoch, seed in
            ((0, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (1, 1, 0, 0))]  # fmt: skip
    first = [dataset[key] for key in keys]
    assert all(equal(dataset[key], sample) for key, sample in zip(keys, first, strict=True))
    for one in range(len(keys)):
        for other in range(one):
            assert not equal(first[one], first[other])


def test_a_number_is_an_item_of_epoch_0_with_seed_0():
    dataset = build()
    assert equal(dataset[2], dataset[SampleKey(2, 2)])
    assert equal(dataset[np.int64(2)], dataset[2])


def test_workers_give_the_same_bits():
    dataset = build()
    keys = [SampleKey(index, index, 2, 3) for index in range(len(dataset))]
    for workers in (1, 2):
        loader = DataLoader(dataset, batch_size=None, sampler=keys, num_workers=workers)
        assert all(equal(dataset[k], sample) for k, sample in zip(keys, loader, strict=True))


@pytest.mark.parametrize('num_frames', [1, 2, 20])
@pytest.mark.parametrize('lengths', [(1,), (2, 1), (7,)])
def test_any_length_and_any_number_of_frames(lengths, num_frames):
    dataset = build(lengths, num_frames=num_frames)
    for index in range(len(dataset)):
        sample = dataset[index]
        assert sample['fgr_pha'].shape == (num_frames, 4, 16, 16)
        assert sample['bgr'].shape == (num_frames, 3, 16, 16)


@pytest.mark.parametrize('size', [(1, 1), (17, 33), (401, 16)])
def test_odd_sizes(size):
    sample = MattingClips(
        lengths=(3,),
        size=size,
        num_frames=2,
        pipeline=matting_pipeline(16),
        backgrounds=MemoryBackgrounds((13, 7)),
    )[0]
    assert sample['fgr_pha'].shape == (2, 4, 16, 16)


def test_segmentation():
    steps = {
        name: step
        for name, step in matting_pipeline(16).items()
        if name in ('frames', 'fit', 'crop')
    }
    sample = build(cls=SegmentationClips, pipeline={**steps, 'pack': {'type': 'PackSegmentation'}})[
        0
    ]
    assert sample['src_seg'].shape == (3, 4, 16, 16)
    assert 'bgr' not in sample


def test_steps_can_be_left_out_by_name_or_be_a_list():
    steps = matting_pipeline(16)
    assert len(build(pipeline={**steps, 'grain': None}).transforms) == len(steps) - 1
    assert equal(build(pipeline=list(steps.values()))[0], build()[0])


class Damaged(MattingClips):
    """Clip 0001 cannot be read."""

    error = MediaError

    def load_data_list(self):
        records = super().load_data_list()
        records[1]['fgr'] = Broken(records[1]['fgr'].frames, 'rgba')
        return records


class Broken(ArrayFrames):
    def load(self, numbers, shrink=1):
        raise Damaged.error('frame 2 of clip 0001 is damaged')


def test_a_damaged_item_is_an_error_by_default():
    with pytest.raises(MediaError, match='frame 2 of clip 0001'):
        build(cls=Damaged)[3]


@pytest.mark.parametrize('error', [MediaError, DataError])
def test_a_damaged_item_can_be_replaced_by_another(error, caplog, monkeypatch):
    monkeypatch.setattr(Damaged, 'error', error)
    dataset = build(cls=Damaged, on_error='substitute')
    sample = dataset[3]
    assert not sample['clip'].startswith('0001')
    assert 'frame 2 of clip 0001 is damaged; item' in caplog.text
    assert 'used instead of 3' in caplog.text
    assert equal(dataset[3], sample)  # a function of the key, too
    others = {dataset[SampleKey(3, 3, epoch)]['clip'][:4] for epoch in range(20)}
    assert others == {'0000', '0002'}


def test_a_bug_is_never_hidden(monkeypatch):
    monkeypatch.setattr(Damaged, 'error', ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        build(cls=Damaged, on_error='substitute')[3]


def test_nothing_but_damage_is_an_error(caplog):
    with pytest.raises(MediaError, match='clip 0001'):
        build((1, 1, 1), cls=Damaged, on_error='substitute', names=['0001'])[0]


@pytest.mark.parametrize(
    ('options', 'sentence'),
    [
        ({'num_frames': 0}, 'num_frames must be 1 or more, not 0'),
        ({'num_frames': 1.5}, r'num_frames must be 1 or more, not 1\.5'),
        ({'items': 'windows'}, "items must be one of window, frame, clip, not 'windows'"),
        ({'on_error': 'ignore'}, "on_error must be one of raise, substitute, not 'ignore'"),
        ({'matte_interpolation': 'cubic'}, 'matte_interpolation must be one of linear, nearest'),
    ],
)
def test_wrong_options_are_named(options, sentence):
    with pytest.raises(ConfigError, match=sentence):
        build(**options)


def test_backgrounds_that_are_missing_are_asked_for():
    with pytest.raises(ConfigError, match="needs the stream 'bgr'.* give it backgrounds"):  # noqa: RUF043
        build(backgrounds=None)[0]


GREY_FRAMES = ArrayFrames(smooth_pictures(2, 8, 8, 1)[..., 0], 'grey')


class Wrong(ClipDataset):
    def __init__(self, records, **kwargs):
        self.records = records
        super().__init__(**kwargs)

    def load_data_list(self):
        return self.records


def test_wrong_records_are_refused():
    frames = ArrayFrames(smooth_pictures(2, 8, 8, 4), 'rgba')
    with pytest.raises(DataError, match="a record needs 'clip'"):
        Wrong([{'clip': 'a'}])
    with pytest.raises(DataError, match="either 'fgr' or 'src'"):
        Wrong([{'clip': 'a', 'fgr': frames, 'src': frames}])
    with pytest.raises(DataError, match=r"either 'fgr' or 'src', not .* \(of b\)"):
        Wrong([{'clip': 'a', 'fgr': frames}, {'clip': 'b', 'source': frames}])
    pair = PairedFrames(ArrayFrames(smooth_pictures(3, 8, 8, 3), 'rgb'), GREY_FRAMES)
    with pytest.raises(DataError, match=r'are 3 frames, .* 2; each needs its matte'):
        Wrong([{'clip': 'a', 'fgr': pair}])
    empty = ArrayFrames(frames.frames[:0], 'rgba')
    with pytest.raises(DataError, match='1 clips have no frames: b'):
        Wrong([{'clip': 'a', 'fgr': frames}, {'clip': 'b', 'fgr': empty}])


def test_indices_restrict():
    assert len(build(items='clip', indices=2)) == 2


class DamagedBackgrounds(MemoryBackgrounds):
    """Its clip cannot be read."""

    def __init__(self):
        super().__init__()
        self.sources[1] = Broken(self.sources[1].frames, 'rgb')


def test_a_damaged_background_is_replaced_by_another_draw(caplog):
    dataset = build(backgrounds=DamagedBackgrounds(), on_error='substitute')
    keys = [SampleKey(index, index, epoch) for epoch in range(4) for index in range(len(dataset))]
    samples = [dataset[key] for key in keys]
    assert all(sample['clip'].endswith('background 0') for sample in samples)
    assert 'is used instead of' in caplog.text
    with pytest.raises(MediaError, match='damaged'):
        [build(backgrounds=DamagedBackgrounds())[key] for key in keys]


def test_subsets_are_refused():
    with pytest.raises(NotImplementedError, match=r'indices=\.\.\. or names=\.\.\.'):
        build().get_subset(1)


def test_the_kind_of_a_source_must_fit_its_stream():
    grey = ArrayFrames(smooth_pictures(2, 8, 8, 3), 'rgb')
    with pytest.raises(DataError, match=r"kind 'rgb'; the stream 'fgr' needs 'rgba'"):
        Wrong([{'clip': 'a', 'fgr': grey}], pipeline=[])[0]
