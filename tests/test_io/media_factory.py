"""Media for the reader tests, made with PyAV: moving patterns whose every frame differs."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

X264_CLOSED = {'x264-params': 'keyint=10:min-keyint=10:scenecut=0:open-gop=0:bframes=2'}
X264_OPEN = {'x264-params': 'keyint=10:min-keyint=10:scenecut=0:open-gop=1:bframes=3'}
X265_OPEN = {'x265-params': 'keyint=10:min-keyint=10:open-gop=1:bframes=3:log-level=none'}
X265_RADL = {'x265-params': 'keyint=10:open-gop=0:bframes=3:radl=2:log-level=none'}


def pattern(count: int, width: int = 64, height: int = 48) -> list[np.ndarray]:
    """Return `count` images, [H, W, 3] uint8: coloured blocks that move 3 pixels a frame."""
    random = np.random.default_rng(7)
    blocks = random.integers(0, 256, (-(-height // 8), -(-width // 8), 3), np.uint8)
    image = blocks.repeat(8, 0).repeat(8, 1)[:height, :width]
    images = [np.roll(image, 3 * number, 1) for number in range(count)]
    for number, frame in enumerate(images):
        frame[:8] = (number * 5) % 256
    return images


def pattern_frames(
    count: int, pixel_format: str = 'yuv420p', width: int = 64, height: int = 48
) -> list[av.VideoFrame]:
    """Return `pattern` as frames of `pixel_format`, which carry no tags."""
    return [
        av.VideoFrame.from_ndarray(image, 'rgb24').reformat(format=pixel_format)
        for image in pattern(count, width, height)
    ]


def write_video(
    path: Path,
    frames: int | Iterable[av.VideoFrame] = 12,
    codec: str = 'libx264',
    *,
    rate: Fraction | int = 30,
    options: dict[str, str] | None = None,
    pixel_format: str | None = None,
    stamps: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    container_options: dict[str, str] | None = None,
    container_format: str | None = None,
    rotation: float | None = None,
    mirror: bool = False,
    aspect: Fraction | None = None,
    matrix: int | None = None,
    full_range: bool | None = None,
    audio: bool = False,
    alpha_mode: bool = False,
    gop: int = 10,
) -> Path:
    """Encode frames (a number: that many of the pattern) and return `path`."""
    pixel_format = pixel_format or 'yuv420p'
    if isinstance(frames, int):
        frames = pattern_frames(frames, pixel_format)
    frames = list(frames)
    output = av.open(str(path), 'w', format=container_format, options=container_options or {})
    with closing(output):
        stream = output.add_stream(codec, rate=Fraction(rate), options=options or {})
        stream.width, stream.height = frames[0].width, frames[0].height
        stream.pix_fmt = frames[0].format.name
        context = stream.codec_context
        context.gop_size = gop
        if alpha_mode:
            stream.metadata['alpha_mode'] = '1'
        if time_base:
            context.time_base = time_base
        if aspect:
            context.sample_aspect_ratio = aspect
        if matrix is not None:
            context.colorspace = matrix
        if full_range is not None:
            context.color_range = 2 if full_range else 1
        if rotation is not None:
            stream.set_display_rotation(rotation, hflip=mirror)
        sound = output.add_stream('aac', rate=48000) if audio else None
        for number, frame in enumerate(frames):
            frame.pts = stamps[number] if stamps else number
            frame.time_base = time_base or 1 / Fraction(rate)
            if matrix is not None:
                frame.colorspace = matrix
            if full_range is not None:
                frame.color_range = 2 if full_range else 1
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
        if sound:
            output.mux(sound.encode(silence()))
            output.mux(sound.encode())
    return path


def silence(samples: int = 1024, rate: int = 48000, sample_format: str = 'fltp') -> av.AudioFrame:
    """Return a stereo frame without sound."""
    zeros = np.zeros((2, samples), np.float32)
    frame = av.AudioFrame.from_ndarray(zeros, format=sample_format, layout='stereo')
    frame.sample_rate = rate
    return frame


def yuv_frame(pixel_format: str, values: np.ndarray) -> av.VideoFrame:
    """Return a frame of flat blocks.

    Args:
        pixel_format: A planar YUV format, 8 to 16 bits.
        values: [rows, columns, 3] Y, U, V of each block, in steps of the format.

    Returns:
        A frame with blocks of 16x16 pixels.
    """
    rows, columns = values.shape[:2]
    frame = av.VideoFrame(columns * 16, rows * 16, pixel_format)
    for number, plane in enumerate(frame.planes[:3]):
        down_x, down_y = frame.width // plane.width, frame.height // plane.height
        block = values[..., number].repeat(16 // down_y, 0).repeat(16 // down_x, 1)
        sample = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
        stored = np.zeros((plane.height, plane.line_size), np.uint8)
        row = np.ascontiguousarray(block.astype(sample)).view(np.uint8)
        stored[:, : row.shape[1]] = row
        plane.update(stored.tobytes())
    return frame


def expected_rgb(values: np.ndarray, matrix: int, full_range: bool, bits: int) -> np.ndarray:
    """Return [..., 3] RGB in 0..1 of Y, U, V steps, by the formulas of ITU-T H.273."""
    red, blue = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}[
        matrix
    ]
    step = 2.0 ** (bits - 8)
    y, u, v = np.moveaxis(values.astype(np.float64), -1, 0)
    if full_range:
        top = 2**bits - 1
        y, u, v = y / top, (u - 128 * step) / top, (v - 128 * step) / top
    else:
        y, u, v = (y / step - 16) / 219, (u / step - 128) / 224, (v / step - 128) / 224
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    g = (y - red * r - blue * b) / (1 - red - blue)
    return np.clip(np.stack([r, g, b], -1), 0, 1)


def rgba_frames(
    count: int, pixel_format: str, width: int = 64, height: int = 48
) -> list[av.VideoFrame]:
    """Return `pattern` with a moving alpha pattern as frames of a format with alpha."""
    alphas = pattern(2 * count, width, height)[::-2]
    return [
        av.VideoFrame.from_ndarray(np.dstack([image, alpha[..., 1]]), 'rgba').reformat(
            format=pixel_format
        )
        for image, alpha in zip(pattern(count, width, height), alphas, strict=True)
    ]


def swap_alpha(colors: Path, alphas: Path, target: Path) -> Path:
    """Write the colours of one VP8 or VP9 film with the alpha of another one, as long."""
    kind = 'matroska_block_additional'
    with (
        av.open(str(colors)) as first,
        av.open(str(alphas)) as second,
        closing(av.open(str(target), 'w')) as output,
    ):
        stream = output.add_stream_from_template(first.streams.video[0])
        stream.metadata['alpha_mode'] = '1'
        for packet, other in zip(first.demux(video=0), second.demux(video=0), strict=True):
            if packet.size:
                packet.set_sidedata(other.get_sidedata(kind))
                packet.stream = stream
                output.mux(packet)
    return target


def remux_from(source: Path, target: Path, start: int) -> Path:
    """Copy the packets from number `start` on, as a cut without encoding does."""
    with av.open(str(source)) as given, closing(av.open(str(target), 'w')) as output:
        stream = given.streams.video[0]
        copied = output.add_stream_from_template(stream)
        for number, packet in enumerate(given.demux(stream)):
            if packet.size and number >= start and packet.dts is not None:
                packet.stream = copied
                output.mux(packet)
    return target


def truncate(source: Path, target: Path, share: float) -> Path:
    """Write the first `share` (0..1) of the bytes of `source` to `target`."""
    data = source.read_bytes()
    target.write_bytes(data[: int(len(data) * share)])
    return target
