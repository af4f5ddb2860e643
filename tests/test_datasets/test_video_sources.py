"""Training straight from video files: right at random, and damage is named or replaced."""

import logging
import pickle

import numpy as np
import pytest

from rvm.datasets import SampleKey, VideoBackgrounds, VideoMatteDataset
from rvm.datasets.frames import PairedFrames, VideoFrames
from rvm.errors import DataError, MediaError
from rvm.io import open_reader
from tests.test_datasets.clips import MemoryBackgrounds
from tests.test_io.media_factory import X264_CLOSED, X264_OPEN, truncate, write_video

COUNT = 30
FAST_START = {'movflags': 'faststart'}
KINDS = {
    'closed groups': {'options': X264_CLOSED},
    'open groups': {'options': X264_OPEN},
    'fragmented': {
        'options': X264_OPEN,
        'container_options': {'movflags': 'frag_keyframe+empty_moov+default_base_moof'},
    },
    'variable rate': {
        'options': X264_CLOSED,
        'stamps': np.cumsum([1 + number % 3 for number in range(COUNT)]).tolist(),
    },
    'rotated': {'options': X264_CLOSED, 'rotation': 90.0},
}
PIPELINE = {
    'frames': {'type': 'SampleFrames', 'speeds': (0.5, 1, 3), 'shift': True, 'reverse': 0.5},
    'crop': {'type': 'CropResize', 'size': 32},
    'pack': {'type': 'PackMatting'},
}


def make_root(folder, names=('0000', '0001'), **options):
    for name in names:
        for part in ('fgr', 'pha'):
            (folder / part).mkdir(parents=True, exist_ok=True)
            write_video(folder / part / f'{name}.mp4', COUNT, **options)
    return folder


def build(root, **options):
    return VideoMatteDataset(
        data_root=str(root),
        num_frames=5,
        pipeline=PIPELINE,
        backgrounds=MemoryBackgrounds(),
        **options,
    )


@pytest.mark.parametrize('kind', list(KINDS))
def test_frames_at_random_are_those_of_playing(tmp_path, kind):
    root = make_root(tmp_path, ('0000',), **KINDS[kind])
    dataset = build(root)
    source = dataset.get_data_info(0)['fgr']
    assert isinstance(source, PairedFrames)
    with open_reader(root / 'fgr' / '0000.mp4') as reader:
        played = [frame.image for frame in reader]
    assert len(source) == len(played) == COUNT
    assert source.size() == played[0].shape[:2]
    rng = np.random.default_rng(0)
    for _ in range(6):
        numbers = np.unique(rng.integers(COUNT, size=5)).tolist()
        for number, image in zip(numbers, source.load(numbers), strict=True):
            assert np.array_equal(image[..., :3], played[number]), number
    sample = dataset[SampleKey(2, 2, 1, 0)]
    assert sample['fgr_pha'].shape == (5, 4, 32, 32)


def test_a_rotated_pair_is_upright(tmp_path):
    source = build(make_root(tmp_path, **KINDS['rotated'])).get_data_info(0)['fgr']
    assert source.size() == (64, 48)
    assert next(source.load([7])).shape == (64, 48, 4)


def test_a_file_that_is_cut_off_is_named_at_the_start(tmp_path):
    root = make_root(tmp_path, options=X264_CLOSED, container_options=FAST_START)
    whole = root / 'pha' / '0001.mp4'
    whole.rename(tmp_path / 'whole.mp4')
    truncate(tmp_path / 'whole.mp4', whole, 0.6)
    with pytest.raises(
        (DataError, MediaError), match=r'fgr/0001 has 30 frames and pha/0001 has 10'
    ):
        build(root)


def test_what_is_left_of_a_cut_background_is_used_and_said_each_time(tmp_path, caplog):
    clip = make_root(tmp_path, ('0000',), options=X264_CLOSED, container_options=FAST_START)
    (clip / 'cut').mkdir()
    truncate(clip / 'fgr' / '0000.mp4', clip / 'cut' / '0000.mp4', 0.6)
    for _ in range(2):
        caplog.clear()
        videos = VideoBackgrounds(data_root=str(clip), path='cut')
        assert 0 < len(videos.get_data_info(0)['bgr']) < COUNT
        assert '0000.mp4: the file ends after frame' in caplog.text


def damage(path, begin=0.5, end=0.9):
    """Overwrite a part of the pictures, not of the index that stands before them."""
    data = bytearray(path.read_bytes())
    first, last = int(len(data) * begin), int(len(data) * end)
    data[first:last] = b'\xff' * (last - first)
    path.write_bytes(data)


@pytest.fixture
def damaged(tmp_path):
    root = make_root(tmp_path, options=X264_CLOSED, container_options=FAST_START)
    damage(root / 'fgr' / '0001.mp4')
    return root


def indices_of(dataset, clip):
    return [i for i in range(len(dataset)) if dataset.place(i)[0] == clip]


def test_damage_inside_a_file_is_an_error_that_names_file_and_frame(damaged):
    dataset = build(damaged)
    for index in indices_of(dataset, 0):
        dataset[index]
    with pytest.raises(MediaError, match=r'0001\.mp4.*frame \d+'):
        [dataset[index] for index in indices_of(dataset, 1)]


def test_or_another_sample_is_taken_and_said(damaged, caplog):
    dataset = build(damaged, on_error='substitute')
    with caplog.at_level(logging.WARNING):
        samples = [dataset[index] for index in range(len(dataset))]
    assert len(samples) == 12
    assert 'fgr/0001.mp4' in caplog.text
    assert 'is used instead of' in caplog.text
    again = build(damaged, on_error='substitute')
    for index, sample in enumerate(samples):
        assert np.array_equal(again[index]['fgr_pha'], sample['fgr_pha'])


def test_a_video_source_is_some_bytes(tmp_path):
    record = build(make_root(tmp_path)).get_data_info(0)
    assert isinstance(record['fgr'].picture, VideoFrames)
    assert len(pickle.dumps(record)) < 1000
