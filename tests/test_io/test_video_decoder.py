import pytest

from rvm.errors import MediaError
from rvm.io.video_decoder import VideoDecoder
from rvm.io.video_index import probe
from tests.test_io.media_factory import X264_CLOSED, X264_OPEN, remux_from, rgba_frames, write_video

REFRESH = {'x264-params': 'intra-refresh=1:keyint=12:bframes=0'}


def stamps_from(index, key):
    decoder = VideoDecoder(index)
    decoder.start(key)
    stamps = []
    while (frame := decoder.step()) is not None:
        stamps.append(frame.pts)
    decoder.close()
    return stamps


@pytest.mark.parametrize('name', ['x.mp4', 'x.mkv', 'x.ts'])
@pytest.mark.parametrize('options', [X264_CLOSED, X264_OPEN])
def test_start_at_every_key_frame(tmp_path, name, options):
    index = probe(write_video(tmp_path / name, 40, options=options))
    assert len(index.keys) == 4
    for key, stamp in enumerate(index.keys[:, 0]):
        stamps = stamps_from(index, key)
        # A container may seek too early, never too late; nothing that leans on what lies before.
        assert stamps[0] in index.keys[: key + 1, 0]
        assert stamps == [pts for pts in index.pts if pts >= stamps[0]]
        assert stamp in stamps


def test_gradual_refresh_is_no_start(tmp_path):
    index = probe(write_video(tmp_path / 'x.mkv', 60, options=REFRESH))
    assert len(index.keys) > 1
    assert stamps_from(index, len(index.keys) - 1) == []
    assert stamps_from(index, 0) == index.pts.tolist()


def test_packets_before_the_first_key_frame_are_skipped(tmp_path):
    source = write_video(tmp_path / 'whole.ts', 40, options=X264_CLOSED)
    index = probe(remux_from(source, tmp_path / 'cut.ts', 3))
    assert index.skipped == 7
    assert stamps_from(index, 0) == index.pts.tolist()


def test_start_goes_back_and_forth(tmp_path):
    index = probe(write_video(tmp_path / 'x.mp4', 40, options=X264_CLOSED))
    decoder = VideoDecoder(index)
    for key in (2, 0, 3, 1, 0):
        decoder.start(key)
        assert decoder.step().pts == index.keys[key, 0]
    decoder.close()


def test_closed_decoder_says_so(tmp_path):
    index = probe(write_video(tmp_path / 'x.mp4', 4))
    decoder = VideoDecoder(index)
    decoder.start(0)
    decoder.close()
    decoder.close()
    with pytest.raises(MediaError, match=r'x\.mp4: the reader was closed while it was read'):
        decoder.step()
    with pytest.raises(MediaError, match='was closed'):
        decoder.start(0)


def test_alpha_comes_after_every_start(tmp_path):
    frames = rgba_frames(30, 'yuva420p')
    options = {'deadline': 'realtime', 'cpu-used': '8'}
    path = write_video(tmp_path / 'x.webm', frames, 'libvpx-vp9', options=options, alpha_mode=True)
    index = probe(path)
    assert len(index.keys) == 3
    decoder = VideoDecoder(index, alpha=True, threads=1)
    for key in (0, 2, 1, 0):
        decoder.start(key)
        rest = [decoder.step() for _ in range(30 - 10 * key)]
        assert decoder.step() is None
        assert [frame.pts for frame in rest] == index.pts[10 * key :].tolist()
        assert {frame.format.name for frame in rest} == {'yuva420p'}
    decoder.close()
    plain = VideoDecoder(index)
    plain.start(0)
    assert plain.step().format.name == 'yuv420p'
    plain.close()
