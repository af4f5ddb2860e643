import cv2
import numpy as np
import pytest

from rvm.datasets.inspect.fault import Findings, most_common, show_size
from rvm.datasets.inspect.job import ClipJob, Part, check_part, check_values
from tests.test_io.media_factory import write_video


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name in ('0.png', '1.png', '2.png'):
        cv2.imwrite(str(tmp_path / name), rng.integers(0, 256, (8, 12, 3), np.uint8))
    return tmp_path


def test_a_clip_without_faults(folder):
    names = ('0.png', '1.png', '2.png')
    job = ClipJob('a', (Part(str(folder), names), Part(str(folder), names, 'grey')))
    found = job.run(quick=False)
    assert (found.faults, found.frames, found.files, job.num_files) == ([], 3, 6, 6)
    assert found.num_bytes == 2 * sum((folder / name).stat().st_size for name in names)
    assert (found.size, found.path) == ((8, 12), str(folder))
    again = ClipJob('b', (Part(str(folder), names[:2]),)).run(quick=True)
    assert found.digest != again.digest


def test_sizes_of_an_annotation_count(folder):
    found = Findings('a', 'a')
    check_part(Part(str(folder), ('0.png',), size=(8, 11)), found, quick=True)
    (fault,) = found.faults
    assert (fault.kind, fault.path) == ('size', str(folder / '0.png'))
    assert '12x8' in fault.text
    assert '11x8' in fault.text


def test_lengths_and_sizes_of_videos_are_compared(tmp_path):
    from tests.test_io.media_factory import pattern_frames

    fgr = write_video(tmp_path / 'fgr.mp4', 5)
    pha = write_video(tmp_path / 'pha.mp4', pattern_frames(4, width=32, height=48))
    job = ClipJob('a', (Part(str(fgr), None), Part(str(pha), None, 'grey')))
    faults = {(fault.kind, fault.path) for fault in job.run(quick=True).faults}
    assert faults == {('length', str(pha)), ('size', str(pha))}


def test_missing_frames_do_not_hide_others(folder):
    names = ('0.png', 'gone.png', '2.png')
    (folder / '2.png').write_bytes(b'')
    found = ClipJob('a', (Part(str(folder), names),)).run(quick=False)
    assert [(one.kind, one.path) for one in found.faults] == [
        ('missing', str(folder / 'gone.png')),
        ('empty', str(folder / '2.png')),
    ]
    assert found.size == (8, 12)


@pytest.mark.parametrize(
    ('name', 'low', 'high', 'kind'),
    [
        ('a.png', 0, 255, None),
        ('a.png', 0, 0, 'constant'),
        ('a.png', 255, 255, 'constant'),
        ('a.png', 0, 1, 'dark'),
        ('a.jpg', 0, 4, 'constant'),
        ('a.jpg', 0, 90, 'dark'),
        (None, 250, 255, 'constant'),
        ('a.png', None, None, None),
    ],
)
def test_values_of_mattes(name, low, high, kind):
    part = Part('/data/a', name and (name,), 'grey')
    found = check_values(part, low, high)
    assert kind == (found and found.kind)
    assert found is None or found.severity == ('fault' if kind == 'dark' else 'warning')


def test_sizes_are_counted_and_shown():
    assert most_common([None, (2, 3), (4, 5), (4, 5)]) == (4, 5)
    assert most_common([None]) is None
    assert show_size((2, 3)) == '3x2'
