import re
import shutil

import cv2
import numpy as np
import pytest
import torch

from rvm.datasets import ChunkKey, EpochSampler, SampleKey
from rvm.datasets.evaluation_clips import EvaluationClips
from rvm.errors import ConfigError, DataError, MediaError
from rvm.registry import DATASETS
from tests.test_datasets.footage import frame_value, matte, picture, save, touch


@pytest.fixture
def root(tmp_path):
    """Sets 'motion' (a clip of 4 frames) and 'static' (clips of 3 frames, without fgr)."""
    for dataset, count, clips in (('static', 3, ('0001', '0010')), ('motion', 4, ('0002',))):
        for number, clip in enumerate(clips):
            folder = tmp_path / 'set' / dataset / clip
            for frame in range(count):
                value = frame_value(number, frame)
                save(folder / 'com' / f'{frame:04}.jpg', picture(value, (10, 15)))
                save(folder / 'pha' / f'{frame:04}.png', matte(value, (10, 15)))
                if dataset == 'motion':
                    save(folder / 'fgr' / f'{frame:04}.png', picture(value + 1, (10, 15)))
                    save(folder / 'bgr' / f'{frame:04}.png', picture(value + 2, (10, 15)))
    touch(tmp_path / 'set', '.DS_Store', 'readme.txt')
    touch(tmp_path / 'set' / '.hidden' / 'x')
    return tmp_path / 'set'


def build(root, **options):
    return EvaluationClips(path=str(root), **options)


def clips(dataset):
    return [dataset[number]['clip'] for number in range(len(dataset))]


def test_an_item_is_a_clip(root):
    dataset = DATASETS.build({'type': 'EvaluationClips', 'path': str(root)})
    assert clips(dataset) == ['motion/0002', 'static/0001', 'static/0010']
    sample = dataset[0]
    assert sample['frames'] == ['0000', '0001', '0002', '0003']
    for name, channels in (('src', 3), ('pha', 1), ('fgr', 3)):
        assert sample[name].shape == (4, channels, 10, 15)
        assert sample[name].dtype == torch.uint8
    assert sample['src'].permute(0, 2, 3, 1).is_contiguous()
    assert sorted(sample) == ['clip', 'fgr', 'frames', 'length', 'pha', 'src', 'start']
    assert (sample['start'], sample['length']) == (0, 4)
    assert 'fgr' not in dataset[1]


def test_pictures_are_those_of_the_files(root):
    sample = build(root)[2]
    for frame in range(3):
        value = frame_value(1, frame)
        com = cv2.cvtColor(
            cv2.imread(str(root / f'static/0010/com/{frame:04}.jpg')), cv2.COLOR_BGR2RGB
        )
        assert np.abs(sample['src'][frame].permute(1, 2, 0).numpy().astype(int) - com).max() <= 1
        assert np.array_equal(sample['pha'][frame, 0].numpy(), matte(value, (10, 15)))
    fgr = build(root)[0]['fgr'][2].permute(1, 2, 0).numpy()
    assert np.array_equal(fgr, picture(frame_value(0, 2) + 1, (10, 15)))


def test_chunks_together_are_the_clip(root):
    dataset = build(root)
    whole, chunks = dataset[0], list(dataset.iter_chunks(0, 3))
    assert [len(chunk['frames']) for chunk in chunks] == [3, 1]
    assert [name for chunk in chunks for name in chunk['frames']] == whole['frames']
    for name in ('src', 'pha', 'fgr'):
        assert torch.equal(torch.cat([chunk[name] for chunk in chunks]), whole[name])
    assert dataset.num_frames(0) == 4


def test_options(root):
    assert clips(build(root, datasets=['static'])) == ['static/0001', 'static/0010']
    assert clips(build(root, datasets=['static', 'motion']))[-1] == 'motion/0002'
    assert clips(build(root, names=['static/0010'])) == ['static/0010']
    assert clips(build(root, exclude=['static/0010', 'static/0001'])) == ['motion/0002']
    short = build(root, max_frames=2)
    assert short[0]['frames'] == ['0000', '0001']
    assert len(build(root, max_frames=100)[0]['frames']) == 4
    with pytest.raises(DataError, match='none does not exist'):
        build(root, datasets=['none'])


@pytest.mark.parametrize('value', [0, -1, 2.0, True, 'abc', [1]])
def test_a_wrong_number_of_frames_is_refused(root, value):
    with pytest.raises(
        ConfigError, match=rf'max_frames must be 1 or more, not {re.escape(repr(value))}$'
    ):
        build(root, max_frames=value)


def test_the_current_folder_is_never_meant_by_nothing(root, monkeypatch):
    monkeypatch.chdir(root)
    with pytest.raises(
        ConfigError, match=r'no data_root; name the folder of the set \(--data-root'
    ):
        EvaluationClips()
    assert len(EvaluationClips(data_root='.')) == len(build(root)) == 3


def test_the_truth_is_listed_and_what_does_not_fit_is_named(root):
    (root / 'static/0001/com/0001.jpg').unlink()
    (root / 'motion/0002/fgr/0003.png').unlink()
    (root / 'static/0010/pha/0002.png').unlink()  # more composites than truth
    sentences = [
        'motion/0002/pha/0003.png has no partner in motion/0002/fgr',
        'static/0001/pha/0001.png has no partner in static/0001/com',
        'static/0010/com/0002.jpg has no partner in static/0010/pha',
    ]
    for options in ({}, {'max_frames': 1}):  # whole clips are compared
        with pytest.raises(DataError, match='3 faults, correct or exclude') as caught:
            build(root, **options)
        assert str(caught.value).endswith(': ' + '; '.join(sentences))
    assert '\n' not in str(caught.value)
    save(root / 'static/0001/com/0001.jpg', picture(0, (10, 15)))
    save(root / 'motion/0002/fgr/0003.png', picture(0, (10, 15)))
    (root / 'static/0010/com/0002.jpg').unlink()
    assert build(root)[2]['frames'] == ['0000', '0001']


def test_a_gap_in_the_truth_is_found(root):
    (root / 'motion/0002/pha/0001.png').unlink()
    with pytest.raises(DataError, match='2 faults') as caught:
        build(root)
    for kind, name in (('com', '0001.jpg'), ('fgr', '0001.png')):
        sentence = f'motion/0002/{kind}/{name} has no partner in motion/0002/pha'
        assert sentence in str(caught.value)


def test_two_files_of_one_name_are_told_once(root):
    save(root / 'motion/0002/pha/0003.jpg', matte(0, (10, 15)))
    with pytest.raises(DataError, match='1 fault, ') as caught:
        build(root)
    assert str(caught.value).count('motion/0002/pha holds both 0003.jpg and 0003.png') == 1


def test_clips_that_are_not_asked_for_may_be_wrong(root):
    shutil.rmtree(root / 'static/0001/com')
    (root / 'static/0010/pha/0001.png').write_bytes(b'')
    wrong = ['static/0001', 'static/0010']
    assert clips(build(root, exclude=wrong)) == ['motion/0002']
    assert clips(build(root, names=['motion/0002'])) == ['motion/0002']
    with pytest.raises(DataError, match=r'1 fault, .*static/0010/pha/0001\.png'):
        build(root, exclude=wrong[:1])
    with pytest.raises(DataError, match=r'1 of 1 are not in .*: static/7'):
        build(root, exclude=['static/7'], datasets=['motion'])


def test_a_data_set_without_clips_is_named(root):
    touch(root / 'empty', 'notes.txt')
    with pytest.raises(DataError, match=r'1 fault, .*: empty holds no clips'):
        build(root)
    with pytest.raises(DataError, match='empty holds no clips'):
        build(root, datasets=['motion', 'empty'])
    assert len(build(root, datasets=['motion'])) == 1
    assert clips(build(root, names=['static/0001'])) == ['static/0001']


@pytest.mark.parametrize('kind', ['pha', 'com', 'fgr'])
def test_pictures_that_would_be_changed_when_they_are_read_are_refused(root, kind):
    suffix = '.jpg' if kind == 'com' else '.png'
    folder = root / 'motion/0002' / kind
    for number in (1, 2):
        (folder / f'{number:04}{suffix}').unlink()
    save(folder / '0001.png', np.full((10, 15), 7, np.uint16))
    save(folder / '0002.png', np.full((10, 15, 4), 7, np.uint8))
    with pytest.raises(DataError, match='2 faults') as caught:
        build(root)
    for kind_of_fault, name in (
        ('pictures with 16 bits, save them with 8', '0001.png'),
        ('pictures with an alpha channel, save alpha as grey pictures, colours as RGB', '0002.png'),
    ):
        assert f'{kind_of_fault} (1): {folder / name}' in str(caught.value)
    assert build(root, max_frames=1)[0]['frames'] == ['0000']


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_a_matte_in_colours_is_named_when_it_is_read(root, suffix):
    (root / 'motion/0002/pha/0002.png').unlink()
    image = np.dstack([matte(200, (10, 15))] * 3)
    file = save(root / f'motion/0002/pha/0002{suffix}', image)
    assert np.array_equal(build(root)[0]['pha'][2, 0].numpy(), image[..., 0])
    image[..., 2] -= np.minimum(image[..., 2], 60)
    save(file, image)
    dataset = build(root)
    assert len(dataset[ChunkKey(0, 0, 2)]['frames']) == 2
    with pytest.raises(DataError, match=rf'pha/0002{suffix} is a picture in colours'):
        dataset[ChunkKey(0, 2, 4)]


def test_missing_and_empty_folders_are_named(root):
    shutil.rmtree(root / 'static/0001/com')
    for file in (root / 'static/0010/pha').iterdir():
        file.unlink()
    with pytest.raises(DataError, match='2 faults') as caught:
        build(root)
    assert 'static/0001 has no folder com' in str(caught.value)
    assert 'static/0010/pha holds no images' in str(caught.value)
    with pytest.raises(DataError, match='holds no clip for EvaluationClips'):
        build(touch(root / 'nothing'))


def test_sizes_that_differ_are_named(root):
    dataset = build(root)
    save(root / 'motion/0002/com/0002.jpg', picture(0, (10, 16)))
    with pytest.raises(DataError, match=r'another size .*com/0002\.jpg \(16x10, not 15x10\)'):
        build(root)
    with pytest.raises(DataError, match=r'com/0002\.jpg has 16x10 .* 15x10'):  # a file that changed
        dataset[0]


def test_damaged_files_are_named(root):
    file = root / 'motion/0002/com/0002.jpg'
    data = file.read_bytes()
    file.write_bytes(b'')
    with pytest.raises(DataError, match=r'cannot be read \(1\): .*com/0002\.jpg'):
        build(root)
    file.write_bytes(data[:-10])
    with pytest.raises(MediaError, match=r'com/0002\.jpg'):
        build(root)[0]


def test_one_frame_and_a_key(root):
    for frame in ('0001', '0002'):
        (root / f'static/0001/pha/{frame}.png').unlink()
        (root / f'static/0001/com/{frame}.jpg').unlink()
    dataset = build(root)
    assert dataset[1]['src'].shape == (1, 3, 10, 15)
    assert dataset[SampleKey(1, 9, 3, 4)]['clip'] == 'static/0001'
    sampler = EpochSampler(dataset, seed=0, shuffle=False)
    assert [dataset[key]['clip'] for key in sampler] == clips(dataset)


def test_an_index_out_of_range_is_refused(root):
    with pytest.raises(IndexError):
        build(root)[3]


def test_one_data_set_can_be_named_as_text(root):
    assert clips(build(root, datasets='motion')) == ['motion/0002']
