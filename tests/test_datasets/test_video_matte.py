import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from rvm.datasets import SampleKey
from rvm.datasets.checks import check_dataset
from rvm.datasets.frames import ImageFrames, PairedFrames, VideoFrames
from rvm.datasets.video_matte import VideoMatteDataset
from rvm.errors import ConfigError, DataError, MediaError
from rvm.registry import DATASETS
from tests.test_datasets.footage import (
    PLAIN,
    frame_value,
    make_backgrounds,
    make_matte_clips,
    matte,
    over_stills,
    picture,
    save,
    save_video,
)


@pytest.fixture
def root(tmp_path):
    make_backgrounds(tmp_path / 'stills')
    return make_matte_clips(tmp_path / 'clips', {'0000': 5, '0001': 1, '0002': 3})


def build(root, **options):
    options = {'num_frames': 2, 'pipeline': PLAIN, **options}
    backgrounds = over_stills(root.parent / 'stills')
    return VideoMatteDataset(path=str(root), backgrounds=backgrounds, **options)


def reds(dataset, index):
    """Red of the middle left of every frame: says which frame it is (JPEG may be off by two)."""
    return dataset[index]['fgr_pha'][:, 0, 8, 4].numpy().astype(int)


def test_is_registered(root):
    config = {'type': 'VideoMatteDataset', 'path': str(root), 'num_frames': 1}
    assert isinstance(DATASETS.build(config), VideoMatteDataset)


def test_passes_the_shared_tests(root):
    check_dataset(build(root))


def test_an_epoch_is_the_sum_of_windows(root):
    assert len(build(root, num_frames=2)) == 3 + 1 + 2
    assert len(build(root, num_frames=1)) == 9
    assert len(build(root, num_frames=50)) == 3


def test_windows_follow_each_other_and_turn_at_the_end(root):
    dataset = build(root, num_frames=2)
    expected = [(0, [0, 1]), (0, [2, 3]), (0, [4, 3]), (1, [0, 0]), (2, [0, 1]), (2, [2, 1])]
    for index, (clip, frames) in enumerate(expected):
        values = [frame_value(clip, frame) for frame in frames]
        assert np.abs(reds(dataset, index) - values).max() <= 2
        assert dataset[index]['frames'].tolist() == frames


def test_alpha_is_the_fourth_channel_of_its_own_frame(root):
    pha = build(root)[1]['fgr_pha'][:, 3].numpy().astype(int)
    assert np.abs(pha[:, 8, 3] - [frame_value(0, 2), frame_value(0, 3)]).max() <= 2
    assert pha[:, 8, 12].max() <= 2


def test_frames_are_paired_by_name_whatever_the_suffix(root):
    for file in (root / 'pha' / '0000').iterdir():
        image = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        cv2.imwrite(str(file.with_suffix('.png')), image)
        file.unlink()
    (root / 'pha' / '0000' / 'Thumbs.db').touch()
    (root / 'fgr' / '.DS_Store').touch()
    dataset = build(root)
    source = dataset.get_data_info(0)['fgr']
    assert source.matte.names[4] == '0004.png'
    assert source.picture.names[4] == '0004.jpg'
    assert len(dataset) == 6


def test_frames_are_not_paired_by_place(tmp_path):
    """With another suffix these names sort the other way round."""
    for name, value in (('a', 50), ('a.k', 200)):
        save(tmp_path / 'fgr/0' / f'{name}.jpg', picture(value))
        save(tmp_path / 'pha/0' / f'{name}.png', matte(value))
    source = VideoMatteDataset(path=str(tmp_path)).get_data_info(0)['fgr']
    assert source.picture.names == ('a.jpg', 'a.k.jpg')
    assert source.matte.names == ('a.png', 'a.k.png')


def test_unpaired_clips_and_frames_are_all_named(root):
    (root / 'pha' / '0000' / '0003.jpg').unlink()
    shutil.rmtree(root / 'fgr' / '0001')
    (root / 'fgr' / '0002' / '0001.jpg').rename(root / 'fgr' / '0002' / '1.jpg')
    with pytest.raises(DataError, match='4 faults') as caught:
        build(root)
    for sentence in (
        'pha/0001 has no partner in fgr',
        'fgr/0000/0003.jpg has no partner in pha/0000',
        'fgr/0002/1.jpg has no partner in pha/0002',
        'pha/0002/0001.jpg has no partner in fgr/0002',
    ):
        assert sentence in str(caught.value)


def test_only_the_first_ten_faults_are_named(tmp_path):
    root = make_matte_clips(tmp_path / 'clips', {'0': 15})
    for file in (root / 'pha' / '0').iterdir():
        if file.name != '0000.jpg':
            file.unlink()
    with pytest.raises(DataError, match=r'14 faults.* and 4 more'):
        VideoMatteDataset(path=str(root))


def test_no_frame_of_a_clip_has_a_partner(tmp_path):
    root = make_matte_clips(tmp_path / 'clips', {'0': 1})
    (root / 'pha' / '0' / '0000.jpg').rename(root / 'pha' / '0' / 'x.jpg')
    with pytest.raises(DataError, match='2 faults'):
        VideoMatteDataset(path=str(root))


def test_a_frame_that_is_there_twice_is_named(root):
    (root / 'fgr' / '0000' / '0001.png').touch()
    with pytest.raises(DataError, match=r'fgr/0000 holds both 0001\.jpg and 0001\.png'):
        build(root)


@pytest.mark.parametrize('kind', ['fgr', 'pha'])
def test_a_missing_folder_is_named(root, kind):
    shutil.rmtree(root / kind)
    with pytest.raises(DataError, match=f'{kind} does not exist .*data root'):
        build(root)


def test_pairs_of_videos(tmp_path):
    for number, count in enumerate((4, 3)):
        values = [frame_value(number, frame) for frame in range(count)]
        name = f'{number:04}.mp4'
        save_video(tmp_path / 'v/fgr' / name, [picture(value, (32, 48)) for value in values])
        save_video(tmp_path / 'v/pha' / name, [matte(value, (32, 48)) for value in values])
    make_backgrounds(tmp_path / 'stills')
    dataset = build(tmp_path / 'v')
    source = dataset.get_data_info(0)['fgr']
    assert isinstance(source, PairedFrames)
    assert source.picture == VideoFrames(str(tmp_path / 'v/fgr/0000.mp4'), 4, 'rgb', (32, 48))
    assert len(dataset) == 4
    assert np.abs(reds(dataset, 1) - [frame_value(0, 2), frame_value(0, 3)]).max() <= 6
    pha = dataset[1]['fgr_pha'][:, 3, 8, 3].numpy().astype(int)
    assert np.abs(pha - [frame_value(0, 2), frame_value(0, 3)]).max() <= 6
    check_dataset(dataset)


def test_videos_of_unequal_length_are_named(tmp_path):
    save_video(tmp_path / 'fgr' / 'a.mp4', [picture(9)] * 4)
    save_video(tmp_path / 'pha' / 'a.mp4', [picture(9)] * 3)
    with pytest.raises(DataError, match='fgr/a has 4 frames and pha/a has 3'):
        VideoMatteDataset(path=str(tmp_path))


def test_sizes_that_differ_are_named_with_the_files(root):
    save(root / 'pha' / '0002' / '0000.jpg', matte(100, (48, 64)))
    with pytest.raises(DataError, match=r'pha/0002/0000\.jpg has 64x48 .*fgr/0002/0000\.jpg'):
        build(root)[4]
    save(root / 'fgr' / '0000' / '0003.jpg', picture(100, (20, 32)))
    with pytest.raises(DataError, match=r'fgr/0000/0003\.jpg has 32x20 .* 32x24'):
        build(root)[1]


def test_damaged_files_are_named_or_replaced_as_configured(root, caplog):
    file = root / 'fgr' / '0000' / '0001.jpg'
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(MediaError, match=r'0000/0001\.jpg'):
        build(root)[0]
    sample = build(root, on_error='substitute')[0]
    assert sample['fgr_pha'].shape == (2, 4, 16, 16)
    assert '0001.jpg' in caplog.text


def test_least_size(root):
    assert len(build(root, min_size=24)) == 6
    save(root / 'fgr' / '0001' / '0000.jpg', picture(100, (20, 36)))
    with pytest.raises(DataError, match=r'1 of 3 clips is under 24 pixels.* 0001 \(36x20\)'):
        build(root, min_size=24)
    assert len(build(root, min_size=24, exclude=['0001'])) == 5
    with pytest.raises(ConfigError, match='min_size must be 1 or more, not 0'):
        build(root, min_size=0)


def test_names_and_exclude(root, tmp_path):
    assert len(build(root, names=['0002', '0001'])) == 3
    (tmp_path / 'list.txt').write_text('# few\n0000.mp4\n\n', encoding='utf-8')
    assert len(build(root, names=str(tmp_path / 'list.txt'))) == 3
    assert len(build(root, exclude=['0000'])) == 3
    with pytest.raises(DataError, match=r'names of VideoMatteDataset: 1 of 2 .*: 7'):
        build(root, names=['0000', '7'])
    with pytest.raises(DataError, match='leave no clip'):
        build(root, exclude=['0000', '0001', '0002'])


def test_one_frame(root):
    sample = build(root, num_frames=1)[5]
    assert sample['fgr_pha'].shape == (1, 4, 16, 16)
    assert sample['bgr'].shape == (1, 3, 16, 16)


def test_odd_sizes_and_unusual_files(tmp_path):
    """Grey, RGBA, CMYK and 16-bit pictures; grey, colour, palette and 16-bit mattes; odd sizes."""
    size = (25, 33)
    rng = np.random.default_rng(0)
    smooth = cv2.resize(rng.integers(0, 256, (4, 4, 3), np.uint8), size[::-1])
    grey = smooth[..., 0]
    rgba = np.dstack([smooth, 255 - grey])
    fgr, pha = tmp_path / 'c/fgr', tmp_path / 'c/pha'
    cases = {
        'grey': (save(fgr / 'grey/0.png', grey), np.dstack([grey] * 3)),
        'rgba': (save(fgr / 'rgba/0.png', rgba), smooth),
        'deep': (save(fgr / 'deep/0.png', smooth.astype(np.uint16) * 257), smooth),
        'tiff': (save(fgr / 'tiff/0.tif', smooth), smooth),
    }
    (fgr / 'cmyk').mkdir()
    Image.fromarray(smooth).convert('CMYK').save(fgr / 'cmyk/0.jpg', quality=100)
    expected = np.asarray(Image.open(fgr / 'cmyk/0.jpg').convert('RGB'))
    cases['cmyk'] = (fgr / 'cmyk/0.jpg', expected)
    save(pha / 'grey/0.png', grey)
    save(pha / 'rgba/0.png', np.dstack([grey] * 3))
    save(pha / 'deep/0.png', grey.astype(np.uint16) * 257)
    save(pha / 'tiff/0.tif', grey)
    (pha / 'cmyk').mkdir()
    Image.fromarray(grey).convert('P').save(pha / 'cmyk/0.png')
    dataset = VideoMatteDataset(path=str(tmp_path / 'c'), num_frames=1)
    for number in range(len(dataset)):
        record = dataset.get_data_info(number)
        (image,) = record['fgr'].load([0])
        assert record['fgr'].size() == size
        assert np.array_equal(image[..., :3], cases[record['clip']][1])
        assert np.array_equal(image[..., 3], grey)
    make_backgrounds(tmp_path / 'stills', size=(31, 17))
    dataset = build(tmp_path / 'c', num_frames=3)
    assert {tuple(dataset[i]['fgr_pha'].shape) for i in range(5)} == {(3, 4, 16, 16)}


def test_an_item_is_a_function_of_its_key(root):
    key = SampleKey(2, 2, epoch=3, seed=5)
    one, two = build(root)[key], build(root)[key]
    assert all(bool((one[name] == two[name]).all()) for name in ('fgr_pha', 'bgr'))


def test_files_are_listed_for_checks(root):
    source = build(root).get_data_info(2)['fgr']
    assert len(list(source.files())) == 6
    assert isinstance(source.picture, ImageFrames)


def test_a_broken_clip_can_be_excluded(root):
    (root / 'fgr' / '9999').mkdir()
    (root / 'pha' / '0001' / '0000.jpg').unlink()
    with pytest.raises(DataError, match='9999'):
        build(root)
    dataset = build(root, exclude=['9999', '0001'])
    clips = [dataset.get_data_info(number)['clip'] for number in range(len(dataset.clip_lengths))]
    assert clips == ['0000', '0002']
    assert build(root, names=['0002']).clip_lengths.tolist() == [dataset.clip_lengths[1]]
    with pytest.raises(DataError, match=r'exclude .*1 of 3 are not in .*: 0009'):
        build(root, exclude=['9999', '0001', '0009'])
