import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from rvm.errors import MediaError, UserError
from rvm.inference import Matter
from rvm.inference.damage_record import RECORD, UNFINISHED, remember_damage
from rvm.inference.folder import list_videos, matte_folder
from rvm.io import H264Writer
from tests.conftest import ROOT
from tests.test_inference.media import (
    gradient_video,
    images_of,
    index_first,
    read_folder,
    write_images,
)
from tests.test_inference.stubs import RedNetwork
from tests.test_io.media_factory import truncate
from tests.test_io.writer_media import make_images


@pytest.fixture
def clips(tmp_path) -> Path:
    """A folder of three videos of 3, 4 and 5 frames, and things that are none."""
    folder = tmp_path / 'clips'
    folder.mkdir()
    for num, name in ((3, 'clip10.mp4'), (4, 'clip2.MP4'), (5, 'walk.v2.mkv')):
        path = gradient_video(folder / name.lower(), num=num)
        path.rename(folder / name)
    (folder / '.hidden.mp4').write_bytes(b'')
    (folder / 'notes.txt').write_text('hello')
    (folder / 'more').mkdir()
    return folder


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_videos_come_in_natural_order(clips):
    assert [path.name for path in list_videos(clips)] == ['clip2.MP4', 'clip10.mp4', 'walk.v2.mkv']


def test_a_folder_of_images_holds_no_videos(tmp_path):
    assert list_videos(write_images(tmp_path / 'in', make_images('rgb', 2))) == []


def test_every_video_gets_its_outputs(clips, tmp_path):
    begun, ended = [], []

    def progress(video: Path, number: int, count: int):
        begun.append((video.name, number, count))
        return lambda done, total: ended.append(video.name) if done == total else None

    result = matte_folder(
        clips, Matter(RedNetwork()), alpha=tmp_path / 'out', composite=tmp_path / 'out',
        foreground=tmp_path / 'deep' / 'fgr', progress=progress,
    )  # fmt: skip
    names = ['clip2.MP4', 'clip10.mp4', 'walk.v2.mkv']
    assert begun == [(name, number, 3) for number, name in enumerate(names)]
    assert ended == names
    assert [done.num_frames for done in result.done] == [4, 3, 5]
    assert (result.skipped, result.failed) == ([], {})
    stems = ['clip10', 'clip2', 'walk.v2']
    expected = sorted(f'{stem}.{suffix}' for stem in stems for suffix in ('mp4', 'mov'))
    assert _names(tmp_path / 'out') == expected
    assert _names(tmp_path / 'deep' / 'fgr') == [f'{stem}.mp4' for stem in stems]
    assert len(images_of(tmp_path / 'out' / 'walk.v2.mp4')) == 5


@pytest.mark.parametrize(
    ('options', 'names'),
    [
        ({}, ['clip10.mov', 'clip2.mov', 'walk.v2.mov']),
        ({'background': 'green'}, ['clip10.mp4', 'clip2.mp4', 'walk.v2.mp4']),
        ({'suffix': '.webm'}, ['clip10.webm', 'clip2.webm', 'walk.v2.webm']),
        ({'suffix': 'mkv', 'background': 'green'}, ['clip10.mkv', 'clip2.mkv', 'walk.v2.mkv']),
        ({'suffix': 'png'}, ['clip10', 'clip2', 'walk.v2']),
        ({'suffix': '.PNG'}, ['clip10', 'clip2', 'walk.v2']),
    ],
)
def test_the_format_of_the_outputs(clips, tmp_path, options, names):
    result = matte_folder(clips, Matter(RedNetwork()), composite=tmp_path / 'out', **options)
    assert result.failed == {}
    assert _names(tmp_path / 'out') == names
    assert len(images_of(tmp_path / 'out' / names[0])) == 3


def test_what_is_done_is_skipped_unless_it_is_to_be_overwritten(clips, tmp_path):
    network, out = RedNetwork(), tmp_path / 'out'
    matter = Matter(network)
    matte_folder(clips, matter, alpha=out)
    assert network.seen == 12
    again = matte_folder(clips, matter, alpha=out)
    assert network.seen == 12
    assert again.done == []
    assert again.skipped == list_videos(clips)
    (out / 'clip10.mp4').unlink()
    once = matte_folder(clips, matter, alpha=out)
    assert [Path(done.source).name for done in once.done] == ['clip10.mp4']
    assert len(once.skipped) == 2
    # a video whose outputs are there in part is done again
    both = matte_folder(clips, matter, alpha=out, foreground=tmp_path / 'fgr')
    assert len(both.done) == 3
    (out / 'clip2.mp4').write_bytes(b'old')
    assert len(matte_folder(clips, matter, alpha=out).skipped) == 3
    assert len(matte_folder(clips, matter, alpha=out, overwrite=True).done) == 3
    assert len(images_of(out / 'clip2.mp4')) == 4


def test_one_that_fails_does_not_stop_the_others(clips, tmp_path, caplog):
    (clips / 'a.mp4').write_text('no video')
    truncate(clips / 'clip10.mp4', clips / 'clip3.mp4', 0.5)
    out = tmp_path / 'out'
    with caplog.at_level(logging.ERROR):
        result = matte_folder(clips, Matter(RedNetwork()), alpha=out)
    assert len(result.done) == 3
    assert [path.name for path in result.failed] == ['a.mp4', 'clip3.mp4']
    for path, sentence in result.failed.items():
        assert path.name in sentence
        assert '\n' not in sentence
        assert sentence in caplog.text
    assert _names(out) == ['clip10.mp4', 'clip2.mp4', 'walk.v2.mp4']
    assert list(matte_folder(clips, Matter(RedNetwork()), alpha=out).failed) == list(result.failed)


def test_an_interrupt_stops_the_job(clips, tmp_path):
    network = RedNetwork(5, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        matte_folder(clips, Matter(network), alpha=tmp_path / 'out')
    assert _names(tmp_path / 'out') == ['clip2.mp4']


def test_the_state_of_one_video_is_no_business_of_the_next(clips, tmp_path, live_network):
    matter = Matter(live_network)
    matte_folder(clips, matter, alpha=tmp_path / 'all', suffix='png')
    for name in ('clip2.MP4', 'clip10.mp4'):
        (clips / name).unlink()
    matte_folder(clips, matter, alpha=tmp_path / 'one', suffix='png')
    found, alone = (np.stack(read_folder(tmp_path / x / 'walk.v2')) for x in ('all', 'one'))
    assert alone.std() > 10
    assert np.array_equal(found, alone)


def test_collisions_and_mixtures_are_refused_by_name(clips, tmp_path):
    (clips / 'clip2.mov').write_bytes(b'')
    with pytest.raises(UserError, match=r'clip2\.MP4 and .*clip2\.mov|clip2\.mov and .*clip2\.MP4'):
        matte_folder(clips, Matter(RedNetwork()), alpha=tmp_path / 'out')
    (clips / 'clip2.mov').unlink()
    (clips / 'poster.jpg').write_bytes(b'')
    with pytest.raises(UserError, match='holds both videos and images'):
        matte_folder(clips, Matter(RedNetwork()), alpha=tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_requests_that_make_no_sense_are_refused_before_any_work(clips, tmp_path):
    network, out, before = RedNetwork(), tmp_path / 'out', _names(clips)
    (tmp_path / 'empty').mkdir()
    refused = [
        (clips, {}, 'nothing to do'),
        (clips, {'alpha': out, 'background': 'green'}, 'but no composite'),
        (clips, {'alpha': out, 'foreground': out}, 'would have the same names'),
        (clips, {'alpha': out, 'composite': out, 'suffix': 'mov'}, 'would have the same names'),
        (clips, {'alpha': out, 'suffix': 'avi'}, "suffix: 'avi' is no format of outputs"),
        (clips, {'composite': out, 'suffix': 'mp4'}, '.mp4 holds no transparency'),
        (clips, {'composite': out, 'codec': 'h264'}, '.mov with h264 holds no transparency'),
        (clips, {'alpha': out, 'codec': 'vp9'}, "alpha: .mp4 holds h264, h265, not 'vp9'"),
        (clips, {'alpha': out, 'suffix': 'png', 'crf': 20}, 'crf=20: this is for videos'),
        (clips, {'alpha': clips}, 'holds the videos; name another folder for alpha'),
        (clips, {'alpha': clips, 'overwrite': True}, 'holds the videos'),
        (tmp_path / 'empty', {'alpha': out}, 'holds no videos'),
    ]
    for folder, options, message in refused:
        with pytest.raises(UserError, match=message) as caught:
            matte_folder(folder, Matter(network), **options)
        assert '\n' not in str(caught.value)
    assert network.seen == 0
    assert not out.exists()
    assert _names(clips) == before


def test_settings_of_the_encoder_reach_the_videos(clips, tmp_path):
    out = tmp_path / 'out'
    result = matte_folder(clips, Matter(RedNetwork()), alpha=out, codec='h265', crf=30)
    assert result.failed == {}
    with av.open(str(out / 'clip2.mp4')) as container:
        assert container.streams.video[0].codec_context.name == 'hevc'


def test_what_is_empty_is_not_done(clips, tmp_path):
    out = tmp_path / 'out'
    (out / 'clip2').mkdir(parents=True)
    assert len(matte_folder(clips, Matter(RedNetwork()), alpha=out, suffix='png').done) == 3
    (out / 'clip2.mp4').write_bytes(b'')
    assert len(matte_folder(clips, Matter(RedNetwork()), alpha=out).done) == 3


def test_a_bug_in_one_is_logged_with_its_traceback_and_the_others_are_done(clips, tmp_path, caplog):
    def progress(video: Path, number: int, count: int):
        def update(done: int, total: int) -> None:
            if number == 1:
                raise RuntimeError('strange\nand long')

        return update

    with caplog.at_level(logging.ERROR):
        result = matte_folder(
            clips, Matter(RedNetwork()), alpha=tmp_path / 'out', progress=progress
        )
    assert result.failed == {clips / 'clip10.mp4': 'RuntimeError: strange'}
    assert 'Traceback' in caplog.text
    assert _names(tmp_path / 'out') == ['clip2.mp4', 'walk.v2.mp4']


def test_a_full_disk_stops_the_job(clips, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(H264Writer, '_finish', full)
    network = RedNetwork()
    with pytest.raises(MediaError, match=r'cannot write .*clip2\.mp4.* is full'):
        matte_folder(clips, Matter(network), alpha=tmp_path / 'out')
    assert network.seen == 4  # of the first video
    assert list((tmp_path / 'out').iterdir()) == []


def test_what_was_kept_in_part_is_said_again(clips, tmp_path):
    (clips / 'walk.v2.mkv').unlink()
    whole = gradient_video(tmp_path / 'whole.mp4', num=40)
    cut = truncate(index_first(whole, tmp_path / 'first.mp4'), clips / 'cut.mp4', 0.8)
    out, matter = tmp_path / 'out', Matter(RedNetwork())
    options = {'alpha': out, 'foreground': tmp_path / 'png', 'on_error': 'stop'}
    first = matte_folder(clips, matter, **options)
    assert len(first.done) == 3
    assert list(first.damaged) == [cut]
    assert 'cut.mp4: the file ends after frame 20 of 40' in first.damaged[cut]
    assert sorted(_names(out)) == [RECORD, 'clip10.mp4', 'clip2.mp4', 'cut.mp4']
    for asked in (options, {'alpha': out}):
        again = matte_folder(clips, matter, **asked)
        assert len(again.skipped) == 3
        assert again.damaged[cut].startswith(first.damaged[cut])
        assert '--overwrite' in again.damaged[cut]
    whole.rename(cut)
    mended = matte_folder(clips, matter, alpha=out, overwrite=True)
    assert (len(mended.done), mended.damaged) == (3, {})
    assert RECORD not in _names(out)
    assert matte_folder(clips, matter, alpha=out).damaged == {}


def test_what_was_killed_before_its_damage_was_known_is_done_again(clips, tmp_path):
    out, matter = tmp_path / 'out', Matter(RedNetwork())
    matte_folder(clips, matter, alpha=out)
    remember_damage(out / 'clip2.mp4', UNFINISHED)
    again = matte_folder(clips, matter, alpha=out, on_error='stop')
    assert [Path(done.source).name for done in again.done] == ['clip2.MP4']
    assert len(again.skipped) == 2
    assert RECORD not in _names(out)


SLOW_JOB = """
import sys, time
from rvm.inference import Matter
from rvm.inference.folder import matte_folder
from tests.test_inference.stubs import RedNetwork

def progress(video, number, count):
    def update(done, total):
        if number == 1:  # in the middle of the second video: be killed here
            print(done, flush=True)
            time.sleep(0.05 if done < 3 else 60)
    return update

matte_folder(sys.argv[1], Matter(RedNetwork()), alpha=sys.argv[2], suffix='png', progress=progress)
"""


def test_a_job_that_was_killed_goes_on_where_it_was(clips, tmp_path):
    out, whole = tmp_path / 'out', tmp_path / 'whole'
    command = [sys.executable, '-c', SLOW_JOB, str(clips), str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as job:
        for line in job.stdout:
            if line.strip() == '3':
                break
        job.send_signal(signal.SIGKILL)
    assert job.returncode == -signal.SIGKILL
    assert [name for name in _names(out) if not name.startswith('.')] == ['clip2']
    first = [path.stat().st_mtime_ns for path in sorted((out / 'clip2').iterdir())]
    time.sleep(0.01)
    result = matte_folder(clips, Matter(RedNetwork()), alpha=out, suffix='png')
    assert [path.name for path in result.skipped] == ['clip2.MP4']
    assert first == [path.stat().st_mtime_ns for path in sorted((out / 'clip2').iterdir())]
    matte_folder(clips, Matter(RedNetwork()), alpha=whole, suffix='png')
    assert [name for name in _names(out) if not name.startswith('.')] == _names(whole)
    for name in _names(whole):
        found, true = read_folder(out / name), read_folder(whole / name)
        assert np.array_equal(np.stack(found), np.stack(true))
