import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rvm.datasets import coco_panoptic
from rvm.datasets.checks import check_dataset
from rvm.datasets.coco_panoptic import CocoPanopticDataset
from rvm.errors import DataError, MediaError
from rvm.registry import DATASETS

CATEGORIES = [(1, 'person'), (27, 'backpack'), (32, 'tie'), (44, 'bottle')]
SIZE = (20, 32)
# Segments of each image: id, category, crowd.
IMAGES = {
    'person': [(300, 1, 0), (70_001, 44, 0)],
    'carries': [(7, 1, 0), (66_000, 27, 0), (8, 32, 0), (9, 44, 0)],
    'crowd and person': [(11, 1, 1), (12, 1, 0)],
    'only crowd': [(13, 1, 1), (14, 27, 0)],
    'only backpack': [(15, 27, 0)],
    'bottle': [(16, 44, 0)],
}


def numbers(segments: list[tuple]) -> np.ndarray:
    """One column after another, four pixels of black at the right."""
    columns = np.repeat([number for number, *_ in segments], 28 // len(segments))
    return np.tile(np.pad(columns, (0, SIZE[1] - len(columns))), (SIZE[0], 1))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / 'coco'
    for folder in ('train2017', 'panoptic_train2017', 'annotations'):
        (root / folder).mkdir(parents=True)
    images, annotations = [], []
    for number, (name, segments) in enumerate(IMAGES.items()):
        mode = {'carries': 'L', 'crowd and person': 'CMYK'}.get(name, 'RGB')
        Image.new('RGB', SIZE[::-1], (50, 90, 130)).convert(mode).save(
            root / 'train2017' / f'{name}.jpg'
        )
        ids = numbers(segments)
        colours = np.stack([ids % 256, ids // 256 % 256, ids // 65536], -1).astype(np.uint8)
        Image.fromarray(colours).save(root / 'panoptic_train2017' / f'{name}.png')
        size = {'height': SIZE[0], 'width': SIZE[1]}
        images.append({'id': 100 - number, 'file_name': f'{name}.jpg', **size})
        infos = [{'id': i, 'category_id': c, 'iscrowd': crowd} for i, c, crowd in segments]
        annotations.append(
            {'image_id': 100 - number, 'file_name': f'{name}.png', 'segments_info': infos}
        )
    write(root, images=images[::-1], annotations=annotations)  # no order is promised
    return root


def write(root: Path, **changes: object) -> None:
    file = root / 'annotations' / 'panoptic_train2017.json'
    content = json.loads(file.read_text()) if file.exists() else {}
    content.setdefault('categories', [{'id': i, 'name': name} for i, name in CATEGORIES])
    file.write_text(json.dumps(content | changes))


def masks(dataset: CocoPanopticDataset) -> dict[str, np.ndarray]:
    records = [dataset.get_data_info(number) for number in range(len(dataset))]
    return {record['clip']: next(record['src'].load([0]))[..., 3] for record in records}


def test_masks_are_persons_and_what_they_carry_but_no_crowds(root: Path):
    found = masks(CocoPanopticDataset(data_root=str(root)))
    expected = {
        'person.jpg': (300,),
        'carries.jpg': (7, 66_000, 8),
        'crowd and person.jpg': (12,),
    }
    assert list(found) == list(expected)
    for name, ids in expected.items():
        wanted = np.isin(numbers(IMAGES[name.removesuffix('.jpg')]), ids)
        assert np.array_equal(found[name], wanted * np.uint8(255)), name


def test_samples_have_one_frame_and_hard_masks(root: Path):
    dataset = DATASETS.build(
        {'type': 'CocoPanopticDataset', 'data_root': str(root.parent), 'path': 'coco'}
    )
    assert len(dataset) == 3
    stream = dataset[2]['streams']['src']
    assert (stream.size, stream.num_frames, stream.matte_interpolation) == (SIZE, 1, 'nearest')
    assert stream.render().shape == (1, *SIZE, 4)


def test_categories_are_found_by_name(root: Path):
    swapped = {44: 'person', 27: 'backpack', 32: 'tie', 1: 'bottle'}
    write(root, categories=[{'id': i, 'name': name} for i, name in swapped.items()])
    found = masks(CocoPanopticDataset(data_root=str(root)))
    assert list(found) == ['person.jpg', 'carries.jpg', 'bottle.jpg']
    assert np.array_equal(found['person.jpg'] > 0, numbers(IMAGES['person']) == 70_001)


def test_categories_can_be_chosen(root: Path):
    alone = masks(CocoPanopticDataset(data_root=str(root), belongings=()))
    assert np.array_equal(alone['carries.jpg'] > 0, numbers(IMAGES['carries']) == 7)
    bottles = masks(CocoPanopticDataset(data_root=str(root), person=44, belongings=[1]))
    assert list(bottles) == ['person.jpg', 'carries.jpg', 'bottle.jpg']
    assert np.array_equal(bottles['carries.jpg'] > 0, np.isin(numbers(IMAGES['carries']), (7, 9)))
    with pytest.raises(DataError, match=r"has no category 'hat'; it has person, backpack"):
        CocoPanopticDataset(data_root=str(root), belongings=['hat'])


def test_annotation_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch):
    reads = []
    read = coco_panoptic.read_annotations
    monkeypatch.setattr(
        coco_panoptic, 'read_annotations', lambda *args: reads.append(args) or read(*args)
    )
    first = masks(CocoPanopticDataset(data_root=str(root)))
    second = masks(CocoPanopticDataset(data_root=str(root)))
    assert len(reads) == 1
    assert all(np.array_equal(first[name], second[name]) for name in first)
    write(root, annotations=json.loads(reads[0][0].read_text())['annotations'][:1])
    assert len(CocoPanopticDataset(data_root=str(root))) == 1
    assert len(reads) == 2


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'annotations': [{'segmentation': [], 'image_id': 1}]}, 'holds instances'),
        ({'annotations': [{'caption': 'x', 'image_id': 1}]}, "lacks 'segments_info'"),
        ({'annotations': []}, 'has no annotations'),
        ({'videos': [], 'images': None}, 'has no images, so it is not COCO.s panoptic'),
    ],
)
def test_other_annotations_are_refused(root: Path, changes: dict, message: str):
    write(root, **changes)
    with pytest.raises(DataError, match=message) as caught:
        CocoPanopticDataset(data_root=str(root))
    assert 'panoptic_train2017.json' in str(caught.value)


@pytest.mark.parametrize('file', ['train2017/carries.jpg', 'panoptic_train2017/carries.png'])
def test_missing_files_are_named_at_the_start(root: Path, file: str):
    (root / file).unlink()
    folder, name = file.split('/')
    with pytest.raises(DataError, match=rf'{folder} lacks 1 of 3 that .*names: {name};'):
        CocoPanopticDataset(data_root=str(root))


@pytest.mark.parametrize('folder', ['train2017', 'panoptic_train2017', 'annotations'])
def test_missing_folders_say_what_to_do(root: Path, folder: str):
    (root / folder).rename(root / 'elsewhere')
    with pytest.raises(DataError, match=rf'{folder}.* does not exist .*data root'):
        CocoPanopticDataset(data_root=str(root))


def test_sizes_that_differ_are_named(root: Path):
    Image.new('RGB', (32, 21)).save(root / 'train2017' / 'person.jpg')
    Image.new('RGB', (30, 20)).save(root / 'panoptic_train2017' / 'carries.png')
    dataset = CocoPanopticDataset(data_root=str(root))
    with pytest.raises(DataError, match=r'person.jpg has 32x21 pixels; 32x20'):
        dataset[0]['streams']['src'].render()
    with pytest.raises(DataError, match=r'carries.png has 30x20 pixels where .* 32x20'):
        dataset[1]['streams']['src'].render()


def test_damaged_files_are_named(root: Path):
    file = root / 'train2017' / 'person.jpg'
    file.write_bytes(file.read_bytes()[:300])
    dataset = CocoPanopticDataset(data_root=str(root))
    with pytest.raises(MediaError, match=r'person.jpg'):
        dataset[0]['streams']['src'].render()


def test_what_every_data_set_promises(root: Path):
    pipeline = [{'type': 'CropResize', 'size': 16}, {'type': 'PackSegmentation'}]
    check_dataset(CocoPanopticDataset(data_root=str(root), pipeline=pipeline))
