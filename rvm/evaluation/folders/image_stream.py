"""Images of a folder as the frames of a clip."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from rvm.errors import MediaError
from rvm.evaluation.folders.frame_stream import FrameStream, shrink_for
from rvm.io import decode_frame, frame_size, read_image
from rvm.io.image_file import JPEG, PNG, ImageHeader, image_header
from rvm.io.listing import stem
from rvm.io.matte import read_matte

PNG_HEADER = 26
"""Bytes up to the bit depth and the kind of pixels, whose places are fixed."""
PNG_GREY = 0


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

    def header(self, number: int) -> ImageHeader:
        """Return what the header of an image tells."""
        path = self.folder / self.names[number]
        found = image_header(path)
        depth = _few_bits(path) or found.depth
        return replace(found, depth=depth)

    def part(self, start: int, stop: int) -> 'ImageStream':
        """Return images `start` to `stop` - 1."""
        return replace(self, names=self.names[start:stop])

    def pictures(self) -> Iterator[np.ndarray]:
        """Yield the images with the bits that they have."""
        return (read_image(self.folder / name, None) for name in self.names)

    def mattes(self) -> Iterator[np.ndarray]:
        """Yield the images as grey ones, of a JPEG its luma, with the bits that they have."""
        return (read_matte(self.folder / name, None) for name in self.names)

    def thumbnails(self, width: int) -> Iterator[Callable[[], np.ndarray]]:
        """Yield functions that read an image."""
        return (partial(_thumbnail, self.folder / name, width) for name in self.names)


def _few_bits(path: Path) -> int | None:
    """Return 1, 2 or 4 where the grey pixels of an image have so few bits, else None.

    Palettes are not meant: their colours have 8 bits, however few there are.
    """
    try:
        with open(path, 'rb') as file:
            start = file.read(PNG_HEADER)
        if start.startswith(PNG) and len(start) == PNG_HEADER:
            depth, kind = start[-2:]
            return depth if depth < 8 and kind == PNG_GREY else None
        if start.startswith(JPEG):
            return None
        with Image.open(path) as opened:
            return 1 if opened.mode == '1' else None
    except OSError as error:
        raise MediaError(f'{path} cannot be read ({error.strerror or error})') from error


def _thumbnail(path: Path, width: int) -> np.ndarray:
    shrink = shrink_for(frame_size(path)[1], width)
    return decode_frame(path, shrink=shrink).transpose(2, 0, 1)
