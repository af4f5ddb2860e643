"""What a video file holds, found by demuxing (no decoding but of the first frame).

Frame numbers that libraries report are not to be trusted (edit lists, open groups of pictures,
variable rates), so frames are told apart by time stamp: an index lists the stamps of all packets
that will be shown, and of all key frames where decoding can start. The times that the rest of the
library sees are made from the stamps (see `rvm.io.time_stamps`).
"""

import logging
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from rvm.errors import MediaError
from rvm.io.demux import describe, is_cut_matroska, is_mov, open_container, scan, usable
from rvm.io.frame_rgb import (
    Orientation,
    frame_color,
    frame_depth,
    frame_orientation,
    has_alpha_plane,
)
from rvm.io.media import MediaInfo
from rvm.io.time_stamps import (
    DEFAULT_RATE,
    average_rate,
    exact_grid,
    is_variable,
    separate_equal,
)

LOGGER = logging.getLogger(__name__)

MAX_REORDERED = 16  # frames that H.264 and HEVC may hold back


@dataclass(frozen=True, eq=False)
class VideoIndex:
    """The frames of a video file.

    Attributes:
        path: The file.
        info: Its facts, as the reader shows them.
        stream: Number of the video stream in the container.
        codec: Name of the codec, such as 'h264'.
        pixel_format: FFmpeg's name of the stored format, such as 'yuv420p10le'.
        orientation: How its frames become upright.
        pts: [N] int64, sorted time stamps of all frames shown, as the file has them: two frames
            may have one.
        ticks: [N] int64, strictly rising presentation times, in units of `info.time_base`.
        keys: [K, 2] int64, time stamp of each key frame, and where to seek to reach it; sorted.
        missing: Number of frames that the container announces but that are cut off the file.
        counted: True if the file has no usable time stamps: frames are known by order alone, and
            random access decodes from the start.
        skipped: Number of packets before the first key frame, which are not decoded.
        open_gop: Whether frames before a key frame in time come after it in the file.
        trimmed: Whether an edit list hides frames.
        has_alpha: Whether the frames have alpha, in their format or (VP8, VP9) beside it.
    """

    path: Path
    info: MediaInfo
    stream: int
    codec: str
    pixel_format: str
    orientation: Orientation
    pts: np.ndarray
    ticks: np.ndarray
    keys: np.ndarray
    missing: int = 0
    counted: bool = False
    skipped: int = 0
    open_gop: bool = False
    trimmed: bool = False
    has_alpha: bool = False

    def __len__(self) -> int:
        return len(self.pts)

    def time(self, number: int) -> Fraction:
        """Return the presentation time of a frame in seconds."""
        return int(self.ticks[number]) * self.info.time_base


def probe(path: str | Path) -> VideoIndex:
    """Index a video file: demux it once, and decode its first frame.

    Raises:
        MediaError: The file does not exist, is no video, or does not begin with a frame.
    """
    path = Path(path)
    container, stream = open_container(path)
    with container:
        packets = scan(container, stream)
        if not len(packets.pts):
            raise MediaError(f'{path} has a video stream without frames; it may be incomplete')
        rates = [stream.average_rate, stream.guessed_rate, stream.base_rate]
        declared = Fraction(container.duration or 0, av.time_base)
        time_base, number, has_audio = stream.time_base, stream.index, bool(container.streams.audio)
        aspect = stream.sample_aspect_ratio or Fraction(1)
        codec = stream.codec_context.codec.canonical_name
    first = _first_frame(path)
    cut_matroska = is_cut_matroska(path)
    missing = packets.missing or int(cut_matroska)

    pts = np.sort(packets.pts[packets.shown])
    if packets.counted:
        rate = next((rate for rate in reversed(rates[:2]) if rate), DEFAULT_RATE)
        time_base, ticks, variable = 1 / rate, np.arange(len(pts)), False
        pts = ticks
    else:
        # Frames before the first key frame in time lean on frames that a cut removed; what the
        # decoder cannot rebuild of them is not part of the film.
        pts = pts[(pts >= packets.keys[0, 0]) | (pts >= first.pts)]
        if missing:
            whole = _without_gap(pts)
            pts, missing = whole, missing + len(pts) - len(whole)
        ticks, time_base, rate, variable = _timing(path, pts, time_base, rates)
    if cut_matroska:
        missing = max(1, round(declared * rate) - len(pts))

    orientation = frame_orientation(first)
    width, height = first.width, first.height
    if orientation.transpose:
        width, height, aspect = height, width, 1 / aspect
    info = MediaInfo(
        name=str(path),
        width=width,
        height=height,
        num_frames=len(pts),
        frame_rate=rate,
        time_base=time_base,
        variable_rate=variable,
        bit_depth=frame_depth(first),
        rotation=orientation.rotation,
        pixel_aspect=aspect,
        has_audio=has_audio,
        color=frame_color(first),
    )
    return VideoIndex(
        path=path,
        info=info,
        stream=number,
        codec=codec,
        pixel_format=first.format.name,
        orientation=orientation,
        pts=pts,
        ticks=ticks,
        keys=packets.keys,
        missing=missing,
        counted=packets.counted,
        skipped=packets.skipped,
        open_gop=packets.open_gop,
        trimmed=not packets.shown.all(),
        has_alpha=packets.alpha or has_alpha_plane(first),
    )


def _first_frame(path: Path) -> av.VideoFrame:
    container, stream = open_container(path)
    with container:
        stream.thread_type = 'AUTO'
        mov, started, failure = is_mov(container), False, 'no key frame'
        try:
            for packet in container.demux(stream):
                started = started or packet.is_keyframe
                if started and (usable(packet, mov) or packet.size == 0):
                    for frame in packet.decode():
                        return frame
            failure = 'the decoder returns no frame'
        except FFmpegError as error:
            failure = describe(error)
    raise MediaError(f'{path}: the first frame cannot be decoded ({failure}); the file is damaged')


def _without_gap(pts: np.ndarray) -> np.ndarray:
    """Return the stamps before the gap that a cut leaves: frames are stored out of order."""
    if len(pts) < 3:
        return pts
    steps = np.diff(pts)
    tail = max(len(steps) - MAX_REORDERED, 0)
    gaps = np.flatnonzero(steps[tail:] > 1.5 * np.median(steps))
    return pts[: tail + gaps[0] + 1] if gaps.size else pts


def _timing(
    path: Path, pts: np.ndarray, tick: Fraction, announced: list[Fraction | None]
) -> tuple[np.ndarray, Fraction, Fraction, bool]:
    """Return presentation times [N] in a unit, that unit in seconds, the rate, if it is variable.

    Args:
        path: For messages.
        pts: [N] int64, sorted.
        tick: Unit of `pts` in seconds.
        announced: Rates that the container states, the best first.
    """
    stamps, parts = separate_equal(pts)
    time_base = tick / parts
    if parts > 1:
        LOGGER.warning(
            '%s: %d frames have the time stamp of the frame before them; they are shown between '
            'their neighbours',
            path,
            np.count_nonzero(np.diff(pts) == 0),
        )
    variable = is_variable(stamps, parts)
    rate = average_rate(stamps, time_base, variable, announced)
    if not variable:
        for stated in filter(None, announced):
            if grid := exact_grid(stamps, time_base, stated, tick):
                return *grid, stated, False
    return stamps, time_base, rate, variable
