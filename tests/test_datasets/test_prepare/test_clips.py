from pathlib import Path

import numpy as np
import pytest

from rvm.datasets.prepare.archives import DiskFile
from rvm.datasets.prepare.clips import Clip, WriteFrames, all_jpeg, compare_clips, find_clips
from rvm.datasets.prepare.inputs import Tree
from rvm.datasets.prepare.pictures import Encoding
from rvm.datasets.prepare.plan import OutputError
from rvm.errors import DataError, MediaError
from rvm.io import read_image
from tests.test_datasets.footage import matte, picture, save, save_video
from tests.test_datasets.test_prepare.raw import names, pack, tree


def clip(*paths: Path) -> Clip:
    blobs = tuple(DiskFile(path, path.stat().st_size) for path in paths)
    return Clip(paths[0].stem, paths[0].name, blobs)


@pytest.fixture
def video(tmp_path):
    return save_video(tmp_path / 'in' / '0000.mp4', [picture(20 * n) for n in range(6)], crf=1)


def test_videos_and_folders_of_images_are_clips(tmp_path, video):
    for name in ('a/10.jpg', 'a/9.jpg', 'a/b/1.png', 'top.jpg'):
        save(tmp_path / 'in' / name, picture(1))
    found = find_clips(Tree(tmp_path / 'in').entries)
    assert {c.place: [b.file_name for b in c.blobs] for c in found} == {
        '0000.mp4': ['0000.mp4'],
        'a': ['9.jpg', '10.jpg'],
        'a/b': ['1.png'],
    }
    assert [c.name for c in found if c.is_video] == ['0000']
    assert [all_jpeg(c.blobs) for c in found if not c.is_video] == [True, False]


@pytest.mark.parametrize('packed', [False, True])
@pytest.mark.parametrize('frames', [None, 4, 100])
def test_a_video_becomes_jpeg(tmp_path, video, packed, frames):
    source = clip(video)
    if packed:
        (source,) = find_clips(Tree(pack(video.parent, tmp_path / 'x.tar')).entries)
    action = WriteFrames('train', tmp_path / 'out' / '0000', source, Encoding(), frames)
    action.check()
    assert not action.done()
    count = min(frames or 6, 6)
    assert dict(action.make()) == {'written': count}
    assert action.done()
    assert list(tree(tmp_path / 'out')) == [f'0000/{n:04}.jpg' for n in range(count)]
    for number in range(count):
        found = read_image(tmp_path / 'out' / '0000' / f'{number:04}.jpg').astype(int)
        assert np.abs(found - picture(20 * number)).max() < 8


def test_an_alpha_becomes_grey_and_must_fit(tmp_path, video):
    alpha = save_video(tmp_path / 'pha.mp4', [matte(40 * n) for n in range(6)], crf=1)
    partner = clip(video).blobs[0]
    action = WriteFrames('x', tmp_path / 'o', clip(alpha), Encoding(), grey=True, partner=partner)
    action.make()
    stored = read_image(tmp_path / 'o' / '0003.jpg', channels='grey')
    assert np.abs(stored[:, :12].astype(int) - 120).max() < 6
    short = save_video(tmp_path / 'short.mp4', [matte(40 * n) for n in range(5)])
    wrong = WriteFrames('x', tmp_path / 'p', clip(short), Encoding(), grey=True, partner=partner)
    for attempt in (wrong.check, wrong.make):
        with pytest.raises(DataError, match=r'short.mp4 has 5 frames of 32x24 and .* has 6 frames'):
            attempt()
    assert not (tmp_path / 'p').exists()


def test_images_become_jpeg_at_reduced_size(tmp_path):
    files = [save(tmp_path / 'in' / f'{n}.png', picture(50 * n, (40, 60))) for n in range(3)]
    action = WriteFrames('x', tmp_path / 'o', clip(*files), Encoding(max_side=30), 2)
    action.check()
    assert action.size() == sum(path.stat().st_size for path in files[:2])
    action.make()
    assert names(tmp_path / 'o') == ['0000.jpg', '0001.jpg']
    assert read_image(tmp_path / 'o' / '0001.jpg').shape == (20, 30, 3)


@pytest.mark.parametrize('change', ['cut', 'empty file', 'empty folder', 'a file'])
def test_frames_that_are_cut_off_do_not_look_finished(tmp_path, video, change):
    action = WriteFrames('x', tmp_path / 'o', clip(video), Encoding())
    action.make()
    frame = tmp_path / 'o' / '0003.jpg'
    if change == 'cut':
        frame.write_bytes(frame.read_bytes()[:-1])
    elif change == 'empty file':
        frame.write_bytes(b'')
    else:
        (tmp_path / 'o').rename(tmp_path / 'away')
        (tmp_path / 'o').mkdir() if change == 'empty folder' else (tmp_path / 'o').touch()
    with pytest.raises(DataError, match=r'cut off; remove .*/o, or name'):
        action.done()


@pytest.mark.parametrize('change', ['fewer', 'more', 'other name', 'other video'])
@pytest.mark.parametrize('frames', [None, 4])
def test_other_frames_than_the_source_has_are_refused(tmp_path, video, change, frames):
    action = WriteFrames('x', tmp_path / 'o', clip(video), Encoding(), frames)
    action.make()
    last = max((tmp_path / 'o').iterdir())
    if change == 'fewer':
        last.unlink()
    elif change == 'more':
        (tmp_path / 'o' / '0099.jpg').write_bytes(last.read_bytes())
    elif change == 'other name':
        last.rename(last.with_name('x.jpg'))
    else:
        save_video(video, [picture(20 * n) for n in range(3)])
    with pytest.raises(OutputError, match=r'/o does not hold the \d frames that .*0000.mp4 would'):
        action.done()


def test_other_frames_than_a_folder_has_are_refused(tmp_path):
    files = [save(tmp_path / 'in' / f'{n}.png', picture(50 * n)) for n in range(3)]
    WriteFrames('x', tmp_path / 'o', clip(*files[:2]), Encoding()).make()
    assert WriteFrames('x', tmp_path / 'o', clip(*files), Encoding(), 2).done()
    with pytest.raises(OutputError, match='does not hold the 3 frames'):
        WriteFrames('x', tmp_path / 'o', clip(*files), Encoding()).done()


@pytest.mark.parametrize('packed', [False, True])
def test_a_damaged_video_is_named_and_leaves_nothing(tmp_path, video, packed):
    video.write_bytes(b'no video' * 100)
    source = clip(video)
    if packed:
        (source,) = find_clips(Tree(pack(video.parent, tmp_path / 'x.zip')).entries)
    action = WriteFrames('x', tmp_path / 'out' / '0000', source, Encoding())
    for attempt in (action.check, action.make):
        with pytest.raises(MediaError) as caught:
            attempt()
        assert str(source.blobs[0]) in str(caught.value)
    assert not (tmp_path / 'out').exists() or not tree(tmp_path / 'out')


def test_clips_are_compared(tmp_path, video):
    a, b = ([save(tmp_path / x / f'{n}.jpg', picture(50 * n)) for n in range(2)] for x in 'ab')
    c = [save(tmp_path / 'c' / '0.jpg', picture(200)), b[1]]
    assert compare_clips(clip(*a), clip(*b)) == 'equal'
    assert compare_clips(clip(*a), clip(*c)) == 'different'
    assert compare_clips(clip(*a), clip(b[0])) == 'different, but their first frames are equal'
    assert compare_clips(clip(video), clip(video)) == 'equal'
    assert compare_clips(clip(video), clip(*a)) == 'not comparable'
