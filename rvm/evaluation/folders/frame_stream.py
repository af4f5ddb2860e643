"""The pictures of one kind of a clip: what headers tell, then frames one after another."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from rvm.io.frame_decode import SHRINKS
from rvm.io.image_file import ImageHeader
from rvm.io.matte import check_grey


class FrameStream(ABC):
    """The frames of one kind ('pha', 'fgr', 'com') of a clip; small enough to send to a worker."""

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of frames."""

    @property
    @abstractmethod
    def frame_names(self) -> list[str]:
        """Names of the frames: those of the files without suffix, or numbers from 0000."""

    @property
    @abstractmethod
    def where(self) -> Path:
        """The folder or the file."""

    @abstractmethod
    def describe(self, number: int) -> str:
        """Return where a frame is stored, for messages."""

    @property
    @abstractmethod
    def num_headers(self) -> int:
        """Headers that there are: one a frame, or one for all."""

    @abstractmethod
    def header(self, number: int) -> ImageHeader:
        """Return what a header tells.

        Raises:
            MediaError: The file is no image, or its header is damaged.
        """

    @abstractmethod
    def part(self, start: int, stop: int) -> 'FrameStream':
        """Return frames `start` to `stop` - 1."""

    @abstractmethod
    def pictures(self) -> Iterator[np.ndarray]:
        """Yield [H, W, 3] RGB, uint8 in 0..255 or uint16 in 0..65535.

        Raises:
            MediaError: A file is missing or damaged.
        """

    @abstractmethod
    def mattes(self) -> Iterator[np.ndarray]:
        """Yield [H, W] uint8 in 0..255 or uint16 in 0..65535.

        Raises:
            MediaError: A file is missing or damaged.
            DataError: A frame is a picture in colours.
        """

    @abstractmethod
    def thumbnails(self, width: int) -> Iterator[Callable[[], np.ndarray]]:
        """Yield functions that return frames to show; they read a file where that can be late.

        Args:
            width: Least width in pixels of what is returned, where the frame has as many.

        Yields:
            Functions that return [3, h, w] uint8 in 0..255, RGB.
        """

    def check_grey(self, number: int, image: np.ndarray) -> None:
        """Refuse a matte whose channels differ.

        Args:
            number: Of the frame.
            image: [h, w, 3], of any size.

        Raises:
            DataError: They differ.
        """
        check_grey(image, self.describe(number))


def shrink_for(width: int, wanted: int) -> int:
    """Return by how much (1, 2, 4, 8) a picture can be shrunk and still have a wanted width."""
    return max(shrink for shrink in SHRINKS if shrink == 1 or width // shrink >= wanted)
