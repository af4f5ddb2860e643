from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rvm.datasets.checks import check_dataset
from rvm.datasets.supervisely import SuperviselyDataset
from rvm.errors import DataError
from rvm.registry import DATASETS

SIZE = (21, 30)
MASK = np.hypot(*(np.mgrid[:21, :30] - np.array([9, 14])[:, None, None])) < 6


def add(root: Path, image: str, mask: str, mode: str = 'RGB', value: int = 255) -> None:
    for folder in ('img', 'seg'):
        (root / folder).mkdir(parents=True, exist_ok=True)
    Image.new('RGB', SIZE[::-1], (40, 80, 120)).convert(mode).save(root / 'img' / image)
    Image.fromarray((MASK * value).astype(np.uint8)).save(root / 'seg' / mask)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / 'Supervisely'
    add(root, '10.png', '10.png', 'RGBA')
    add(root, '2.jpg', '2.png', 'CMYK')
    add(root, '3.jpeg', '3.png', 'L')
    for junk in ('.DS_Store', 'Thumbs.db', '._2.jpg'):
        (root / 'img' / junk).write_bytes(b'x')
    return root


def test_images_and_masks_are_paired_by_name(root: Path):
    dataset = DATASETS.build(
        {'type': 'SuperviselyDataset', 'data_root': str(root.parent), 'path': root.name}
    )
    assert [dataset[number]['clip'] for number in range(3)] == ['2.jpg', '3.jpeg', '10.png']
    for number in range(3):
        stream = dataset[number]['streams']['src']
        assert (stream.num_frames, stream.matte_interpolation) == (1, 'nearest')
        frame = stream.render()[0]
        assert np.array_equal(frame[..., 3], MASK * np.uint8(255))
        expected = (76, 76, 76) if number == 1 else (40, 80, 120)
        assert np.abs(frame[..., :3].astype(int) - expected).max() < 6


def test_files_without_partner_are_named(root: Path):
    (root / 'seg' / '3.png').rename(root / 'seg' / '4.png')
    with pytest.raises(DataError, match=r'2 faults .*3.jpeg.* no partner .*4.png.* no partner'):
        SuperviselyDataset(data_root=str(root))


def test_masks_of_class_numbers_are_refused_unless_named(root: Path):
    add(root, '2.jpg', '2.png', value=1)
    with pytest.raises(DataError, match=r'2.png is black .*labels=\[1\]'):
        SuperviselyDataset(data_root=str(root))
    dataset = SuperviselyDataset(data_root=str(root), labels=[1, 255])
    for number in range(3):
        seg = dataset[number]['streams']['src'].render()[0, ..., 3]
        assert np.array_equal(seg, MASK * np.uint8(255))


def test_later_masks_of_class_numbers_are_refused_when_loaded(root: Path):
    add(root, '10.png', '10.png', value=1)
    dataset = SuperviselyDataset(data_root=str(root))
    with pytest.raises(DataError, match=r'10.png is black'):
        dataset[2]['streams']['src'].render()


def test_sizes_that_differ_are_named(root: Path):
    Image.new('L', (30, 20), 255).save(root / 'seg' / '3.png')
    dataset = SuperviselyDataset(data_root=str(root))
    with pytest.raises(DataError, match=r'3.png has 30x20 pixels and .*3.jpeg has 30x21'):
        dataset[1]['streams']['src'].render()


def test_missing_and_empty_folders_say_what_to_do(root: Path):
    (root / 'img').rename(root / 'pictures')
    with pytest.raises(DataError, match=r'img does not exist .*data root'):
        SuperviselyDataset(data_root=str(root))
    assert len(SuperviselyDataset(data_root=str(root), images='pictures')) == 3
    for name in ('img', 'nothing'):
        (root / name).mkdir()
    with pytest.raises(DataError, match='holds no clip'):
        SuperviselyDataset(data_root=str(root), images='img', masks='nothing')


def test_what_every_data_set_promises(root: Path):
    pipeline = [{'type': 'CropResize', 'size': 16}, {'type': 'PackSegmentation'}]
    check_dataset(SuperviselyDataset(data_root=str(root), pipeline=pipeline))
