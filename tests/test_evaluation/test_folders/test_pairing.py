from pathlib import Path

import cv2
import numpy as np
import pytest

from rvm.errors import DataError
from rvm.evaluation.folders import evaluate_folders
from rvm.evaluation.folders.pairing import pair_folders
from tests.test_evaluation.test_folders.sets import (
    CLIPS,
    drop,
    make_set,
    matte,
    picture,
    save,
    save_bits,
)
from tests.test_io.media_factory import write_video


@pytest.fixture
def true(tmp_path):
    return make_set(tmp_path / 'set')


@pytest.fixture
def pred(tmp_path):
    return make_set(tmp_path / 'model', seed=1, kinds=('pha', 'fgr'))


def refusal(pred, true, **options):
    """Return the one sentence with which the folders are refused."""
    with pytest.raises(DataError) as caught:
        pair_folders(pred, true, **options)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f'{pred} does not fit the truth {true}, nothing was evaluated: ')
    return line


def rename(path: Path, name: str):
    path.rename(path.with_name(name))


WRONG = {
    'a missing clip': (
        lambda pred, true: drop(pred / 'static/0002'),
        ['missing clips (1): static/0002'],
    ),
    'a missing data set': (
        lambda pred, true: drop(pred / 'static'),
        ['missing clips (1): static/0002'],
    ),
    'missing frames': (
        lambda pred, true: [drop(pred / f'static/0002/pha/{n}.png') for n in range(7)],
        ['missing frames (7): ', '/static/0002/pha/0, ', '/static/0002/pha/4 and 2 more'],
    ),
    'a missing foreground frame': (
        lambda pred, true: drop(pred / 'static/0002/fgr/3.png'),
        ['missing frames (1): ', 'model/static/0002/fgr/3'],
    ),
    'a true foreground in part': (
        lambda pred, true: drop(true / 'static/0002/fgr/3.png'),
        ['missing frames (1): ', 'set/static/0002/fgr/3'],
    ),
    'no mattes of a clip': (
        lambda pred, true: drop(pred / 'motion/0001/pha'),
        ['clips without pha (1): ', 'model/motion/0001'],
    ),
    'no true mattes of a clip': (
        lambda pred, true: drop(true / 'motion/0001/pha'),
        ['true clips without pha, add it or remove the folder (1): ', 'set/motion/0001'],
    ),
    'a true folder that is no clip': (
        lambda pred, true: (true / 'logs/a').mkdir(parents=True),
        ['true clips without pha, add it or remove the folder (1): ', 'set/logs/a'],
    ),
    'an empty folder': (
        lambda pred, true: [drop(path) for path in (pred / 'motion/0001/pha').iterdir()],
        ['cannot be used (1): ', 'model/motion/0001/pha holds no images'],
    ),
    'an empty true folder': (
        lambda pred, true: [drop(path) for path in (true / 'motion/0001/fgr').iterdir()],
        ['cannot be used (1): ', 'set/motion/0001/fgr holds no images'],
    ),
    'a true data set without clips': (
        lambda pred, true: (true / 'empty').mkdir(),
        ['data sets without clips (1): ', 'set/empty'],
    ),
    'a surplus clip': (
        lambda pred, true: save(pred / 'static/0003/pha/0.png', matte(0)),
        ['surplus clips, remove them or use --ignore-surplus (1): ', 'model/static/0003'],
    ),
    'surplus frames': (
        lambda pred, true: save(pred / 'static/0002/pha/99.png', matte(0)),
        ['surplus frames, remove them or use --ignore-surplus (1): ', 'static/0002/pha/99'],
    ),
    'a foreground of one clip alone': (
        lambda pred, true: drop(pred / 'static/0002/fgr'),
        ['clips without fgr, ', '(1): static/0002'],
    ),
    'another size': (
        lambda pred, true: save(pred / 'static/0002/pha/9.png', matte(0)[:-1]),
        ['another size ', '(1): ', 'model/static/0002/pha/9.png (32x23, not 32x24)'],
    ),
    'a size that broadcasts': (
        lambda pred, true: save(pred / 'static/0002/pha/9.png', matte(0)[:1]),
        ['model/static/0002/pha/9.png (32x1, not 32x24)'],
    ),
    'another size of a foreground': (
        lambda pred, true: save(true / 'static/0002/fgr/9.png', picture(0)[:, :-1]),
        ['set/static/0002/fgr/9.png (31x24, not 32x24)'],
    ),
    'a size that changes in the truth': (
        lambda pred, true: save(true / 'static/0002/pha/9.png', matte(0)[:1]),
        ['set/static/0002/pha/9.png (32x1, not 32x24)'],
    ),
    'more bits': (
        lambda pred, true: save(pred / 'static/0002/pha/9.png', matte(0).astype(np.uint16) * 257),
        ['another bit depth ', '(1): ', 'model/static/0002/pha/9.png (16 bits, not 8)'],
    ),
    'fewer bits': (
        lambda pred, true: save_bits(pred / 'static/0002/pha/9.png', 1),
        ['another bit depth ', '(1): ', 'model/static/0002/pha/9.png (1 bits, not 8)'],
    ),
    'a matte with alpha': (
        lambda pred, true: save(
            pred / 'static/0002/pha/9.png', cv2.cvtColor(picture(0), cv2.COLOR_BGR2BGRA)
        ),
        ['an alpha channel, save alpha as grey', 'model/static/0002/pha/9.png'],
    ),
    'two files of one name': (
        lambda pred, true: save(pred / 'static/0002/pha/9.jpg', matte(0)),
        ['cannot be used (1): ', 'model/static/0002/pha holds 9.jpg and 9.png'],
    ),
    'two true files of one name': (
        lambda pred, true: save(true / 'static/0002/pha/9.jpg', matte(0)),
        ['cannot be used (1): ', 'set/static/0002/pha holds 9.jpg and 9.png'],
    ),
    'a folder and a video': (
        lambda pred, true: write_video(pred / 'static/0002/pha.mp4', 13),
        ['cannot be used (1): ', 'model/static/0002/pha and pha.mp4 are both there'],
    ),
    'a file that is no image': (
        lambda pred, true: (pred / 'static/0002/pha/9.png').write_bytes(b'none'),
        ['files that cannot be read (1): ', 'model/static/0002/pha/9.png cannot be decoded'],
    ),
    'a file of no bytes': (
        lambda pred, true: (true / 'static/0002/pha/0.png').write_bytes(b''),
        ['files that cannot be read (1): ', 'set/static/0002/pha/0.png cannot be decoded'],
    ),
    'names that differ': (
        lambda pred, true: rename(pred / 'static/0002/pha/9.png', '09.png'),
        ['missing frames (1): ', 'static/0002/pha/9;', 'surplus frames', 'static/0002/pha/09'],
    ),
}


@pytest.mark.parametrize('case', WRONG)
def test_what_does_not_fit_is_refused_by_name(pred, true, case):
    spoil, words = WRONG[case]
    pair_folders(pred, true)
    spoil(pred, true)
    line = refusal(pred, true)
    assert line.count(' (1): ') + line.count(' (7): ') == 1 + (case == 'names that differ'), line
    for word in words:
        assert word in line


def test_everything_is_told_at_once(pred, true):
    cases = ['a missing clip', 'more bits', 'another size']
    make_set(true, clips={'other/x': 1})
    for case in cases[1:]:
        name = 'motion/0001' if case == 'more bits' else 'static/0002'
        image = matte(0).astype(np.uint16) if case == 'more bits' else matte(0)[:-1]
        save(pred / name / 'pha/2.png', image)
    line = refusal(pred, true)
    for word in ('missing clips (1): other/x', '(16 bits, not 8)', '(32x23, not 32x24)'):
        assert word in line


@pytest.mark.parametrize('count', [12, 14])
def test_a_video_of_another_length(pred, true, count):
    drop(pred / 'static/0002/pha')
    write_video(pred / 'static/0002/pha.mp4', count, gop=5)
    for ignore in (False, True):
        line = refusal(pred, true, ignore_surplus=ignore)
        assert f'static/0002/pha.mp4 ({count} frames, not 13)' in line
        assert 'another length than the true mattes (1)' in line


def test_a_video_that_cannot_be_read(pred, true):
    drop(pred / 'static/0002/pha')
    (pred / 'static/0002/pha.mp4').write_bytes(b'none')
    line = refusal(pred, true)
    assert 'cannot be used (1): ' in line
    assert 'static/0002/pha.mp4' in line


def test_videos_of_other_size_and_depth(pred, true):
    drop(pred / 'static/0002/pha')
    write_video(pred / 'static/0002/pha.mkv', 13, 'ffv1', pixel_format='yuv420p10le')
    line = refusal(pred, true)
    assert '(64x48, not 32x24)' in line
    assert '(16 bits, not 8)' in line


def test_surplus_is_ignored_when_asked_to_and_noted(pred, true):
    expected = evaluate_folders(pred, true).mean()
    save(pred / 'static/0003/pha/0.png', matte(0))
    save(pred / 'static/0002/pha/99.png', matte(0)[:2])
    save(pred / 'static/0002/fgr/99.png', picture(0))
    with pytest.raises(DataError, match='ignore-surplus'):
        evaluate_folders(pred, true)
    results = evaluate_folders(pred, true, ignore_surplus=True)
    assert results.mean() == pytest.approx(expected, rel=1e-6)
    clips, frames = results.notes
    assert 'surplus clips (1): ' in clips
    assert 'model/static/0003' in clips
    assert 'surplus frames (2): ' in frames
    assert 'static/0002/pha/99' in frames


def test_other_folders_and_files_do_not_matter(pred, true):
    before, _ = pair_folders(pred, true)
    for folder in (pred, true):
        (folder / 'results.json').write_text('{}')
        (folder / 'static/0002/notes.txt').write_text('x')
        (folder / 'static/0002/pha/.hidden.png').write_bytes(b'')
        (folder / '.hidden/x/pha').mkdir(parents=True)
    (pred / 'report/logs').mkdir(parents=True)
    (pred / 'static/0002/bgr').mkdir()
    save(true / 'static/0002/fgr/99.png', picture(0))
    assert pair_folders(pred, true) == (before, [])


def test_frames_are_paired_by_name_and_in_natural_order(pred, true):
    for file in list((pred / 'static/0002/pha').iterdir()):
        save(file.with_suffix('.bmp'), cv2.imread(str(file), 0))
        drop(file)
    clips, notes = pair_folders(pred, true)
    assert [clip.name for clip in clips] == list(CLIPS)
    assert notes == []
    assert clips[1].frames == tuple(map(str, range(13)))
    assert clips[1].streams['pred_pha'].names == tuple(f'{n}.bmp' for n in range(13))
    assert clips[1].streams['true_fgr'].names == tuple(f'{n}.png' for n in range(13))
    assert set(clips[1].streams) == {'pred_pha', 'true_pha', 'pred_fgr', 'true_fgr'}


def test_what_is_not_needed_is_not_looked_at(pred, true):
    drop(pred / 'static/0002/fgr')
    (true / 'motion/0001/com/0.png').write_bytes(b'')
    save(pred / 'static/0002/fgr/0.png', picture(0))
    clips, notes = pair_folders(pred, true, need_colour=False)
    assert [set(clip.streams) for clip in clips] == [{'pred_pha', 'true_pha'}] * 2
    assert notes == []


ODD_SOURCES = {
    'missing': lambda path: drop(path),
    'empty': lambda path: path.write_bytes(b''),
    'of another size': lambda path: save(path, picture(0)[:-1]),
}


@pytest.mark.parametrize('case', ODD_SOURCES)
def test_a_source_that_cannot_be_shown_is_said(pred, true, case):
    ODD_SOURCES[case](true / 'motion/0001/com/3.png')
    clips, (note,) = pair_folders(pred, true, with_source=True)
    assert ['src' in clip.streams for clip in clips] == [False, True]
    assert note.startswith('1 of 2 clips lack com, or have frames of it that are missing, damaged')
    assert note.endswith('show no source: motion/0001')
    assert pair_folders(pred, true)[1] == []


def test_a_source_as_a_video_of_another_size_is_said(pred, true):
    drop(true / 'motion/0001/com')
    write_video(true / 'motion/0001/com.mp4', 5)
    clips, (note,) = pair_folders(pred, true, with_source=True)
    assert ['src' in clip.streams for clip in clips] == [False, True]
    assert 'another size' in note
