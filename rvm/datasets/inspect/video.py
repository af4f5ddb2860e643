"""One video file, decoded from end to end."""

from dataclasses import dataclass, field
from pathlib import Path

from av.error import FFmpegError

from rvm.datasets.inspect.fault import Fault, fault, from_error, warning
from rvm.datasets.inspect.picture import value_range
from rvm.errors import MediaError
from rvm.io import VideoIndex, probe
from rvm.io.demux import describe
from rvm.io.frame_rgb import FrameConverter
from rvm.io.listing import name_some
from rvm.io.video_decoder import VideoDecoder


@dataclass
class Video:
    """What a video is like.

    Attributes:
        size: Height and width, upright.
        num_frames: As its packets promise.
        low: Smallest value of its matte, if it was decoded and is one; else None.
        high: The largest.
        faults: What is wrong with it.
    """

    size: tuple[int, int]
    num_frames: int
    low: int | None = None
    high: int | None = None
    faults: list[Fault] = field(default_factory=list)


def check_video(path: Path, channels: str = 'rgb', quick: bool = False) -> Video | Fault:
    """Decode a video, and look at what the decoder says of each frame.

    Decoders conceal damage: they make frames up from their neighbours, raise no error, and mark
    the frame, which readers do not look at.

    Args:
        path: The file.
        channels: 'rgb'; 'rgba' or 'grey' (luma), whose values are looked at, too.
        quick: Read the packets and decode the first frame only.
    """
    try:
        index = probe(path)
    except MediaError as error:
        return from_error('damaged', path, error)
    video = Video((index.info.height, index.info.width), len(index))
    if index.missing:
        total = len(index) + index.missing
        text = f'is cut off: {index.missing} of {total} frames are missing'
        video.faults.append(fault('truncated', path, text))
    if index.info.rotation:
        text = f'is turned by {index.info.rotation} degrees when it is read'
        video.faults.append(warning('rotated', path, text))
    if channels == 'rgba' and not index.has_alpha:
        video.faults.append(fault('no-alpha', path, 'has no alpha channel'))
        channels = 'rgb'
    if not quick:
        _decode(index, channels, video)
    return video


def _decode(index: VideoIndex, channels: str, video: Video) -> None:
    """Decode all frames; what is wrong with them, and their values, go into `video`."""
    path, shown = index.path, set(index.pts.tolist())
    alpha = channels == 'rgba'
    convert = FrameConverter(str(path), index.info.color, index.orientation, 8, 1, alpha=alpha)
    decoder = VideoDecoder(index, alpha=alpha, threads=1)
    made_up, number, reason = [], 0, ''
    try:
        decoder.start(0)
        while (frame := decoder.step()) is not None:
            if not index.counted and frame.pts not in shown:
                continue
            if frame.is_corrupt:
                made_up.append(number)
            number += 1
            if channels != 'rgb':
                image = convert(frame)
                low, high = value_range(image if alpha else image[..., 1])
                video.low = low if video.low is None else min(video.low, low)
                video.high = high if video.high is None else max(video.high, high)
    except (FFmpegError, MediaError) as error:
        reason = f' ({describe(error)})' if isinstance(error, FFmpegError) else f' ({error})'
    finally:
        decoder.close()
    if number < len(index):
        text = f'cannot be decoded from frame {number} of {len(index)} on{reason}'
        video.faults.append(fault('damaged', path, text))
    if made_up:
        shown_numbers = name_some(map(str, made_up))
        text = f'is damaged: the decoder makes up what it cannot read of frames {shown_numbers}'
        video.faults.append(fault('damaged', path, text))
