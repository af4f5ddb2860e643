"""Pictures that are not taken over as they are: decoded, reduced, encoded again; and compared."""

import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from rvm.datasets.prepare.archives import Blob
from rvm.datasets.prepare.plan import Action, place, same_contents, unfinished
from rvm.errors import DataError, MediaError
from rvm.io.atomic import flush
from rvm.io.image_file import EXIF_ORIENTATION, decode_image, to_depth

JPEG_SUFFIXES = ('.jpg', '.jpeg', '.jpe', '.jfif')
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

    def encode(self, image: np.ndarray, suffix: str) -> bytes:
        """Return the file of an image: [H, W, 3] RGB or [H, W] grey, uint8 in 0..255."""
        image = np.ascontiguousarray(image)
        if suffix.lower() in JPEG_SUFFIXES:
            if image.ndim == 2:
                return simplejpeg.encode_jpeg(image[..., None], self.quality, 'GRAY', 'Gray')
            return simplejpeg.encode_jpeg(image, self.quality, 'RGB', self.chroma)
        if image.ndim == 3:
            image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        return cv2.imencode(suffix, image)[1].tobytes()


def decode(blob: Blob, data: bytes | None = None, channels: str = 'rgb') -> np.ndarray:
    """Return [H, W, 3] RGB or [H, W] grey, uint8 in 0..255, upright.

    Raises:
        MediaError: It is no image, or damaged.
    """
    return to_depth(
        decode_image(Path(str(blob)), blob.read() if data is None else data, channels), 8
    )


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
        """Return whether the output is there."""
        if self.encoding.max_side is None and self.target.is_file():
            size = self.target.stat().st_size
            if size != self.blob.size:
                raise DataError(
                    f'{self.target} is not what {self.blob} would become; remove it, or name '
                    'another output'
                )
        return self.target.is_file() and self.target.stat().st_size > 0

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
            partial.write_bytes(self.encoding.encode(reduced, self.target.suffix))
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
        there = [(target, blob) for target, blob in pairs if target.exists()]
        for target, blob in there:
            if target.stat().st_size != blob.size:
                raise DataError(
                    f'{target} is not what {blob} would become; remove it, or name another output'
                )
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
