import shutil

import cv2
import numpy as np
import pytest

from rvm.datasets.inspect import Fault
from rvm.datasets.inspect.youtube_vis import check_youtube_vis
from rvm.datasets.youtube_vis import YouTubeVISDataset
from tests.test_datasets.test_inspect.roots import rewrite

PATH = 'YouTubeVIS/train'


def check(root):
    dataset = YouTubeVISDataset(data_root=str(root), path=PATH, lazy_init=True)
    found = list(check_youtube_vis(dataset))
    jobs = [one for one in found if not isinstance(one, Fault)]
    faults = [one for one in found if isinstance(one, Fault)]
    return faults + [one for job in jobs for one in job.run(quick=False).faults], jobs


def test_the_videos_of_the_data_set_are_checked(clean_root):
    faults, jobs = check(clean_root)
    dataset = YouTubeVISDataset(data_root=str(clean_root), path=PATH)
    assert faults == []
    assert [job.name for job in jobs] == [
        dataset.get_data_info(number)['clip'] for number in range(len(jobs))
    ]
    assert sum(job.num_files for job in jobs) == len(dataset)


def person(content, number=0):
    (category,) = {one['id'] for one in content['categories'] if one['name'] == 'person'}
    return [one for one in content['annotations'] if one['category_id'] == category][number]


def counts(content):
    return next(mask for mask in person(content)['segmentations'] if mask is not None)


@pytest.mark.parametrize(
    ('change', 'kind', 'message'),
    [
        (lambda c: counts(c)['counts'].append(5), 'run-lengths', 'run lengths make'),
        (lambda c: counts(c).update(counts='~~'), 'run-lengths', 'damaged'),
        (lambda c: counts(c).update(size=[1, 2]), 'run-lengths', 'size'),
        (lambda c: person(c)['segmentations'].pop(), 'length', '4 masks for 5 frames'),
        (lambda c: c['videos'][0].update(length=9), 'length', 'length is 9'),
        (lambda c: person(c).update(video_id=99), 'annotation', 'video 99'),
        (lambda c: c['videos'][0].pop('height'), 'annotation', "'height' in entry 0"),
        (lambda c: [k.update(name='owl') for k in c['categories']], 'annotation', 'person'),
        (lambda c: c.pop('videos'), 'annotation', 'has no videos'),
    ],
)
def test_faults_of_the_annotation(own_root, change, kind, message):
    file = own_root / PATH / 'instances.json'
    rewrite(file, change)
    faults, _ = check(own_root)
    assert {one.kind for one in faults} == {kind}
    assert {one.path for one in faults} == {str(file)}
    assert message in faults[0].text


def test_frames_and_folders_that_do_not_fit(own_root):
    _, (first, second, *_) = check(own_root)
    shutil.rmtree(first.frames.files[0].parent)
    cv2.imwrite(str(second.frames.files[2]), np.zeros((9, 9, 3), np.uint8))
    faults, _ = check(own_root)
    assert [(one.kind, one.path) for one in faults] == [
        ('missing', str(first.frames.files[0].parent)),
        ('size', str(second.frames.files[2])),
    ]
