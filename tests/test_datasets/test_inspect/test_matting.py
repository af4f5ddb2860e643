import shutil

import cv2
import numpy as np

from rvm.datasets.backgrounds import StillBackgrounds, VideoBackgrounds
from rvm.datasets.image_matte import ImageMatteDataset
from rvm.datasets.inspect import ClipJob, Fault
from rvm.datasets.inspect.checkers import checker_of
from rvm.datasets.supervisely import SuperviselyDataset
from rvm.datasets.video_matte import VideoMatteDataset
from tests.test_datasets.test_inspect.roots import SD


def listed(dataset):
    found = list(checker_of(type(dataset))(dataset))
    faults = [(one.kind, one.path) for one in found if isinstance(one, Fault)]
    return faults, [one for one in found if isinstance(one, ClipJob)]


def test_what_data_sets_list_is_what_is_checked(clean_root):
    for cls, path in (
        (VideoMatteDataset, f'{SD}/train'),
        (VideoMatteDataset, 'Mp4'),
        (ImageMatteDataset, 'ImageMatte/train'),
        (StillBackgrounds, 'Backgrounds/train'),
        (VideoBackgrounds, 'BackgroundVideos/train'),
        (VideoBackgrounds, 'Clips'),
        (SuperviselyDataset, 'SuperviselyPersonDataset'),
    ):
        dataset = cls(data_root=str(clean_root), path=path, lazy_init=True)
        faults, jobs = listed(dataset)
        assert faults == []
        dataset.full_init()
        records = [dataset.get_data_info(number) for number in range(len(dataset.data_address))]
        assert [job.name for job in jobs] == [record['clip'] for record in records]
        for job, record in zip(jobs, records, strict=True):
            (source,) = (value for key, value in record.items() if key in ('fgr', 'src', 'bgr'))
            files = [path for part in job.parts for path in part.files]
            assert sorted(files) == sorted(source.files())
            assert job.run(quick=True).size == source.size()


def test_name_lists_choose_what_is_read(clean_root):
    dataset = VideoMatteDataset(
        data_root=str(clean_root), path=f'{SD}/train', exclude=['0002'], lazy_init=True
    )
    faults, jobs = listed(dataset)
    assert (faults, [job.name for job in jobs]) == ([], ['0001', '0003'])


def test_a_missing_half_and_an_empty_folder(own_root):
    shutil.rmtree(own_root / 'ImageMatte/train/pha')
    dataset = ImageMatteDataset(data_root=str(own_root), path='ImageMatte/train', lazy_init=True)
    assert listed(dataset) == ([('missing', str(own_root / 'ImageMatte/train/pha'))], [])
    (own_root / 'empty').mkdir()
    for cls in (StillBackgrounds, VideoBackgrounds):
        dataset = cls(data_root=str(own_root), path='empty', lazy_init=True)
        assert listed(dataset) == ([('nothing', str(own_root / 'empty'))], [])


def test_labels_of_supervisely_are_minded(tmp_path):
    for folder in ('img', 'seg'):
        (tmp_path / folder).mkdir()
        image = np.zeros((8, 8), np.uint8)
        image[:4] = 1
        cv2.imwrite(str(tmp_path / folder / 'a.png'), image)
    for labels, kinds in ((None, ['dark']), ([1], []), ([2], ['constant'])):
        dataset = SuperviselyDataset(data_root=str(tmp_path), labels=labels, lazy_init=True)
        _, (job,) = listed(dataset)
        assert [one.kind for one in job.run(quick=False).faults] == kinds
