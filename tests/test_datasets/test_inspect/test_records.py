import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from rvm.datasets import ClipDataset
from rvm.datasets.evaluation_clips import EvaluationClips
from rvm.datasets.frames import RGBA, ImageFrames, VideoFrames
from rvm.datasets.inspect import Fault
from rvm.datasets.inspect.records import check_evaluation_clips, check_records
from rvm.errors import DataError
from tests.test_io.media_factory import write_video


def run(checker, dataset):
    found = list(checker(dataset))
    jobs = [one for one in found if not isinstance(one, Fault)]
    faults = [one for one in found if isinstance(one, Fault)]
    return faults + [one for job in jobs for one in job.run(quick=False).faults], jobs


class Plugin(ClipDataset):
    """Clips as a plugin may give them, without a checker of its own."""

    def load_data_list(self):
        folder = self.need_folder('clips')
        names = tuple(sorted(path.name for path in folder.glob('*.png')))
        video = VideoFrames(str(folder / 'v.mp4'), 6)
        return [
            {'clip': 'images', 'fgr': ImageFrames(str(folder), names, RGBA)},
            {'clip': 'video', 'fgr': video},
        ]


class Buggy(ImageFrames):
    def load(self, numbers, shrink=1):
        raise ZeroDivisionError('oh')


def make_clips(root):
    folder = root / 'clips'
    folder.mkdir()
    for number in range(3):
        cv2.imwrite(str(folder / f'{number}.png'), np.full((8, 8, 4), 40 * number, np.uint8))
    write_video(folder / 'v.mp4', 6)
    return folder


def test_records_of_any_data_set_are_loaded(tmp_path):
    folder = make_clips(tmp_path)
    faults, jobs = run(check_records, Plugin(data_root=str(tmp_path), lazy_init=True))
    assert (faults, [job.num_files for job in jobs]) == ([], [3, 1])
    found = jobs[0].run(quick=True)
    assert (found.frames, found.files, found.size) == (3, 3, (8, 8))
    (folder / '0.png').write_bytes(b'')
    cv2.imwrite(str(folder / '1.png'), np.zeros((8, 8, 3), np.uint8))
    (folder / 'v.mp4').write_bytes(b'no video at all')
    faults, _ = run(check_records, Plugin(data_root=str(tmp_path), lazy_init=True))
    assert {(one.kind, Path(one.path.split(',')[0]).name) for one in faults} == {
        ('empty', '0.png'),
        ('damaged', 'v.mp4'),
    }
    cv2.imwrite(str(folder / '0.png'), np.zeros((8, 8, 4), np.uint8))
    faults, _ = run(check_records, Plugin(data_root=str(tmp_path), lazy_init=True))
    assert ('damaged', str(folder / '1.png')) in {(one.kind, one.path) for one in faults}


def test_a_list_that_cannot_be_made_and_a_source_with_a_bug(tmp_path):
    dataset = Plugin(data_root=str(tmp_path), lazy_init=True)
    (fault,) = check_records(dataset)
    assert (fault.kind, fault.path) == ('source', str(tmp_path))
    assert 'clips does not exist' in fault.text

    make_clips(tmp_path)
    dataset.load_data_list = lambda: [
        {'clip': 'a', 'fgr': Buggy(str(tmp_path / 'clips'), ('0.png', '1.png'))}
    ]
    faults, _ = run(check_records, dataset)
    assert [one.kind for one in faults] == ['damaged', 'damaged']
    assert faults[0].text.endswith('0.png: ZeroDivisionError: oh')


def test_evaluation_clips_are_listed_by_their_truth(own_root):
    dataset = EvaluationClips(data_root=str(own_root), path='videomatte_demo', lazy_init=True)
    faults, jobs = run(check_evaluation_clips, dataset)
    assert faults == []
    names = [job.name for job in jobs]
    dataset.full_init()
    assert names == [dataset.get_data_info(number)['clip'] for number in range(len(dataset))]
    clip = own_root / 'videomatte_demo' / names[0]
    pictures = sorted((clip / 'com').iterdir())
    pictures[1].unlink()
    shutil.copy(pictures[0], clip / 'com' / f'7000{pictures[0].suffix}')
    (clip / 'fgr' / pictures[0].name).write_bytes(b'')
    shutil.rmtree(own_root / 'videomatte_demo' / names[1] / 'pha')
    faults, _ = run(check_evaluation_clips, dataset)
    assert {
        (one.kind, one.path.removeprefix(f'{own_root}/videomatte_demo/')) for one in faults
    } == {
        ('unpaired', f'{names[0]}/pha/{pictures[1].name}'),
        ('unpaired', f'{names[0]}/com/7000{pictures[0].suffix}'),
        ('gap', f'{names[0]}/com'),
        ('empty', f'{names[0]}/fgr/{pictures[0].name}'),
        ('missing', f'{names[1]}/pha'),
    }
    short = EvaluationClips(
        data_root=str(own_root), path='videomatte_demo', max_frames=1, lazy_init=True
    )
    kinds = {one.kind for one in run(check_evaluation_clips, short)[0]}
    assert kinds == {'gap', 'empty', 'missing', 'unpaired'}


def test_a_plugin_may_raise_what_it_wants(tmp_path):
    class Refusing(Plugin):
        def load_data_list(self):
            raise DataError('two\nlines')

    (fault,) = check_records(Refusing(data_root=str(tmp_path), lazy_init=True))
    assert fault.text == f'{tmp_path}: two lines'


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='needs named pipes')
def test_a_frame_that_is_a_pipe_is_not_opened(tmp_path, monkeypatch):
    folder = make_clips(tmp_path)
    job = next(check_records(Plugin(data_root=str(tmp_path), lazy_init=True)))
    (folder / '0.png').unlink()
    os.mkfifo(folder / '0.png')

    def refuse(self):
        raise AssertionError('opened')

    monkeypatch.setattr(ImageFrames, 'size', refuse)
    found = job.run(quick=False)
    assert [(one.kind, one.path) for one in found.faults] == [('not-a-file', str(folder / '0.png'))]
    assert (found.size, found.digest) == (None, None)
