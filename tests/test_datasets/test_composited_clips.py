import json
import pickle

import pytest
import torch

from rvm.datasets import ChunkKey, CompositedClips, SampleKey, StillBackgrounds, VideoMatteDataset
from rvm.datasets.chunked_clips import ChunkSampler
from rvm.errors import ConfigError, DataError, MediaError
from rvm.registry import DATASETS
from tests.test_datasets.composited import clips_over, images_over, make_sources
from tests.test_datasets.footage import frame_value

STREAMS = {'src': 3, 'pha': 1, 'fgr': 3, 'bgr': 3}
CASES = [
    (make, backgrounds)
    for make in (clips_over, images_over)
    for backgrounds in ('stills', 'videos')
]


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Sources that no test changes."""
    return make_sources(tmp_path_factory.mktemp('sources') / 'data')


def build(config):
    return CompositedClips(**config)


def described(dataset):
    return [dataset.describe(index) for index in range(len(dataset))]


def equal(one, two):
    same = [torch.equal(one[name], two[name]) for name in STREAMS]
    return all(same) and one['clip'] == two['clip'] and one['frames'] == two['frames']


@pytest.mark.parametrize(('make', 'backgrounds'), CASES)
def test_an_item_is_a_clip(root, make, backgrounds):
    dataset = DATASETS.build({'type': 'CompositedClips', **make(root, backgrounds)})
    height, width = (12, 16) if make is clips_over else (24, 24)
    assert (len(dataset), dataset.num_frames(0)) == (4, 6)
    sample = dataset[3]
    assert sorted(sample) == ['bgr', 'clip', 'fgr', 'frames', 'length', 'pha', 'src', 'start']
    assert (sample['clip'], sample['start'], sample['length']) == ('made/0003', 0, 6)
    assert sample['frames'] == ['0000', '0001', '0002', '0003', '0004', '0005']
    for name, channels in STREAMS.items():
        assert sample[name].shape == (6, channels, height, width)
        assert sample[name].dtype == torch.uint8
    assert sample['src'].permute(0, 2, 3, 1).is_contiguous()


@pytest.mark.parametrize(('make', 'backgrounds'), CASES)
def test_the_composite_follows_from_its_parts(root, make, backgrounds):
    sample = build(make(root, backgrounds))[1]
    share = sample['pha'].double() / 255
    exact = sample['fgr'].double() * share + sample['bgr'].double() * (1 - share)
    assert torch.equal(sample['src'].double(), exact.round())
    assert 0.02 < share.mean() < 0.9


@pytest.mark.parametrize(('make', 'backgrounds'), CASES)
def test_chunks_together_are_the_clip(root, make, backgrounds):
    dataset = build(make(root, backgrounds))
    for index in (0, 2):
        whole, chunks = dataset[index], list(dataset.iter_chunks(index, 4))
        assert [len(chunk['frames']) for chunk in chunks] == [4, 2]
        assert [chunk['start'] for chunk in chunks] == [0, 4]
        for name in STREAMS:
            assert torch.equal(torch.cat([chunk[name] for chunk in chunks]), whole[name])
    assert len(list(ChunkSampler(dataset, 4))) == 8
    assert torch.equal(dataset[ChunkKey(0, 5, 6)]['src'], dataset[0]['src'][5:])
    assert equal(dataset[SampleKey(1, 7, epoch=3, seed=5)], dataset[1])


@pytest.mark.parametrize('make', [clips_over, images_over])
def test_a_sample_depends_on_its_number_and_the_seed_alone(root, make):
    few, many = build(make(root, num_samples=7)), build(make(root, num_samples=9, name='other'))
    assert described(few) == described(many)[:7]
    for index in range(2):
        assert torch.equal(few[index]['src'], many[index]['src'])
    again = pickle.loads(pickle.dumps(many))
    assert described(again) == described(many)


def test_the_seed_governs_windows_and_backgrounds(root):
    found = [described(build(clips_over(root, num_samples=12, seed=seed))) for seed in range(3)]
    for one, two in ((0, 1), (1, 2), (0, 2)):
        pairs = list(zip(found[one], found[two], strict=True))
        assert any(
            a['foreground']['first_frame'] != b['foreground']['first_frame'] for a, b in pairs
        )
        assert any(a['background']['clip'] != b['background']['clip'] for a, b in pairs)
        assert all(a['foreground']['clip'] == b['foreground']['clip'] for a, b in pairs)


def test_the_seed_governs_the_motion_and_every_sample_has_its_own(root):
    motions = [
        json.dumps(sample['motion'])
        for seed in range(3)
        for sample in described(build(images_over(root, num_samples=8, seed=seed)))
    ]
    assert len(set(motions)) == 24


def test_over_other_backgrounds_the_foregrounds_are_the_same(root):
    for make in (clips_over, images_over):
        still, moving = (build(make(root, kind))[1] for kind in ('stills', 'videos'))
        assert torch.equal(still['fgr'], moving['fgr'])
        assert torch.equal(still['pha'], moving['pha'])
        assert not torch.equal(still['bgr'], moving['bgr'])


def test_frames_are_those_of_the_window(root):
    dataset = build(clips_over(root, size=(32, 24), num_samples=6))
    for index in range(6):
        sample, said = dataset[index], dataset.describe(index)['foreground']
        clip, length, first = 'abc'.index(said['clip']), said['frames'], said['first_frame']
        assert clip == index % 3
        path = [*range(length), *range(length - 2, 0, -1)] * 4
        values = [frame_value(clip, number) for number in path[first : first + 6]]
        assert sample['fgr'][:, 0, 5, 5].tolist() == values
        assert sample['pha'][:, 0, 5, 5].tolist() == values
        assert said['turns'] == (clip == 2)
        assert said['turns'] or first + 6 <= length


def test_a_video_background_starts_at_its_first_frame_and_turns_at_its_end(root):
    dataset = build(clips_over(root, 'videos'))
    for index in range(4):
        clip = int(dataset.describe(index)['background']['clip'])
        values = [50 * number + 9 * clip for number in (0, 1, 2, 3, 4, 3)]
        assert dataset[index]['bgr'][:, 0, 3, 3].tolist() == values
        assert dataset.describe(index)['background']['turns']


def test_a_still_background_stands_still_and_all_are_used(root):
    dataset = build(clips_over(root, num_samples=3))
    assert {sample['background']['clip'] for sample in described(dataset)} == {
        '0.jpg',
        '1.jpg',
        '2.jpg',
    }
    backgrounds = dataset[0]['bgr']
    assert (backgrounds == backgrounds[:1]).all()


def test_images_move_and_every_second_round_is_mirrored(root):
    dataset = build(images_over(root, num_samples=6))
    said = described(dataset)
    assert [one['foreground']['clip'] for one in said] == ['tall.png', 'wide.png'] * 3
    assert [one['motion']['mirrored'] for one in said] == [False] * 2 + [True] * 2 + [False] * 2
    for index in range(6):
        pha = dataset[index]['pha']
        assert not torch.equal(pha[0], pha[-1])
    assert said[0]['motion']['from'] != said[2]['motion']['from']


@pytest.mark.parametrize('size', [(16, 12), (17, 13), (1, 1), (63, 35)])
def test_sizes_are_exact(root, size):
    sample = build(clips_over(root, size=size, num_frames=2))[0]
    assert {sample[name].shape[2:] for name in STREAMS} == {size[::-1]}


@pytest.mark.parametrize('resolution', [1, 24, 25, 63])
def test_resolutions_are_exact(root, resolution):
    sample = build(images_over(root, resolution=resolution, num_frames=2))[1]
    assert {sample[name].shape[2:] for name in STREAMS} == {(resolution, resolution)}


@pytest.mark.parametrize('make', [clips_over, images_over])
def test_one_frame_is_a_still(root, make):
    dataset = build(make(root, num_frames=1))
    assert dataset[0]['src'].shape[:2] == (1, 3)
    if make is images_over:
        longer = build(make(root))
        assert torch.equal(dataset[0]['src'][0], longer[0]['src'][0])


def test_datasets_can_be_given_as_they_are(root):
    config = clips_over(root)
    foregrounds = VideoMatteDataset(data_root=str(root), path='clips')
    backgrounds = StillBackgrounds(data_root=str(root), path='stills')
    given = build(config | {'foregrounds': foregrounds, 'backgrounds': backgrounds})
    assert equal(given[0], build(config)[0])


def test_name_lists(root, tmp_path):
    (tmp_path / 'names.txt').write_text('wide.png\n')
    (tmp_path / 'clips.txt').write_text('1\n')
    config = images_over(root, 'videos')
    config['foregrounds']['names'] = str(tmp_path / 'names.txt')
    config['backgrounds']['names'] = str(tmp_path / 'clips.txt')
    said = described(build(config))
    assert {one['foreground']['clip'] for one in said} == {'wide.png'}
    assert {one['background']['clip'] for one in said} == {'1'}


def test_the_parameters_are_plain_values(root):
    found = build(images_over(root, seed=7)).describe_parameters()
    assert json.loads(json.dumps(found)) == {
        'name': 'made',
        'seed': 7,
        'num_samples': 4,
        'num_frames': 6,
        'resolution': 24,
        'foregrounds': {'type': 'ImageMatteDataset', 'path': 'images', 'clips': 2},
        'backgrounds': {'type': 'StillBackgrounds', 'path': 'stills', 'clips': 3},
    }
    assert build(clips_over(root)).describe_parameters()['size'] == [16, 12]


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'resolution': 24}, 'size=(width, height) for clips, or resolution'),
        ({'size': None}, 'size=(width, height) for clips, or resolution'),
        ({'size': (16,)}, 'size must be (width, height), each 1 to 65500 pixels, not (16,)'),
        ({'size': (65501, 2)}, 'each 1 to 65500 pixels, not (65501, 2)'),
        ({'size': (16, 0)}, 'size must be'),
        ({'size': (16.0, 12)}, 'size must be'),
        ({'size': None, 'resolution': 0}, 'resolution must be 1 to 65500 pixels, not 0'),
        ({'size': None, 'resolution': 10**9}, 'resolution must be 1 to 65500 pixels'),
        ({'size': None, 'resolution': 24}, 'resolution is for images, and 3 foregrounds are clips'),
        ({'num_samples': 0}, 'num_samples must be 1 or more, not 0'),
        ({'num_frames': -1}, 'num_frames must be 1 or more, not -1'),
        ({'seed': -1}, 'seed must be in 0..4294967295, not -1'),
        ({'seed': 2**32}, 'seed must be in'),
        ({'name': 'a/b'}, "name='a/b' must name one folder"),
        ({'name': '..'}, "name='..' must name one folder"),
    ],
)
def test_wrong_values_are_named(root, changes, words):
    with pytest.raises(ConfigError) as caught:
        build(clips_over(root) | changes)
    assert words in str(caught.value)


def test_wrong_sources_are_named(root):
    config = clips_over(root)
    with pytest.raises(ConfigError, match='all foregrounds are images'):
        build(config | {'foregrounds': images_over(root)['foregrounds']})
    with pytest.raises(ConfigError, match='foregrounds must be a matting data set'):
        build(config | {'foregrounds': config['backgrounds']})
    with pytest.raises(ConfigError, match='backgrounds must be StillBackgrounds or Video'):
        build(config | {'backgrounds': config['foregrounds']})
    with pytest.raises(DataError, match='nothing does not exist'):
        build(config | {'backgrounds': config['backgrounds'] | {'path': 'nothing'}})
    with pytest.raises(IndexError, match='clips 0 to 3, not 4'):
        build(config)[4]


def test_a_damaged_source_is_named(tmp_path):
    root = make_sources(tmp_path / 'data')
    for file in (root / 'stills').iterdir():
        file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(MediaError, match=r'stills/\d.jpg'):
        build(clips_over(root))[0]


def test_only_what_a_chunk_needs_is_read(tmp_path):
    root = make_sources(tmp_path / 'data')
    dataset = build(clips_over(root, num_frames=4, num_samples=1))
    first = dataset.describe(0)['foreground']['first_frame']
    whole = dataset[0]
    for number in range(9):
        if number not in (first + 1, first + 2):
            for kind in ('fgr', 'pha'):
                file = root / f'clips/{kind}/a/{number:04}.png'
                file.write_bytes(file.read_bytes()[:-30])  # its header, for the size, is whole
    part = dataset[ChunkKey(0, 1, 3)]
    assert torch.equal(part['src'], whole['src'][1:3])
    with pytest.raises(MediaError):
        dataset[0]
