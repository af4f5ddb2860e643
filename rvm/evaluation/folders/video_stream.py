"""A video as the frames of a clip."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from rvm.errors import MediaError
from rvm.evaluation.folders.frame_stream import FrameStream, shrink_for
from rvm.io import VideoIndex, open_reader, probe
from rvm.io.frame_decode import shrink_image
from rvm.io.image_file import ImageHeader


@dataclass(frozen=True)
class VideoStream(FrameStream):
    """Consecutive frames of a video.

    Attributes:
        index: Of the file.
        numbers: Of the frames, counted from 0.
    """

    index: VideoIndex = field(repr=False)
    numbers: range

    @classmethod
    def of(cls, path: Path) -> 'VideoStream':
        """Return all frames of a file.

        Raises:
            MediaError: It is no video, or its end is missing.
        """
        index = probe(path)
        if index.missing:
            raise MediaError(
                f'{path} ends after frame {len(index)} of {len(index) + index.missing} '
                '(truncated?); write it again'
            )
        return cls(index, range(len(index)))

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def frame_names(self) -> list[str]:
        """Numbers with at least four digits."""
        return [f'{number:04}' for number in self.numbers]

    @property
    def can_start_anywhere(self) -> bool:
        """Whether frames can be reached without decoding all that come before them."""
        return not self.index.counted

    @property
    def where(self) -> Path:
        """The file."""
        return self.index.path

    def describe(self, number: int) -> str:
        """Return the path and the number of the frame in the file."""
        return f'{self.index.path}, frame {self.numbers[number]},'

    @property
    def num_headers(self) -> int:
        """The one of the file."""
        return 1

    def header(self, number: int) -> ImageHeader:
        """Return what the file says of all its frames."""
        info = self.index.info
        return ImageHeader((info.height, info.width), self._depth, self.index.has_alpha)

    def part(self, start: int, stop: int) -> 'VideoStream':
        """Return frames `start` to `stop` - 1."""
        return replace(self, numbers=self.numbers[start:stop])

    def pictures(self) -> Iterator[np.ndarray]:
        """Yield the frames with 8 bits, or 16 where the file has more than 8."""
        return self._decode(self._depth)

    def mattes(self) -> Iterator[np.ndarray]:
        """Yield the frames as grey ones."""
        for number, image in enumerate(self.pictures()):
            self.check_grey(number, image)
            yield cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)

    def thumbnails(self, width: int) -> Iterator[Callable[[], np.ndarray]]:
        """Yield functions that return frames already read: those before each are needed anyway."""
        shrink = shrink_for(self.index.info.width, width)
        for image in self._decode(8):
            small = shrink_image(image, shrink).transpose(2, 0, 1)
            yield lambda small=small: small

    @property
    def _depth(self) -> int:
        return 8 if self.index.info.bit_depth <= 8 else 16

    def _decode(self, depth: int) -> Iterator[np.ndarray]:
        # One decoder for every part and every machine: others round colours in other ways.
        options = {'bit_depth': depth, 'index': self.index, 'backend': 'pyav', 'access': 'random'}
        with open_reader(self.index.path, **options) as reader:
            yield from reader.frames_at(self.numbers)
