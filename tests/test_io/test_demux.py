import av
import pytest

from rvm.errors import MediaError
from rvm.io.demux import is_cut_matroska, open_container, scan
from tests.test_io.media_factory import (
    X264_CLOSED,
    X264_OPEN,
    pattern_frames,
    remux_from,
    silence,
    truncate,
    write_video,
)


def scan_file(path):
    container, stream = open_container(path)
    with container:
        return scan(container, stream)


def test_missing_empty_and_wrong_files_are_named(tmp_path):
    (tmp_path / 'empty.mp4').touch()
    (tmp_path / 'text.mp4').write_text('this is no film\n' * 50)
    for name, reason in [
        ('none.mp4', 'does not exist'),
        ('empty.mp4', 'is empty'),
        ('text.mp4', 'cannot be opened as a video'),
        ('.', 'is a folder'),
    ]:
        with pytest.raises(MediaError, match=reason) as caught:
            open_container(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert '\n' not in str(caught.value)


def test_sound_without_picture_is_refused(tmp_path):
    path = tmp_path / 'sound.m4a'
    with av.open(str(path), 'w') as output:
        stream = output.add_stream('aac', rate=48000)
        output.mux(stream.encode(silence()))
        output.mux(stream.encode())
    with pytest.raises(MediaError, match=r'sound\.m4a has no video stream'):
        open_container(path)


def test_cover_picture_is_no_video(tmp_path):
    path = tmp_path / 'song.mp3'
    with av.open(str(path), 'w') as output:
        sound = output.add_stream('libmp3lame', rate=44100)
        cover = output.add_stream('mjpeg', rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, 'yuvj420p'
        cover.disposition = av.stream.Disposition.attached_pic
        picture = pattern_frames(1, 'yuvj420p')[0]
        picture.pts = 0
        output.mux(cover.encode(picture))
        output.mux(cover.encode())
        output.mux(sound.encode(silence(1152, 44100)))
        output.mux(sound.encode())
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 1
    with pytest.raises(MediaError, match='has no video stream'):
        open_container(path)


def test_scan_finds_keys_and_groups(tmp_path):
    closed = scan_file(write_video(tmp_path / 'closed.mp4', 30, options=X264_CLOSED))
    assert len(closed.pts) == 30
    assert [int(stamp) // 512 for stamp in closed.keys[:, 0]] == [0, 10, 20]
    assert (closed.keys[:, 1] <= closed.keys[:, 0]).all()
    assert not closed.open_gop
    assert closed.missing == 0
    assert scan_file(write_video(tmp_path / 'open.mp4', 30, options=X264_OPEN)).open_gop


def test_scan_skips_packets_before_the_first_key_frame(tmp_path):
    source = write_video(tmp_path / 'whole.ts', 30, options=X264_CLOSED)
    packets = scan_file(remux_from(source, tmp_path / 'cut.ts', 3))
    assert packets.skipped == 7
    assert len(packets.pts) == 20


def test_files_without_time_stamps_are_counted(tmp_path):
    path = write_video(tmp_path / 'raw.h264', 12, container_format='h264')
    assert scan_file(path).counted
    assert scan_file(write_video(tmp_path / 'reordered.avi', 12)).counted
    intra = write_video(tmp_path / 'intra.avi', 12, 'mjpeg', pixel_format='yuvj420p')
    assert not scan_file(intra).counted


def test_frames_cut_off_an_mp4_are_missing(tmp_path):
    source = write_video(tmp_path / 'whole.mp4', 30, container_options={'movflags': 'faststart'})
    packets = scan_file(truncate(source, tmp_path / 'cut.mp4', 0.7))
    assert packets.missing > 0
    assert packets.missing + len(packets.pts) == 30


def test_cut_matroska_is_recognised(tmp_path):
    source = write_video(tmp_path / 'whole.mkv', 30)
    assert not is_cut_matroska(source)
    assert is_cut_matroska(truncate(source, tmp_path / 'cut.mkv', 0.7))
    assert not is_cut_matroska(write_video(tmp_path / 'other.mp4', 3))


def test_live_matroska_without_a_length_is_not_cut(tmp_path):
    path = tmp_path / 'live.webm'
    options = {'live': '1'}
    write_video(path, 12, 'libvpx-vp9', container_options=options)
    assert b'\x18\x53\x80\x67\x01\xff' in path.read_bytes()[:4096]
    assert not is_cut_matroska(path)
