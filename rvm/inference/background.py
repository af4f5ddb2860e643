"""What a composite is put over: a colour, an image or a video."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from PIL import ImageColor

from rvm.errors import MediaError, UserError
from rvm.inference.workers import Prefetcher
from rvm.io.media import Frame
from rvm.io.readers import Reader, open_reader

FRAMES_AHEAD = 2
"""Frames of a video, decoded and scaled in a thread, that may wait."""


class Background:
    """Background frames of a given size, by time.

    Images and videos are scaled to cover the frame and cropped at the centre. A video runs at its
    own rate and starts again when it ends; it is read ahead in a thread, which `close` ends.

    Args:
        spec: A colour ('green', '#00b140', '0,177,64'), the path of an image or a video, or of an
            image folder.
        height: Of the frames.
        width: Of the frames.

    Raises:
        UserError: Neither a colour nor a file that can be read, or a video that is cut off.
    """

    def __init__(self, spec: str | Path, height: int, width: int) -> None:
        self._size = (height, width)
        self._stack = ExitStack()
        self._still: np.ndarray | None = None
        color = None if Path(spec).exists() else _parse_color(str(spec))
        if color is not None:
            self._still = np.broadcast_to(np.array(color, np.uint8), (height, width, 3)).copy()
            return
        try:
            self._open(self._stack.enter_context(open_reader(spec)))
        except BaseException:
            self.close()
            raise

    def at(self, time: Fraction) -> np.ndarray:
        """Return the frame [H, W, 3] uint8 shown at a time in seconds; times must not fall."""
        if self._still is not None:
            return self._still
        while self._next.time <= time:
            self._shown = self._next
            self._next = next(self._frames)
        return self._shown.image

    @property
    def is_still(self) -> bool:
        """Whether every frame is the same."""
        return self._still is not None

    def close(self) -> None:
        """End the thread and release the video."""
        self._stack.close()

    def _open(self, reader: Reader) -> None:
        if reader.damage:
            # it would be met at its first turn, maybe after hours of work
            raise MediaError(f'background: {reader.damage}; mend the file or name another one')
        if len(reader) == 1:
            self._still = self._fit(next(iter(reader)).image)
            return
        ahead = self._stack.enter_context(Prefetcher(self._loop(reader), FRAMES_AHEAD))
        self._frames = iter(ahead)
        self._shown, self._next = next(self._frames), next(self._frames)

    def _loop(self, reader: Reader) -> Iterator[Frame]:
        """Yield the frames, of the size asked for, for ever, from time 0 on."""
        times = reader.times()
        length = times[-1] - times[0] + 1 / reader.info.frame_rate
        for turn in itertools.count():
            for frame in reader:
                yield Frame(self._fit(frame.image), frame.time - times[0] + turn * length)

    def _fit(self, image: np.ndarray) -> np.ndarray:
        height, width = self._size
        scale = max(height / image.shape[0], width / image.shape[1])
        size = (
            max(width, round(image.shape[1] * scale)),
            max(height, round(image.shape[0] * scale)),
        )
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        image = cv2.resize(image, size, interpolation=method)
        top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
        return np.ascontiguousarray(image[top : top + height, left : left + width])


def _parse_color(text: str) -> tuple[int, int, int]:
    parts = text.split(',')
    if len(parts) == 3 and all(p.strip().isdigit() and int(p) <= 255 for p in parts):
        return tuple(int(p) for p in parts)
    try:
        return ImageColor.getrgb(text)[:3]
    except ValueError as error:
        raise UserError(
            f'background: {text!r} is neither a file nor a colour (a name, #rrggbb, or r,g,b)'
        ) from error
