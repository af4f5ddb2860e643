"""Pictures that are not taken over as they are: decoded, reduced, encoded again; and compared."""

import io
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from rvm.datasets.prepare.archives import Blob
from rvm.datasets.prepare.plan import (
    REMOVE_IT,
    Action,
    OutputError,
    place,
    same_contents,
    unfinished,
)
from rvm.errors import DataError, MediaError
from rvm.io.atomic import flush
from rvm.io.image_file import ENDS, EXIF_ORIENTATION, JPEG, PNG, decode_image, to_depth
from rvm.io.image_writer import encode_image

JPEG_SUFFIXES = ('.jpg', '.jpeg', '.jpe', '.jfif')
END_BYTES = 12
"""Of the end of a file, in which the mark of JPEG or PNG stands."""
CHROMAS = ('444', '420')


@dataclass(frozen=True)
class Encoding:
    """How pictures are written.

    Attributes:
        quality: Of JPEG, 1..100.
        chroma: '444' (full) or '420' (half the resolution for colours, smaller, decodes faster).
        max_side: The longer side is reduced to it; None: sizes stay.
    """

    quality: int = 95
    chroma: str = '444'
    max_side: int | None = None

    def __post_init__(self):
        if not 1 <= self.quality <= 100:
            raise DataError(f'the JPEG quality is {self.quality}; give 1 to 100')
        if self.max_side is not None and self.max_side < 1:
            raise DataError(f'--max-side is {self.max_side}; give a number of pixels')

    def settings(self) -> dict[str, object]:
        """Return it as plain values."""
        return {'quality': self.quality, 'chroma': self.chroma, 'max_side': self.max_side}

    def name_of(self, name: str) -> str:
        """Return the file name of an output: with a `max_side`, all but JPEG become .jpg."""
        path = Path(name)
        if self.max_side is None or path.suffix.lower() in JPEG_SUFFIXES:
            return name
        return f'{path.stem}.jpg'

    def reduced_size(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height with the longer side at most `max_side`."""
        if self.max_side is None or max(width, height) <= self.max_side:
            return width, height
        scale = self.max_side / max(width, height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    def reduce(self, image: np.ndarray) -> np.ndarray:
        """Return [H, W] or [H, W, C] uint8 at the reduced size, by means over areas."""
        size = self.reduced_size(image.shape[1], image.shape[0])
        if size == (image.shape[1], image.shape[0]):
            return image
        return cv2.resize(image, size, interpolation=cv2.INTER_AREA)

    def encode(self, image: np.ndarray, target: Path) -> bytes:
        """Return the file of an image.

        Args:
            image: [H, W, 3] RGB or [H, W] grey, uint8 in 0..255.
            target: Where it will go; the suffix is that of the format.

        Raises:
            MediaError: Images of that format or size cannot be written.
        """
        image, suffix = np.ascontiguousarray(image), target.suffix
        if suffix.lower() in JPEG_SUFFIXES:
            if image.ndim == 2:
                return simplejpeg.encode_jpeg(image[..., None], self.quality, 'GRAY', 'Gray')
            return simplejpeg.encode_jpeg(image, self.quality, 'RGB', self.chroma)
        try:
            return encode_image(target, image, suffix)
        except MediaError as error:
            raise MediaError(
                f'{target}: OpenCV cannot encode {image.shape[1]}x{image.shape[0]} pixels as '
                f'{suffix}; reduce it by --max-side, or convert it to PNG'
            ) from error


def decode(blob: Blob, data: bytes | None = None, channels: str = 'rgb') -> np.ndarray:
    """Return [H, W, 3] RGB or [H, W] grey, uint8 in 0..255, upright.

    Raises:
        MediaError: It is no image, or damaged.
    """
    return to_depth(
        decode_image(Path(str(blob)), blob.read() if data is None else data, channels), 8
    )


def is_whole(path: Path) -> bool:
    """Return whether a file is there and not cut off, as far as the end of JPEG or PNG tells."""
    if not path.is_file():
        return False
    suffix = path.suffix.lower()
    begin = JPEG if suffix in JPEG_SUFFIXES else PNG if suffix == '.png' else b''
    with open(path, 'rb') as file:
        head = file.read(2)
        file.seek(max(0, file.seek(0, os.SEEK_END) - END_BYTES))
        return bool(head) and head.startswith(begin) and ENDS.get(begin, b'') in file.read()


def check_whole(path: Path, origin: Blob) -> None:
    """Raise OutputError if an output is not what its source would become; see `is_whole`."""
    if not is_whole(path):
        raise OutputError(f'{path} is not what {origin} would become, or cut off; {REMOVE_IT}')


def exif_orientation(data: bytes) -> int:
    """Return the EXIF orientation of an image file, 1 (upright) where it has none."""
    with Image.open(io.BytesIO(data)) as opened:
        return opened.getexif().get(EXIF_ORIENTATION, 1)


def compare_pictures(first: Blob, second: Blob) -> str:
    """Return a verdict on two image files, which begins with 'equal' or 'different'."""
    if first == second:
        return 'equal: one file'
    if same_contents(first, second):
        return 'equal'
    try:
        images = decode(first).astype(np.int16), decode(second).astype(np.int16)
    except MediaError as error:
        return f'not comparable ({error})'
    if images[0].shape != images[1].shape:
        return 'different (in size)'
    mean = float(np.abs(images[0] - images[1]).mean())
    # A photograph saved twice differs by its compression.
    kind = 'equal pixels' if mean == 0 else 'different' if mean > 3 else 'different, but alike'
    return kind if mean == 0 else f'{kind} (by {mean:.1f} of 255 in the mean)'


@dataclass(frozen=True)
class PlaceStill(Action):
    """A still that must decode: taken over as it is, or reduced where it is too large.

    Attributes:
        blob: The image.
        mode: See `PlaceFile`.
        encoding: The output's name is `encoding.name_of(its name)`.
    """

    blob: Blob
    mode: str
    encoding: Encoding

    def sources(self) -> tuple[Blob, ...]:
        """Return the image."""
        return (self.blob,)

    def done(self) -> bool:
        """Return whether the output is there: the file itself, or what it would be reduced to."""
        if not os.path.lexists(self.target):
            return False
        if self.target.is_file() and self.target.stat().st_size == self.blob.size:
            return True
        if self.encoding.max_side is None:
            raise OutputError(f'{self.target} is not what {self.blob} would become; {REMOVE_IT}')
        check_whole(self.target, self.blob)
        return True

    def check(self) -> None:
        """Decode it."""
        decode(self.blob)

    def make(self) -> Counter:
        """Decode it, and place or write it."""
        image = decode(self.blob)
        reduced = self.encoding.reduce(image)
        as_it_is = reduced is image and self.target.name == self.blob.file_name
        with unfinished(self.target) as partial:
            if as_it_is:
                return Counter([place(self.blob, partial, self.mode)])
            partial.write_bytes(self.encoding.encode(reduced, self.target))
            flush(partial)
        return Counter(written=1)


@dataclass(frozen=True)
class PlacePair(Action):
    """A foreground and its alpha, of one size; `target` is that of the foreground.

    Attributes:
        fgr: The foreground.
        pha: Its alpha.
        pha_target: Where that goes.
        mode: See `PlaceFile`.
    """

    fgr: Blob
    pha: Blob
    pha_target: Path
    mode: str

    def sources(self) -> tuple[Blob, ...]:
        """Return both."""
        return self.fgr, self.pha

    def targets(self) -> tuple[Path, ...]:
        """Return both."""
        return self.target, self.pha_target

    def done(self) -> bool:
        """Return whether files of the same sizes are there."""
        pairs = ((self.target, self.fgr), (self.pha_target, self.pha))
        there = [(target, blob) for target, blob in pairs if os.path.lexists(target)]
        for target, blob in there:
            if not target.is_file() or target.stat().st_size != blob.size:
                raise OutputError(f'{target} is not what {blob} would become; {REMOVE_IT}')
        return len(there) == 2

    def check(self) -> None:
        """Compare the sizes; both must decode."""
        (height, width), (pha_height, pha_width) = (
            decode(blob, None, channels).shape[:2]
            for blob, channels in ((self.fgr, 'rgb'), (self.pha, 'grey'))
        )
        if (height, width) != (pha_height, pha_width):
            raise DataError(
                f'{self.fgr} has {width}x{height} pixels and its alpha {self.pha} has '
                f'{pha_width}x{pha_height}; a foreground and its alpha need one size'
            )

    def make(self) -> Counter:
        """Check and place both."""
        self.check()
        done: Counter = Counter()
        for target, blob in ((self.pha_target, self.pha), (self.target, self.fgr)):
            if not target.exists():
                with unfinished(target) as partial:
                    done[place(blob, partial, self.mode)] += 1
        return done
