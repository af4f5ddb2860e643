"""Masks of segmentation data as sources of grey frames: run lengths, panoptic files, class numbers.

`PairedFrames(ImageFrames(...), masks)` is the stream 'src' of a segmentation data set.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from rvm.datasets.frames import GREY, FrameSource, ImageFrames
from rvm.datasets.rle import decode_counts, mask_from_counts
from rvm.errors import DataError, MediaError
from rvm.io.frame_decode import shrink_image
from rvm.io.image_file import read_bytes

OPAQUE = 0xFF000000
DARK = 128


@dataclass(frozen=True)
class RunLengthMasks(FrameSource):
    """Masks of a clip, kept as compressed run lengths.

    Attributes:
        runs: One string a frame, see `rvm.datasets.rle.encode_counts`; b'' is an empty mask.
        height: In pixels, of all frames.
        width: In pixels, of all frames.
        name: Where they come from, for messages.
    """

    runs: tuple[bytes, ...]
    height: int
    width: int
    name: str
    kind: str = field(default=GREY, init=False)

    def __len__(self) -> int:
        return len(self.runs)

    def size(self) -> tuple[int, int]:
        """Return height and width."""
        return self.height, self.width

    def load(self, numbers: Sequence[int], shrink: int = 1) -> Iterator[np.ndarray]:
        """Yield masks of 0 and 255, or of means of them where they shrink."""
        for number in numbers:
            if not self.runs[number]:
                yield np.zeros((-(-self.height // shrink), -(-self.width // shrink)), np.uint8)
                continue
            try:
                counts = decode_counts(self.runs[number])
                yield mask_from_counts(counts, self.height, self.width, shrink)
            except DataError as error:
                raise DataError(f'{self.describe(number)}: {error}') from error

    def describe(self, number: int) -> str:
        """Return the annotation's name and the frame."""
        return f'{self.name}, frame {number}'


@dataclass(frozen=True)
class PanopticMask(FrameSource):
    """Some segments of a panoptic PNG file, whose colours are numbers: R + 256 G + 65536 B.

    Attributes:
        path: The file.
        ids: Numbers of the segments that make the mask.
        height: In pixels, as annotated.
        width: In pixels, as annotated.
    """

    path: str
    ids: tuple[int, ...]
    height: int
    width: int
    kind: str = field(default=GREY, init=False)

    def __len__(self) -> int:
        return 1

    def size(self) -> tuple[int, int]:
        """Return height and width."""
        return self.height, self.width

    def load(self, numbers: Sequence[int], shrink: int = 1) -> Iterator[np.ndarray]:
        """Yield the mask of 0 and 255, or of means of them where it shrinks."""
        for _ in numbers:
            yield shrink_image(self._mask(), shrink)

    def describe(self, number: int) -> str:
        """Return the path."""
        return self.path

    def files(self) -> Iterator[Path]:
        """Yield the file."""
        yield Path(self.path)

    def _mask(self) -> np.ndarray:
        data = np.frombuffer(read_bytes(Path(self.path)), np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
        if image is None:
            raise MediaError(f'{self.path} cannot be decoded as an image; it is none, or damaged')
        if image.shape[:2] != self.size():
            raise DataError(
                f'{self.path} has {image.shape[1]}x{image.shape[0]} pixels where the annotation '
                f'says {self.width}x{self.height}; take both from one release'
            )
        # One comparison of 32 bits a pixel and segment, instead of three or of a table.
        colours = cv2.cvtColor(image, cv2.COLOR_BGR2RGBA).view('<u4')[..., 0]
        found = np.zeros(colours.shape, bool)
        for number in self.ids:
            found |= colours == (number | OPAQUE)
        if not found.any():
            raise DataError(
                f'{self.path} holds none of the segments {", ".join(map(str, self.ids))}; take it '
                'and the annotation from one release'
            )
        return found.view(np.uint8) * np.uint8(255)


@dataclass(frozen=True)
class LabelMasks(FrameSource):
    """Mask files: of 0 and 255, or of class numbers.

    Attributes:
        frames: The files, of kind 'grey'.
        labels: Values that make the mask; None where it is what the files show, 0 to 255.
    """

    frames: ImageFrames
    labels: tuple[int, ...] | None = None
    kind: str = field(default=GREY, init=False)

    def __len__(self) -> int:
        return len(self.frames)

    def size(self) -> tuple[int, int]:
        """Return height and width."""
        return self.frames.size()

    def load(self, numbers: Sequence[int], shrink: int = 1) -> Iterator[np.ndarray]:
        """Yield masks in 0..255.

        Raises:
            DataError: As of every source; and for a mask that is all but black, which files of
                class numbers are that were not said to be such.
        """
        for number, image in zip(numbers, self.frames.load(numbers), strict=True):
            yield shrink_image(self._mask(image, number), shrink)

    def describe(self, number: int) -> str:
        """Return the path of the file."""
        return self.frames.describe(number)

    def files(self) -> Iterator[Path]:
        """Yield the files."""
        return self.frames.files()

    def _mask(self, image: np.ndarray, number: int) -> np.ndarray:
        if self.labels is not None:
            return np.isin(image, self.labels).view(np.uint8) * np.uint8(255)
        highest = int(image.max())
        if 0 < highest < DARK:
            raise DataError(
                f'{self.describe(number)} is black as a mask: its highest value is {highest} of '
                f'255; if its values are class numbers, name those of persons: labels=[{highest}]'
            )
        return image
