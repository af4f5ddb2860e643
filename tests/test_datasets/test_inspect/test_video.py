import av
import numpy as np
import pytest

from rvm.datasets.inspect.video import check_video
from rvm.io import open_reader, probe
from rvm.io.video_decoder import VideoDecoder
from tests.test_datasets.test_inspect.roots import damage_video
from tests.test_io.media_factory import X264_CLOSED, X264_OPEN, truncate, write_video


def kinds(video):
    return [(found.kind, found.severity) for found in video.faults]


def test_a_whole_video(tmp_path):
    video = check_video(write_video(tmp_path / 'a.mp4', 9), 'grey')
    assert (video.size, video.num_frames, video.faults) == ((48, 64), 9, [])
    assert 0 <= video.low < video.high <= 255
    quick = check_video(tmp_path / 'a.mp4', 'grey', quick=True)
    assert (quick.size, quick.num_frames, quick.low) == ((48, 64), 9, None)


def test_an_open_group_is_no_damage(tmp_path):
    video = check_video(write_video(tmp_path / 'a.mp4', 35, options=X264_OPEN))
    assert (video.num_frames, video.faults) == (35, [])


def test_what_a_decoder_conceals_is_found(tmp_path):
    path = write_video(tmp_path / 'a.mp4', 40, options={'crf': '10'})
    damage_video(path)
    video = check_video(path)
    assert ('damaged', 'fault') in kinds(video)
    assert all(found.path == str(path) for found in video.faults)
    assert not check_video(path, quick=True).faults


def test_concealed_damage_alone_is_a_fault(tmp_path):
    """One wrong bit in a P frame: every reader returns all frames."""
    path = write_video(tmp_path / 'a.mp4', 12, options={'crf': '10'})
    whole = path.read_bytes()
    for place in range(whole.find(b'moov') - 40, len(whole) // 2, -37):
        data = bytearray(whole)
        data[place] ^= 4
        path.write_bytes(data)
        faults = check_video(path).faults
        with open_reader(path, backend='pyav') as reader:
            try:
                complete = len(reader.read(range(12))) == 12
            except ValueError:
                complete = False
        if complete and faults:
            assert faults[0].kind == 'damaged'
            assert 'makes up' in faults[0].text
            return
    pytest.fail('no single bit was concealed')


def test_cut_off_turned_and_no_video(tmp_path):
    fast = {'movflags': '+faststart'}
    whole = write_video(tmp_path / 'a.mp4', 12, container_options=fast)
    cut = check_video(truncate(whole, tmp_path / 'b.mp4', 0.8))
    assert ('truncated', 'fault') in kinds(cut)
    turned = check_video(write_video(tmp_path / 'c.mp4', 3, rotation=90))
    assert (turned.size, kinds(turned)) == ((64, 48), [('rotated', 'warning')])
    (tmp_path / 'd.mp4').write_bytes(b'text' * 90)
    assert check_video(tmp_path / 'd.mp4').kind == 'damaged'


def test_alpha_that_is_not_there(tmp_path):
    video = check_video(write_video(tmp_path / 'a.mp4', 3), 'rgba')
    assert kinds(video) == [('no-alpha', 'fault')]
    options = {'pixel_format': 'yuva444p10le'}
    video = check_video(write_video(tmp_path / 'b.mov', 3, 'prores_ks', **options), 'rgba')
    assert video.faults == []
    assert video.high is not None


def test_frames_that_cannot_be_decoded(tmp_path, monkeypatch):
    path = write_video(tmp_path / 'a.mp4', 12)
    step, taken = VideoDecoder.step, []

    def end_early(self):
        taken.append(1)
        return step(self) if len(taken) < 4 else None

    monkeypatch.setattr(VideoDecoder, 'step', end_early)
    (fault,) = check_video(path).faults
    assert fault.text == f'{path} cannot be decoded from frame 3 of 12 on'


def test_frames_that_an_edit_list_hides_do_not_count(tmp_path):
    values = [255] * 5 + [90] * 25
    frames = [np.full((48, 64, 3), value, np.uint8) for value in values]
    path = write_video(
        tmp_path / 'a.mp4',
        [av.VideoFrame.from_ndarray(frame, 'rgb24').reformat(format='yuv420p') for frame in frames],
        options=X264_CLOSED,
        stamps=[number - 5 for number in range(30)],
        container_options={'avoid_negative_ts': 'disabled'},
    )
    video = check_video(path, 'grey')
    assert probe(path).trimmed
    assert (video.num_frames, video.faults) == (25, [])
    assert 80 < video.low <= video.high < 100
