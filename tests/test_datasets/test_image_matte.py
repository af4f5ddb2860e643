import numpy as np
import pytest

from rvm.datasets.checks import check_dataset
from rvm.datasets.image_matte import ImageMatteDataset
from rvm.errors import DataError
from rvm.registry import DATASETS
from tests.test_datasets.footage import (
    PLAIN,
    make_backgrounds,
    matte,
    over_stills,
    picture,
    save,
)


@pytest.fixture
def root(tmp_path):
    for number, name in enumerate(('b10', 'b9', 'a')):
        save(tmp_path / 'images/fgr' / f'{name}.jpg', picture(50 * number, (20, 31 + number)))
        save(tmp_path / 'images/pha' / f'{name}.png', matte(200, (20, 31 + number)))
    make_backgrounds(tmp_path / 'stills', 5)
    return tmp_path / 'images'


def build(root, **options):
    options = {'num_frames': 4, 'pipeline': PLAIN, **options}
    return ImageMatteDataset(
        path=str(root), backgrounds=over_stills(root.parent / 'stills'), **options
    )


def test_is_registered(root):
    assert len(DATASETS.build({'type': 'ImageMatteDataset', 'path': str(root)})) == 3


def test_passes_the_shared_tests(root):
    check_dataset(build(root))


def test_an_image_is_repeated(root):
    sample = build(root)[1]
    assert sample['clip'].startswith('b9.jpg, ')
    assert sample['frames'].tolist() == [0] * 4
    assert sample['fgr_pha'].shape == (4, 4, 16, 16)
    assert bool((sample['fgr_pha'] == sample['fgr_pha'][:1]).all())
    assert abs(int(sample['fgr_pha'][0, 0, 8, 4]) - 50) <= 2
    assert int(sample['fgr_pha'][0, 3, 8, 4]) == 200


def test_an_epoch_covers_the_longer_of_foregrounds_and_backgrounds(root):
    dataset = build(root)
    assert len(dataset) == 5
    clips = [dataset[index]['clip'].split(',')[0] for index in range(5)]
    assert clips == ['a.jpg', 'b9.jpg', 'b10.jpg', 'a.jpg', 'b9.jpg']
    assert len(build(root, cover_backgrounds=False)) == 3
    make_backgrounds(root.parent / 'stills', 2)
    for number in (2, 3, 4):
        (root.parent / 'stills' / f'{number}.jpg').unlink()
    assert len(build(root)) == 3


def test_names_without_suffix_will_do(root):
    assert len(build(root, names=['b9', 'a.png'], cover_backgrounds=False)) == 2


def test_unpaired_and_doubled_images_are_named(root):
    (root / 'pha' / 'a.png').rename(root / 'pha' / 'c.png')
    save(root / 'fgr' / 'b9.png', picture(3))
    with pytest.raises(DataError, match='3 faults') as caught:
        build(root)
    for sentence in (
        'fgr/a.jpg has no partner in pha',
        'pha/c.png has no partner in fgr',
        'fgr holds both b9.jpg and b9.png',
    ):
        assert sentence in str(caught.value)


def test_least_size(root):
    with pytest.raises(DataError, match='3 of 3 clips is under 21'):
        build(root, min_size=21)


def test_an_empty_folder_is_said(tmp_path):
    (tmp_path / 'fgr').mkdir()
    (tmp_path / 'pha').mkdir()
    with pytest.raises(DataError, match='holds no clip for ImageMatteDataset'):
        ImageMatteDataset(path=str(tmp_path))


def test_sizes_that_differ_are_named_with_the_files(root):
    save(root / 'pha' / 'a.png', np.zeros((21, 33), np.uint8))
    with pytest.raises(DataError, match=r'pha/a\.png has 33x21 .*fgr/a\.jpg has 33x20'):
        build(root)[0]
