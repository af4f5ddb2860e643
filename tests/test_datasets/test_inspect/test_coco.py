import json
import os

import cv2
import numpy as np
import pytest

from rvm.datasets.coco_panoptic import CocoPanopticDataset
from rvm.datasets.inspect import Fault
from rvm.datasets.inspect.coco import check_coco
from tests.test_datasets.test_inspect.roots import rewrite

FILE = 'coco/annotations/panoptic_train2017.json'


def check(root, **options):
    dataset = CocoPanopticDataset(data_root=str(root), path='coco', lazy_init=True, **options)
    found = list(check_coco(dataset))
    jobs = [one for one in found if not isinstance(one, Fault)]
    faults = [one for one in found if isinstance(one, Fault)]
    return faults + [one for job in jobs for one in job.run(quick=False).faults], jobs


def test_the_images_of_the_data_set_are_checked(clean_root):
    faults, jobs = check(clean_root)
    dataset = CocoPanopticDataset(data_root=str(clean_root), path='coco')
    assert faults == []
    assert len(jobs) == dataset.num_items > 0
    everyone = json.loads((clean_root / FILE).read_text())['annotations']
    assert len(jobs) < len(everyone)


def test_segments_are_compared_both_ways(own_root):
    _, (job, *_) = check(own_root)
    image = cv2.imread(str(job.panoptic))
    image[:3, :3] = (0, 1, 7)  # blue, green, red
    cv2.imwrite(str(job.panoptic), image)
    rewrite(own_root / FILE, lambda content: add_segment(content, job.panoptic.name))
    (lacks, extra), _ = check(own_root)
    assert lacks.path == extra.path == str(job.panoptic)
    assert lacks.text.endswith('lists: 424242')
    assert extra.text.endswith('does not list: 263')


def open_files_alone(path, mode):
    assert path.is_file()  # a pipe would be waited for
    return open(path, mode)


def add_segment(content, name):
    entry = next(one for one in content['annotations'] if one['file_name'] == name)
    entry['segments_info'].append({**entry['segments_info'][0], 'id': 424242})


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda content: content.pop('categories'), 'has no categories'),
        (lambda content: content['categories'].pop(0), "no category 'person'"),
        (lambda content: content['annotations'][0].pop('segments_info'), 'instances'),
        (lambda content: content['annotations'][1].pop('segments_info'), 'entry 1'),
        (lambda content: [i.pop('height') for i in content['images']], "lacks 'height'"),
    ],
)
def test_annotations_that_are_something_else(own_root, change, message):
    rewrite(own_root / FILE, change)
    faults, _ = check(own_root)
    wrong = [one for one in faults if one.kind == 'annotation']
    assert message in wrong[0].text
    assert wrong[0].path == str(own_root / FILE)


def test_files_that_are_missing_or_damaged(own_root):
    _, (first, second, third, *_) = check(own_root)
    first.panoptic.write_bytes(b'')
    second.panoptic.write_bytes(second.panoptic.read_bytes()[:-40])
    third.image.files[0].unlink()
    cv2.imwrite(str(third.panoptic), np.zeros((9, 9, 3), np.uint8))
    faults, _ = check(own_root)
    assert {(one.kind, one.path) for one in faults} == {
        ('empty', str(first.panoptic)),
        ('truncated', str(second.panoptic)),
        ('missing', str(third.image.files[0])),
        ('size', str(third.panoptic)),
        ('segments', str(third.panoptic)),
    }


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='needs named pipes')
def test_an_image_that_is_a_pipe_is_not_opened(own_root, monkeypatch):
    _, (job, *_) = check(own_root)
    (image,) = job.image.files
    image.unlink()
    os.mkfifo(image)
    monkeypatch.setattr('rvm.datasets.inspect.picture.open', open_files_alone, raising=False)
    found = job.run(quick=False)
    assert [(one.kind, one.path) for one in found.faults] == [('not-a-file', str(image))]
    assert found.digest is None
