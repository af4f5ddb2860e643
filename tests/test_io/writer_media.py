"""Inputs for the writers' tests, and an independent way to read their outputs back."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from rvm.io.media import MediaInfo
from rvm.io.writers import open_writer

NTSC = Fraction(30000, 1001)
DEPTH = {'gray': 1, 'rgb': 3, 'rgba': 4}


def make_info(width=64, height=48, num_frames=10, rate=NTSC, time_base=None, **rest):
    return MediaInfo('made', width, height, num_frames, rate, time_base or 1 / rate, **rest)


def make_images(channels, num=10, width=64, height=48, dtype=np.uint8):
    """Smooth moving gradients [H, W(, C)] over the whole range, with flat ends."""
    rows, columns = np.mgrid[:height, :width]
    peak = np.iinfo(dtype).max
    images = []
    for i in range(num):
        planes = [
            (columns + 2 * i) / (width + 2 * num),
            (rows + i) / (height + num),
            1 - (columns + i) / (width + num),
            np.clip((columns - width / 4 + i) / (width / 2), 0, 1),
        ]
        planes = [planes[3]] if channels == 'gray' else planes[: DEPTH[channels]]
        image = np.rint(np.stack(planes, -1) * peak).astype(dtype)
        images.append(image[..., 0] if channels == 'gray' else image)
    return images


def times_of(info, num=10, first=Fraction(0)):
    return [first + i / info.frame_rate for i in range(num)]


def write_all(writer, images, times):
    with writer:
        for image, time in zip(images, times, strict=True):
            writer.write(image, time)


def read_video(path, decoder=None):
    """Return the decoded frames; `decoder` forces one."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if decoder is None:
            return list(container.decode(stream))
        context = av.CodecContext.create(decoder, 'r')
        return [
            frame
            for packet in container.demux(stream)
            for frame in context.decode(packet if packet.size else None)
        ]


def read_sound(path):
    """Return (samples [C, N], time of the first sample in seconds)."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    return np.concatenate([frame.to_ndarray() for frame in frames], -1), frames[0].time


def probe(path):
    """Return (video times in seconds, average rate, container duration in seconds)."""
    times = [frame.pts * frame.time_base for frame in read_video(path)]
    with av.open(str(path)) as container:
        return times, container.streams.video[0].average_rate, container.duration / 1e6


def make_source(path, codec='aac', rate=44100, seconds=1.0, sound_from=0.0, video_from=0, num=None):
    """A small video with sound (a rising tone); `sound_from` and `video_from` delay the begin.

    Args:
        path: Its suffix is the container.
        codec: Sound encoder.
        rate: Samples a second.
        seconds: Length of the sound.
        sound_from: Seconds of the first sample.
        video_from: Frames (of 1/30 s) before the first one.
        num: Number of frames; None: as long as the sound.
    """
    num = round(seconds * 30) if num is None else num
    with av.open(str(path), 'w') as container:
        video = container.add_stream('libx264', rate=30, width=64, height=48)
        sound = container.add_stream(codec, rate=rate, layout='stereo')
        sound.codec_context.layout = 'stereo'
        for i in range(num):
            image = np.full((48, 64, 3), 20 + 7 * i % 200, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, 'rgb24')
            frame.pts, frame.time_base = video_from + i, Fraction(1, 30)
            container.mux(video.encode(frame))
        t = np.arange(round(seconds * rate)) / rate
        tone = (0.3 * np.sin(2 * np.pi * (300 + 200 * t) * t)).astype(np.float32)
        data = np.stack([tone, tone / 2])
        if sound.codec_context.format.name == 's16':
            packed = np.rint(data * 32767).astype(np.int16).T.reshape(1, -1)
            step, kind, data = 2048, 's16', packed
        else:
            step, kind = 1024, 'fltp'
        for begin in range(0, data.shape[1], step):
            chunk = np.ascontiguousarray(data[:, begin : begin + step])
            frame = av.AudioFrame.from_ndarray(chunk, kind, 'stereo')
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = round(sound_from * rate) + (begin // 2 if kind == 's16' else begin)
            container.mux(sound.encode(frame))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path


def write_clip(path, channels='rgb', num=10, info=None, dtype=np.uint8, **options):
    info = info or make_info(num_frames=num)
    images = make_images(channels, num, info.width, info.height, dtype)
    write_all(open_writer(path, info, channels=channels, **options), images, times_of(info, num))
    return images


def mean_error(frames, images):
    return max(
        np.abs(frame.to_ndarray(format='rgb24').astype(int) - image[..., :3]).mean()
        for frame, image in zip(frames, images, strict=True)
    )


def info_of(name):
    """Return an info that the target can hold: a still has one frame."""
    return make_info(num_frames=1 if Path(name).suffix in ('.png', '.jpg') else 10)
