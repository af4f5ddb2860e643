from types import SimpleNamespace

import pytest

from rvm.datasets import StillBackgrounds, VideoMatteDataset
from rvm.datasets.compositing.plan import Take
from rvm.datasets.compositing.sources import below_root, describe_dataset, describe_take
from tests.test_datasets.composited import make_sources
from tests.test_datasets.footage import picture, save_video


@pytest.fixture
def root(tmp_path):
    return make_sources(tmp_path / 'data')


def test_a_take_is_described_below_the_data_root(root):
    dataset = VideoMatteDataset(data_root=str(root), path='clips')
    record = dataset.get_data_info(2)
    described = describe_take(Take('c', record['fgr'], 1), 'fgr', dataset, 6)
    assert described == {
        'clip': 'c',
        'fgr': 'clips/fgr/c',
        'pha': 'clips/pha/c',
        'size': [32, 24],
        'frames': 4,
        'first_frame': 1,
        'turns': True,
    }
    assert describe_dataset(dataset, 3) == {
        'type': 'VideoMatteDataset',
        'path': 'clips',
        'clips': 3,
    }


def test_nothing_is_said_of_the_machine(root):
    dataset = StillBackgrounds(path=str(root / 'stills'))
    take = Take('0.jpg', dataset.get_data_info(0)['bgr'])
    assert describe_take(take, 'bgr', dataset, 6)['bgr'] == 'stills/0.jpg'
    assert describe_dataset(dataset, 3)['path'] == 'stills'
    other = SimpleNamespace(data_root='data', folder=root)
    assert below_root(root.parent / 'elsewhere', other) == 'elsewhere'


def test_a_video_is_its_file(tmp_path):
    for kind in ('fgr', 'pha'):
        save_video(tmp_path / 'set' / kind / 'one.mp4', [picture(50)] * 2)
    dataset = VideoMatteDataset(data_root=str(tmp_path), path='set')
    described = describe_take(Take('one', dataset.get_data_info(0)['fgr']), 'fgr', dataset, 2)
    assert (described['fgr'], described['pha']) == ('set/fgr/one.mp4', 'set/pha/one.mp4')
