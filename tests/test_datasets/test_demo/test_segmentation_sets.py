import json

import cv2
import numpy as np
import pytest

from rvm.datasets.demo import TINY
from rvm.datasets.demo.crowd import box_of
from rvm.datasets.demo.segmentation_sets import COCO_CATEGORIES, coco_image
from rvm.datasets.rle import mask_from_counts


@pytest.fixture(scope='module')
def coco(root) -> dict:
    file = root / 'coco' / 'annotations' / 'panoptic_train2017.json'
    return json.loads(file.read_text())


@pytest.fixture(scope='module')
def vis(root) -> dict:
    return json.loads((root / 'YouTubeVIS' / 'train' / 'instances.json').read_text())


def test_coco_segments_are_those_of_the_pictures(root, coco):
    assert len(coco['images']) == len(coco['annotations']) == TINY.coco
    numbers = {category['name']: category['id'] for category in coco['categories']}
    assert (numbers['person'], numbers['backpack'], numbers['tie']) == (1, 27, 32)
    assert len(list((root / 'coco' / 'train2017').iterdir())) == TINY.coco
    for image, annotation in zip(coco['images'], coco['annotations'], strict=True):
        assert annotation['image_id'] == image['id']
        size = (image['height'], image['width'])
        assert cv2.imread(str(root / 'coco' / 'train2017' / image['file_name'])).shape[:2] == size
        png = cv2.imread(str(root / 'coco' / 'panoptic_train2017' / annotation['file_name']))
        ids = png[..., ::-1].astype(int) @ [1, 256, 65536]
        assert ids.shape == size
        assert set(np.unique(ids)) - {0} == {s['id'] for s in annotation['segments_info']}
        for segment in annotation['segments_info']:
            mask = ids == segment['id']
            assert segment['area'] == mask.sum()
            assert segment['bbox'] == box_of(mask)
            assert segment['category_id'] in numbers.values()


def test_coco_has_every_case(coco):
    def persons(annotation: dict) -> list[int]:
        return [s['iscrowd'] for s in annotation['segments_info'] if s['category_id'] == 1]

    cases = [persons(annotation) for annotation in coco['annotations']]
    assert [] in cases
    assert [1] in cases
    assert any(case[0] == 1 and 0 in case for case in cases if case)
    assert sum(0 in case for case in cases) >= 4


def test_coco_parts_of_persons_are_counted_apart(tmp_path):
    size = TINY
    found = set()
    for number in range(8, 60, 8):
        _, annotation = coco_image(tmp_path, 0, size, number)
        found |= {segment['category_id'] for segment in annotation['segments_info']}
        if {27, 32} & found:
            break
    assert found & {COCO_CATEGORIES['backpack'][0], COCO_CATEGORIES['tie'][0]}


def test_vis_is_the_release_of_2021(vis):
    names = {category['name']: category['id'] for category in vis['categories']}
    assert len(names) == 40
    assert (names['person'], names['airplane'], names['zebra']) == (26, 1, 40)
    assert list(names) == sorted(names)


def test_vis_frames_and_masks_fit(root, vis):
    folder = root / 'YouTubeVIS' / 'train' / 'JPEGImages'
    assert len(vis['videos']) == TINY.vis_videos
    videos = {video['id']: video for video in vis['videos']}
    listed = {name for video in vis['videos'] for name in video['file_names']}
    assert listed == {path.relative_to(folder).as_posix() for path in folder.rglob('*.jpg')}
    assert len({track['id'] for track in vis['annotations']}) == len(vis['annotations'])
    for track in vis['annotations']:
        video = videos[track['video_id']]
        assert video['length'] == len(video['file_names']) == TINY.vis_frames
        assert video['file_names'][1].endswith('/00005.jpg')
        for kind in ('segmentations', 'bboxes', 'areas'):
            assert len(track[kind]) == TINY.vis_frames
        for run, box, area in zip(
            track['segmentations'], track['bboxes'], track['areas'], strict=True
        ):
            assert (run is None) == (box is None) == (area is None)
            if run is None:
                continue
            height, width = run['size']
            assert (height, width) == (video['height'], video['width']) == TINY.sd
            assert sum(run['counts']) == height * width
            mask = mask_from_counts(np.array(run['counts']), height, width) > 0
            assert mask.sum() == area == sum(run['counts'][1::2])
            assert box == box_of(mask)


def test_vis_has_every_case(vis):
    tracks = vis['annotations']
    person = [track for track in tracks if track['category_id'] == 26]
    assert any(None in track['segmentations'] for track in person)
    assert any(track['category_id'] != 26 for track in tracks)
    seen = {track['video_id'] for track in person}
    assert 0 < len(seen) < len(vis['videos'])


def test_supervisely_masks(root):
    folder = root / 'SuperviselyPersonDataset'
    names = sorted(path.name for path in (folder / 'img').iterdir())
    assert names == sorted(path.name for path in (folder / 'seg').iterdir())
    assert len(names) == TINY.supervisely
    for name in names:
        mask = cv2.imread(str(folder / 'seg' / name), cv2.IMREAD_UNCHANGED)
        image = cv2.imread(str(folder / 'img' / name), cv2.IMREAD_UNCHANGED)
        assert image.shape == (*mask.shape, 3)
        assert set(np.unique(mask)) == {0, 255}
        assert 0.02 < (mask == 255).mean() < 0.9
