import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rvm.datasets import youtube_vis
from rvm.datasets.checks import check_dataset
from rvm.datasets.rle import counts_from_mask, encode_counts
from rvm.datasets.youtube_vis import YouTubeVISDataset
from rvm.errors import DataError
from rvm.registry import DATASETS

SIZE = (18, 26)
CATEGORIES = {
    '2019': [(1, 'person'), (26, 'owl')],
    '2021': [(1, 'airplane'), (26, 'person')],
}


def box(top: int, left: int, bottom: int, right: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[top:bottom, left:right] = True
    return mask


LEFT, RIGHT, OWL = box(2, 3, 9, 8), box(4, 6, 12, 20), box(0, 0, 18, 26)


def plain(mask: np.ndarray) -> dict:
    return {'counts': counts_from_mask(mask).tolist(), 'size': list(SIZE)}


def compressed(mask: np.ndarray) -> dict:
    return {'counts': encode_counts(counts_from_mask(mask)).decode(), 'size': list(SIZE)}


def polygon(mask: np.ndarray) -> list:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return [[float(x) for x in (left, top, right, top, right, bottom, left, bottom)]]


def make(root: Path, release: str, write=plain) -> Path:
    """Clips 'two' (two persons, 4 frames), 'short' (1 frame), 'owl' and 'absent' (all null)."""
    ids = {name: number for number, name in CATEGORIES[release]}
    other = 'owl' if release == '2019' else 'airplane'
    lengths = {'owl': 2, 'two': 4, 'short': 1, 'absent': 2}
    videos, annotations = [], []
    for number, (name, length) in enumerate(lengths.items()):
        folder = root / 'JPEGImages' / name
        folder.mkdir(parents=True)
        for frame in range(length):
            mode = 'L' if name == 'short' else 'RGB'
            image = Image.new('RGB', SIZE[::-1], (60 * frame, 100, 9)).convert(mode)
            image.save(folder / f'{5 * frame:05d}.jpg')
        files = [f'{name}/{5 * frame:05d}.jpg' for frame in range(length)]
        size = {'height': SIZE[0], 'width': SIZE[1], 'length': length}
        videos.append({'id': number + 7, 'file_names': files, **size})

    def annotate(video: int, category: str, masks: list) -> None:
        segmentations = [None if mask is None else write(mask) for mask in masks]
        annotations.append(
            {
                'id': len(annotations) + 1,
                'video_id': video,
                'category_id': ids[category],
                'segmentations': segmentations,
            }
        )

    annotate(8, 'person', [None, LEFT, LEFT, None])
    annotate(7, other, [OWL, OWL])
    annotate(8, 'person', [None, None, RIGHT, RIGHT])
    annotate(8, other, [OWL, OWL, None, OWL])
    annotate(9, 'person', [LEFT])
    annotate(10, 'person', [None, None])
    categories = [{'id': number, 'name': name} for name, number in ids.items()]
    content = {'videos': videos, 'annotations': annotations, 'categories': categories}
    (root / 'instances.json').write_text(json.dumps(content))
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path / 'YouTubeVIS', '2021')


def change(root: Path, edit) -> None:
    content = json.loads((root / 'instances.json').read_text())
    edit(content)
    (root / 'instances.json').write_text(json.dumps(content))


@pytest.mark.parametrize('release', CATEGORIES)
@pytest.mark.parametrize('write', [plain, compressed, polygon])
def test_masks_are_unions_of_persons_by_name(tmp_path: Path, release: str, write):
    root = make(tmp_path / 'data', release, write)
    dataset = YouTubeVISDataset(data_root=str(root))
    records = [dataset.get_data_info(number) for number in range(2)]
    assert [record['clip'] for record in records] == ['two', 'short']
    frames = list(records[0]['src'].load([0, 1, 2, 3]))
    expected = (LEFT & False, LEFT, LEFT | RIGHT, RIGHT)
    for number, (frame, mask) in enumerate(zip(frames, expected, strict=True)):
        assert np.array_equal(frame[..., 3], mask * np.uint8(255))
        assert abs(int(frame[3, 3, 0]) - 60 * number) < 9
    assert np.array_equal(next(records[1]['src'].load([0]))[..., 3] > 0, LEFT)


def test_an_item_starts_at_every_frame(root: Path):
    config = {'type': 'YouTubeVISDataset', 'data_root': str(root.parent), 'path': root.name}
    dataset = DATASETS.build(config | {'num_frames': 3})
    assert len(dataset) == 4 + 1
    assert [dataset.place(number) for number in range(5)] == [
        (0, 0),
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 0),
    ]
    stream = dataset[1]['streams']['src']
    assert (stream.size, stream.matte_interpolation) == (SIZE, 'linear')
    assert stream.render().shape == (3, *SIZE, 4)
    short = dataset[4]['streams']['src'].render()  # one frame, three times
    assert len(np.unique(short.reshape(len(short), -1), axis=0)) == 1


def test_one_frame_is_enough(root: Path):
    dataset = YouTubeVISDataset(data_root=str(root), num_frames=1)
    assert dataset[0]['streams']['src'].render().shape == (1, *SIZE, 4)


def test_clips_can_be_chosen_by_name(root: Path):
    dataset = YouTubeVISDataset(data_root=str(root), names=['short'])
    assert len(dataset) == 1
    with pytest.raises(DataError, match='owl'):  # it is there, but shows no person
        YouTubeVISDataset(data_root=str(root), names=['owl'])


def test_records_are_small(root: Path):
    record = YouTubeVISDataset(data_root=str(root)).get_data_info(0)
    assert len(pickle.dumps(record)) < 1500
    assert isinstance(record['src'].matte.runs[1], bytes)


def test_annotation_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch):
    reads = []
    read = youtube_vis.read_annotations
    monkeypatch.setattr(
        youtube_vis, 'read_annotations', lambda *args: reads.append(args) or read(*args)
    )
    first, second = (YouTubeVISDataset(data_root=str(root)) for _ in range(2))
    assert len(reads) == 1
    assert first.get_data_info(0) == second.get_data_info(0)
    change(root, lambda content: content['videos'].pop(2))
    assert len(YouTubeVISDataset(data_root=str(root))) == 4
    assert len(reads) == 2


def no_person(content: dict) -> None:
    content['categories'] = [{'id': 26, 'name': 'owl'}]


def no_annotations(content: dict) -> None:
    content['annotations'] = None  # as the files of the validation videos have it


def still_images(content: dict) -> None:
    content['images'] = content.pop('videos')


def short_masks(content: dict) -> None:
    content['annotations'][0]['segmentations'].pop()


def wrong_length(content: dict) -> None:
    content['videos'][1]['length'] = 9


def wrong_size(content: dict) -> None:
    content['videos'][1]['height'] = 20


def wrong_total(content: dict) -> None:
    content['annotations'][0]['segmentations'][1]['counts'][0] += 1


def no_segmentations(content: dict) -> None:
    del content['annotations'][0]['segmentations']


@pytest.mark.parametrize(
    ('edit', 'message'),
    [
        (no_person, "has no category 'person'; it has owl"),
        (no_annotations, 'has no annotations, so it is not'),
        (still_images, 'has no videos, so it is not'),
        (short_masks, 'video 8, annotation 1 has 3 masks for 4 frames'),
        (wrong_length, 'video 8: length is 9, but file_names has 4 frames'),
        (wrong_size, r'video 8, annotation 1, frame 1: the mask has size \[18, 26\]'),
        (wrong_total, 'video 8, annotation 1, frame 1: run lengths make 469 pixels'),
        (no_segmentations, "lacks 'segmentations'"),
    ],
)
def test_faults_of_annotations_are_named(root: Path, edit, message: str):
    change(root, edit)
    with pytest.raises(DataError, match=message) as caught:
        YouTubeVISDataset(data_root=str(root))
    assert 'instances.json' in str(caught.value)


def test_videos_of_another_release_are_named(root: Path):
    (root / 'JPEGImages' / 'two').rename(root / 'JPEGImages' / 'other')
    with pytest.raises(
        DataError, match=r'lacks 1 of 2 that .*instances.json names: two; .*release'
    ):
        YouTubeVISDataset(data_root=str(root))


@pytest.mark.parametrize('frames', [[10], [0, 5, 10, 15]])
def test_frames_of_another_size_than_annotated_are_named(root: Path, frames: list[int]):
    for frame in frames:
        Image.new('RGB', (26, 20)).save(root / 'JPEGImages' / 'two' / f'{frame:05d}.jpg')
    stream = YouTubeVISDataset(data_root=str(root), num_frames=4)[0]['streams']['src']
    name = f'two/{frames[0]:05d}.jpg'
    with pytest.raises(DataError, match=rf'{name} has 26x20 pixels; 26x18'):
        stream.render()


@pytest.mark.parametrize('name', ['instances.json', 'JPEGImages'])
def test_missing_parts_say_what_to_do(root: Path, name: str):
    (root / name).rename(root / 'elsewhere')
    with pytest.raises(DataError, match=rf'{name} does not exist .*data root'):
        YouTubeVISDataset(data_root=str(root))


def test_what_every_data_set_promises(root: Path):
    pipeline = {
        'frames': {'type': 'SampleFrames', 'shift': True, 'reverse': 0.5},
        'crop': {'type': 'CropResize', 'size': 16},
        'pack': {'type': 'PackSegmentation'},
    }
    check_dataset(YouTubeVISDataset(data_root=str(root), num_frames=3, pipeline=pipeline))
