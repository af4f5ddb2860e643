"""Images of a folder as the frames of a clip."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from rvm.evaluation.folders.frame_stream import FrameStream, Header, shrink_for
from rvm.io import decode_frame, frame_size, read_image
from rvm.io.image_file import image_depth, image_has_alpha
from rvm.io.listing import stem

GREY_MODES = frozenset({'1', 'L', 'I', 'I;16', 'I;16B'})
"""Pillow's, of images with one channel."""


@dataclass(frozen=True)
class ImageStream(FrameStream):
    """Images of a folder.

    Attributes:
        folder: Where they are.
        names: File names in order.
    """

    folder: Path
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def frame_names(self) -> list[str]:
        """Names of the files without suffix."""
        return [stem(name) for name in self.names]

    @property
    def where(self) -> Path:
        """The folder."""
        return self.folder

    def describe(self, number: int) -> str:
        """Return the path of the image."""
        return str(self.folder / self.names[number])

    @property
    def num_headers(self) -> int:
        """The number of images."""
        return len(self.names)

    def header(self, number: int) -> Header:
        """Return what the header of an image tells."""
        path = self.folder / self.names[number]
        return Header(frame_size(path), image_depth(path), image_has_alpha(path))

    def part(self, start: int, stop: int) -> 'ImageStream':
        """Return images `start` to `stop` - 1."""
        return replace(self, names=self.names[start:stop])

    def pictures(self) -> Iterator[np.ndarray]:
        """Yield the images with the bits that they have."""
        return (read_image(self.folder / name, None) for name in self.names)

    def mattes(self) -> Iterator[np.ndarray]:
        """Yield the images as grey ones, of a JPEG its luma, with the bits that they have."""
        for number, name in enumerate(self.names):
            path = self.folder / name
            kind, mode = _kind(path)
            if mode not in GREY_MODES and kind != 'JPEG':
                image = read_image(path, None)
                self.check_grey(number, image)
                yield cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
                continue
            if mode not in GREY_MODES:  # an eighth of the picture tells whether it has colours
                self.check_grey(number, decode_frame(path, shrink=8))
            yield read_image(path, None, channels='grey')

    def thumbnails(self, width: int) -> Iterator[Callable[[], np.ndarray]]:
        """Yield functions that read an image."""
        return (partial(_thumbnail, self.folder / name, width) for name in self.names)


def _kind(path: Path) -> tuple[str | None, str]:
    """Return the format and the mode of an image, in the words of Pillow, from its header."""
    try:
        with Image.open(path) as opened:
            return opened.format, opened.mode
    except OSError:
        return None, ''  # who reads the image says what is wrong


def _thumbnail(path: Path, width: int) -> np.ndarray:
    shrink = shrink_for(frame_size(path)[1], width)
    return decode_frame(path, shrink=shrink).transpose(2, 0, 1)
