import errno
import itertools
import logging
import os
from fractions import Fraction

import av
import numpy as np
import pytest
from writer_media import make_images, make_info, make_source, probe, read_sound, write_all

from rvm.errors import MediaError
from rvm.io import audio
from rvm.io.writers import open_writer

RATE = Fraction(30)


def convert(source, target, num=30, first=Fraction(0), num_frames='num', step=Fraction(1, 30)):
    """Write `num` frames and the sound of `source`, as an inference would."""
    info = make_info(num_frames=num if num_frames == 'num' else num_frames, rate=RATE)
    writer = open_writer(target, info, channels='gray', audio_from=source)
    write_all(writer, make_images('gray', num), [first + i * step for i in range(num)])


def offset(path):
    """Seconds from the first picture to the first sound."""
    return read_sound(path)[1] - float(probe(path)[0][0])


COPIES = [
    ('aac', '.mp4', '.mp4'),
    ('aac', '.mp4', '.mov'),
    ('aac', '.mkv', '.mkv'),
    ('libopus', '.mkv', '.mp4'),
    ('libopus', '.mkv', '.webm'),
    ('libmp3lame', '.mp4', '.mp4'),
    ('pcm_s16le', '.mov', '.mov'),
    ('pcm_s16le', '.mov', '.mkv'),
    ('flac', '.mkv', '.mp4'),
]


@pytest.mark.parametrize(('codec', 'suffix', 'target'), COPIES)
def test_copied_sound_is_the_same_to_the_bit_and_in_sync(tmp_path, caplog, codec, suffix, target):
    rate = 48000 if codec == 'libopus' else 44100
    source = make_source(tmp_path / f'in{suffix}', codec, rate)
    path = tmp_path / f'out{target}'
    convert(source, path)
    (true, _), (found, _) = read_sound(source), read_sound(path)
    # Matroska says 7 ms for Opus' lead of 312 samples (6.5 ms), which is what .mp4 then cuts. Its
    # trim of the last packet is no part of .mp4, which keeps up to a packet of silence.
    cut = 24 if (codec, target) == ('libopus', '.mp4') else 0
    count = min(true.shape[1] - cut, found.shape[1])
    assert count > 43000
    assert abs(true.shape[1] - found.shape[1]) <= 960
    assert (true[:, cut : cut + count] == found[:, :count]).all()
    assert offset(path) == pytest.approx(offset(source), abs=2e-3)
    assert probe(path)[0][0] == 0
    assert 'encoded again' not in caplog.text


@pytest.mark.parametrize('codec', ['aac', 'libmp3lame'])
def test_priming_in_matroska_moves_sound_and_picture_alike(tmp_path, codec):
    source = make_source(tmp_path / 'in.mp4', codec)
    convert(source, tmp_path / 'out.mkv')
    (true, _), (found, _) = read_sound(source), read_sound(tmp_path / 'out.mkv')
    start = float(probe(tmp_path / 'out.mkv')[0][0])
    lead = found.shape[1] - true.shape[1]
    assert 0 < start < 0.03
    assert lead / 44100 == pytest.approx(start, abs=2e-3)
    assert np.abs(found[:, lead:] - true).max() < 1e-6


@pytest.mark.parametrize(
    ('codec', 'suffix', 'target', 'new'),
    [
        ('aac', '.mp4', '.webm', 'opus'),
        ('libopus', '.mkv', '.mov', 'aac'),
        ('pcm_s16le', '.mov', '.mp4', 'aac'),
        ('pcm_s16le', '.mov', '.webm', 'opus'),
    ],
)
def test_what_a_container_cannot_hold_is_encoded_and_said(
    tmp_path, caplog, codec, suffix, target, new
):
    source = make_source(tmp_path / f'in{suffix}', codec, 48000)
    path = tmp_path / f'out{target}'
    with caplog.at_level(logging.WARNING):
        convert(source, path)
    assert caplog.text.count('it is encoded again as') == 1
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name == new
    (true, _), (found, start) = read_sound(source), read_sound(path)
    if true.dtype == np.int16:
        true = true.reshape(-1, 2).T / 32768
    # The lag of best correlation, in samples: the tone rises, so it has one maximum only.
    window, lags = slice(4800, 40000), range(-480, 481)
    scores = [found[0, 4800 + lag : 40000 + lag] @ true[0, window] for lag in lags]
    assert abs(lags[int(np.argmax(scores))] / 48000 + start) <= 1e-3
    assert found.shape[1] == pytest.approx(48000, abs=1500)


@pytest.mark.parametrize('target', ['.mp4', '.mov', '.mkv', '.webm'])
@pytest.mark.parametrize('codec', ['aac', 'libopus'])
def test_a_late_picture_shifts_both(tmp_path, target, codec):
    """The picture begins at 0.5 s: half a second of the sound has none and is left out."""
    source = make_source(tmp_path / 'in.mkv', codec, 48000, seconds=2, video_from=15, num=45)
    path = tmp_path / f'out{target}'
    convert(source, path, num=45, first=Fraction(1, 2))
    times = probe(path)[0]
    true, start = read_sound(source)
    found, found_start = read_sound(path)
    assert times[0] <= Fraction(1, 40)
    # Where the sound of the source at the first picture is found in the output.
    picture = round((0.5 - start + 0.3) * 48000)
    piece = true[0, picture : picture + 19200]
    expected = round((float(times[0]) - found_start + 0.3) * 48000)
    lags = range(-1000, 1001, 4)
    scores = [found[0, expected + lag : expected + lag + 19200] @ piece for lag in lags]
    assert abs(lags[int(np.argmax(scores))]) <= 0.003 * 48000
    assert found.shape[1] / 48000 == pytest.approx(1.5, abs=0.06)


@pytest.mark.parametrize('target', ['.mp4', '.webm'])
def test_late_sound_stays_late(tmp_path, target):
    source = make_source(tmp_path / 'in.mp4', 'aac', 48000, sound_from=0.4)
    path = tmp_path / f'out{target}'
    convert(source, path, num=42)
    samples, start = read_sound(path)
    loud = np.flatnonzero(np.abs(samples[0]) > 0.05)[0] / 48000 + start
    assert loud - float(probe(path)[0][0]) == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize('target', ['.mp4', '.mov', '.mkv', '.webm'])
@pytest.mark.parametrize('num_frames', [90, None])
def test_sound_ends_with_a_picture_that_was_cut_off(tmp_path, target, num_frames):
    source = make_source(tmp_path / 'in.mp4', 'aac', 48000, seconds=3)
    path = tmp_path / f'out{target}'
    convert(source, path, num=30, num_frames=num_frames)
    assert read_sound(path)[0].shape[1] / 48000 == pytest.approx(1, abs=0.06)
    assert probe(path)[2] == pytest.approx(1, abs=0.06)


def test_sound_longer_than_a_complete_picture_is_kept(tmp_path):
    source = make_source(tmp_path / 'in.mp4', 'aac', 48000, seconds=2, num=30)
    convert(source, tmp_path / 'out.mp4', num=30)
    assert read_sound(tmp_path / 'out.mp4')[0].shape[1] / 48000 == pytest.approx(2, abs=0.05)


def test_every_stream_and_its_language_come_along(tmp_path):
    source = tmp_path / 'in.mkv'
    with av.open(str(source), 'w') as container:
        streams = [container.add_stream('aac', rate=48000) for _ in range(2)]
        for stream, language in zip(streams, ('eng', 'fra'), strict=True):
            stream.metadata['language'] = language
        for k in range(20):
            for stream in streams:
                frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), 'fltp')
                frame.sample_rate, frame.pts = 48000, 1024 * k
                frame.time_base = Fraction(1, 48000)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    convert(source, tmp_path / 'out.mp4', num=10)
    with av.open(str(tmp_path / 'out.mp4')) as container:
        assert [stream.language for stream in container.streams.audio] == ['eng', 'fra']


@pytest.mark.parametrize('target', ['.mp4', '.mov', '.mkv', '.webm'])
def test_sound_of_an_unknown_codec_is_left_out_and_said(tmp_path, caplog, target):
    source = make_source(tmp_path / 'in.mkv', 'aac', 48000)
    data = source.read_bytes()
    assert data.count(b'A_AAC') == 1
    source.write_bytes(data.replace(b'A_AAC', b'A_XYZ'))
    path = tmp_path / f'out{target}'
    convert(source, path)
    assert caplog.text.count('in.mkv: its sound stream 1 cannot be decoded by this PyAV') == 1
    with av.open(str(path)) as container:
        assert [stream.type for stream in container.streams] == ['video']
    assert len(probe(path)[0]) == 30


@pytest.mark.parametrize('target', ['.mp4', '.webm'])
def test_a_decoder_that_refuses_every_packet_is_said_once(tmp_path, caplog, monkeypatch, target):
    def refuse(*_):
        raise av.error.PatchWelcomeError(0, 'Not yet implemented in FFmpeg, patches welcome')

    codec = 'libopus' if target == '.mp4' else 'aac'
    monkeypatch.setitem(audio.COPIED, '.mp4', set())
    source = make_source(tmp_path / 'in.mkv', codec, 48000)
    monkeypatch.setattr(audio._EncodedTrack, '_decode', refuse)
    convert(source, tmp_path / f'out{target}')
    assert caplog.text.count('cannot be decoded (Not yet implemented') == 1
    assert len(probe(tmp_path / f'out{target}')[0]) == 30


def test_a_fault_of_the_source_is_not_one_of_the_output(tmp_path, monkeypatch):
    class Failing:
        def __init__(self, given):
            self.streams, self.close = given.streams, given.close

        def demux(self, _):
            raise OSError(errno.EIO, 'Input/output error')
            yield

    source = make_source(tmp_path / 'in.mp4')
    av_open = av.open
    monkeypatch.setattr(
        audio.av, 'open', lambda path, *rest, **o: Failing(av_open(path)) if not rest else av_open(
            path, *rest, **o
        )
    )  # fmt: skip
    with pytest.raises(MediaError) as caught:
        convert(source, tmp_path / 'out.mp4')
    assert str(caught.value) == f'{source}: the sound cannot be read (Input/output error)'
    assert [path.name for path in tmp_path.iterdir()] == ['in.mp4']


def test_no_sound_and_folders_are_fine(tmp_path):
    silent = tmp_path / 'silent.mp4'
    convert(None, silent)
    (tmp_path / 'images').mkdir()
    for source in (silent, tmp_path / 'images'):
        convert(source, tmp_path / 'out.mp4')
        with av.open(str(tmp_path / 'out.mp4')) as container:
            assert [stream.type for stream in container.streams] == ['video']


def test_a_source_that_is_no_media_is_one_sentence(tmp_path):
    (tmp_path / 'text.txt').write_text('hello')
    for name in ('text.txt', 'missing.mp4'):
        with pytest.raises(MediaError, match=f'{name}: the sound cannot be read'):
            convert(tmp_path / name, tmp_path / 'out.mp4')
        assert [path.name for path in tmp_path.iterdir()] == ['text.txt']


@pytest.mark.parametrize('target', ['.mkv', '.webm'])
def test_a_truncated_source_gives_what_it_has(tmp_path, target):
    source = make_source(tmp_path / 'in.mkv', 'aac', 48000, seconds=3)
    os.truncate(source, source.stat().st_size // 2)
    path = tmp_path / f'out{target}'
    convert(source, path, num=30, num_frames=90)
    assert 0.3 < read_sound(path)[0].shape[1] / 48000 < 1.1


def test_the_sound_is_interleaved_with_the_picture(tmp_path):
    source = make_source(tmp_path / 'in.mp4', 'aac', 48000, seconds=6)
    convert(source, tmp_path / 'out.mkv', num=180)
    with av.open(str(tmp_path / 'out.mkv')) as container:
        order = [(p.stream.type, float(p.pts * p.time_base)) for p in container.demux() if p.size]
    times = [time for _, time in order]
    assert max(a - b for a, b in itertools.pairwise(times)) < 0.2
    assert {kind for kind, _ in order[:20]} == {'audio', 'video'}
