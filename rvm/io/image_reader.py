"""Images as frames: a folder in natural order, a list in its own order, a single file."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from rvm.errors import MediaError
from rvm.io.frame_rgb import Orientation
from rvm.io.media import ColorTags, Frame, MediaInfo
from rvm.io.reader import Reader

_IMAGES = 'jpg jpeg jpe jfif png bmp dib tif tiff webp ppm pgm pbm pnm tga'
_VIDEOS = (
    'mp4 m4v mov mkv webm avi mpg mpeg m2v ts mts m2ts vob wmv asf flv ogv 3gp 3g2 mxf gif y4m '
    'h264 264 hevc h265 265 ivf'
)
IMAGE_SUFFIXES = frozenset(f'.{suffix}' for suffix in _IMAGES.split())
VIDEO_SUFFIXES = frozenset(f'.{suffix}' for suffix in _VIDEOS.split())
DEFAULT_RATE = Fraction(30)
SRGB = ColorTags(matrix=0, full_range=True, primaries=1, transfer=13)

EXIF_ORIENTATION = 0x0112
ORIENTATIONS = {
    2: Orientation(flip_x=True),
    3: Orientation(flip_x=True, flip_y=True),
    4: Orientation(flip_y=True),
    5: Orientation(transpose=True),
    6: Orientation(transpose=True, flip_x=True),
    7: Orientation(transpose=True, flip_x=True, flip_y=True),
    8: Orientation(transpose=True, flip_y=True),
}
TIFF_BITS = 258
HEADER_BYTES = 32
MAX_RATE_DENOMINATOR = 1_001_000
"""Turns 23.976023976, as programs print it, into 24000/1001, and keeps what encoders can hold."""


def natural_key(name: str | Path) -> tuple:
    """Return a sort key that puts frame 2 before frame 10 and ignores case."""
    parts = re.split(r'(\d+)', str(name).casefold())
    numbered = tuple((int(part), '') if part.isdecimal() else (-1, part) for part in parts)
    return (*numbered, (-2, str(name)))


def is_image(path: str | Path) -> bool:
    """Return whether the name is that of an image, by its suffix; hidden files are none."""
    path = Path(path)
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith('.')


def is_video(path: str | Path) -> bool:
    """Return whether the name is that of a video, by its suffix; hidden files are none."""
    path = Path(path)
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.name.startswith('.')


def list_images(folder: str | Path) -> list[Path]:
    """Return the images of a folder in natural order; other and hidden files are ignored.

    Raises:
        MediaError: There are none.
    """
    folder = Path(folder)
    files = [path for path in folder.iterdir() if path.is_file()]
    images = sorted(filter(is_image, files), key=lambda path: natural_key(path.name))
    if images:
        return images
    videos = sum(map(is_video, files))
    if videos:
        raise MediaError(
            f'{folder} holds {videos} video file(s) and no images: give the files one by one, or '
            'give the folder to the tool'
        )
    raise MediaError(f'{folder} holds no images')


def read_image(path: str | Path, bit_depth: int | None = 8) -> np.ndarray:
    """Read an image of any usual kind, upright by its EXIF orientation.

    Args:
        path: The file. Grey, palette and CMYK become RGB; alpha is dropped, not composited.
        bit_depth: 8, 16, or None for 16 where the file has more than 8 bits, else 8.

    Returns:
        [H, W, 3] RGB, uint8 in 0..255 or uint16 in 0..65535.

    Raises:
        MediaError: The file does not exist, is no image, or is damaged.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MediaError(f'{path} cannot be read ({error.strerror})') from error
    try:
        image, orientation = _decode(path, data)
    except (OSError, ValueError, SyntaxError, cv2.error, Image.DecompressionBombError) as error:
        if isinstance(error, MediaError):
            raise
        raise MediaError(f'{path} cannot be decoded as an image; it is none, or damaged') from error
    image = orientation.apply(image)
    depth = bit_depth or (8 if image.dtype == np.uint8 else 16)
    if depth == 16 and image.dtype == np.uint8:
        return image.astype(np.uint16) * np.uint16(257)
    if depth == 8 and image.dtype == np.uint16:
        return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return image


def _decode(path: Path, data: bytes) -> tuple[np.ndarray, Orientation]:
    """Return the stored image as [H, W, 3] RGB, uint8 or uint16, and how to turn it."""
    with Image.open(io.BytesIO(data)) as opened:
        orientation = ORIENTATIONS.get(opened.getexif().get(EXIF_ORIENTATION), Orientation())
        mode, kind = opened.mode, opened.format
        if kind == 'JPEG' and mode in ('RGB', 'L'):
            return simplejpeg.decode_jpeg(data, 'RGB'), orientation
        deep = _has_sixteen_bits(path, opened, data)
        if not deep:
            return np.asarray(opened.convert('RGB')), orientation
        opened.load()  # raises where the file is cut off; OpenCV would return what there is
    return _decode_deep(path, data), orientation


def _has_sixteen_bits(path: Path, opened: Image.Image, data: bytes) -> bool:
    """Return whether samples have 16 bits, of which Pillow keeps 8 where there are colours.

    Portable maps of colours are said to: what they hold, OpenCV finds out. `data` may be but the
    first `HEADER_BYTES` of the file.
    """
    deep = _header_says_sixteen_bits(opened, data)
    if not deep and opened.mode in ('F', 'I'):
        raise MediaError(f'{path} holds 32-bit values; save it with 8 or 16 bits')
    return deep


def _header_says_sixteen_bits(opened: Image.Image, data: bytes) -> bool:
    if opened.format == 'PNG':
        return data[24] == 16  # bit depth in the header chunk, whose place is fixed
    if opened.format == 'TIFF':
        return max(opened.tag_v2.get(TIFF_BITS, (1,))) == 16
    # A portable map of Pillow's 'I' holds grey of up to 16 bits; cv2 also keeps those of colours.
    return opened.format == 'PPM' and opened.mode in ('I', 'RGB')


def _decode_deep(path: Path, data: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise MediaError(f'{path} cannot be decoded as an image; it is none, or damaged')
    if image.dtype not in (np.uint8, np.uint16):
        raise MediaError(f'{path} holds {image.dtype} values; save it with 8 or 16 bits')
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    return cv2.cvtColor(image, cv2.COLOR_BGRA2RGB if image.shape[2] == 4 else cv2.COLOR_BGR2RGB)


class ImageReader(Reader):
    """Images of one size as the frames of a clip.

    At the start only the header of the first image is read: a folder may hold 100,000. An image
    whose size differs from it, or that is none, is refused when it is read. Frame i is shown at
    i / rate seconds.

    Args:
        source: A folder (natural order), an image, or a sequence of images (order kept).
        bit_depth: 8, 16, or None for that of the first image.
        frame_rate: Frames a second, 30 if None; rounded to a denominator of at most
            `MAX_RATE_DENOMINATOR`.
    """

    def __init__(
        self,
        source: str | Path | Sequence[str | Path],
        *,
        bit_depth: int | None = 8,
        frame_rate: Fraction | None = None,
    ):
        if isinstance(source, str | Path):
            name, path = str(source), Path(source)
            self.paths = list_images(path) if path.is_dir() else [path]
        else:
            self.paths = [Path(path) for path in source]
            if not self.paths:
                raise MediaError('the list of images is empty; give at least one')
            name = f'list of {len(self.paths)} images from {self.paths[0]}'
        rate = DEFAULT_RATE if frame_rate is None else Fraction(frame_rate)
        rate = rate.limit_denominator(MAX_RATE_DENOMINATOR)
        if rate <= 0:
            raise MediaError(f'{name}: the frame rate must be positive, not {rate}')
        width, height = image_size(self.paths[0])
        source_depth = image_depth(self.paths[0])
        self.bit_depth = bit_depth or source_depth
        self._closed = False
        self.info = MediaInfo(
            name=name,
            width=width,
            height=height,
            num_frames=len(self.paths),
            frame_rate=rate,
            time_base=1 / rate,
            bit_depth=source_depth,
            color=SRGB,
        )

    def __iter__(self) -> Iterator[Frame]:
        for number in range(len(self)):
            yield Frame(self._image(number), number / self.info.frame_rate)

    def read(self, indices: Sequence[int]) -> np.ndarray:
        """Return images by number, [N, H, W, 3]; each distinct one is decoded once."""
        numbers = self.check_indices(indices)
        dtype = np.uint8 if self.bit_depth == 8 else np.uint16
        result = np.empty((len(numbers), self.info.height, self.info.width, 3), dtype)
        for number in np.unique(numbers):
            result[numbers == number] = self._image(int(number))
        return result

    def times(self) -> list[Fraction]:
        """Return i / rate for every image."""
        return [number / self.info.frame_rate for number in range(len(self))]

    def __len__(self) -> int:
        return len(self.paths)

    def close(self) -> None:
        """Make further reading an error, as for videos; no handle is ever held."""
        self._closed = True

    def _image(self, number: int) -> np.ndarray:
        if self._closed:
            raise MediaError(f'{self.info.name}: the reader has been closed')
        image = read_image(self.paths[number], self.bit_depth)
        height, width = image.shape[:2]
        if (width, height) != (self.info.width, self.info.height):
            raise MediaError(
                f'{self.paths[0]} has {self.info.width}x{self.info.height} pixels and '
                f'{self.paths[number]} has {width}x{height}; all frames of a clip need one size'
            )
        return image


def image_size(path: str | Path) -> tuple[int, int]:
    """Return width and height of an image, upright, from its header alone."""
    with _opened(Path(path)) as opened:
        width, height = opened.size
        turn = ORIENTATIONS.get(opened.getexif().get(EXIF_ORIENTATION), Orientation())
    return (height, width) if turn.transpose else (width, height)


def image_depth(path: str | Path) -> int:
    """Return 8 or 16, the bits that `read_image` finds in a sample.

    From the header alone, but for portable maps (PNM), which are decoded.
    """
    path = Path(path)
    with _opened(path) as opened:
        if opened.format != 'PPM':
            opened.fp.seek(0)
            return 16 if _has_sixteen_bits(path, opened, opened.fp.read(HEADER_BYTES)) else 8
    return 8 * read_image(path, None).dtype.itemsize


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open an image; each fault of it becomes one sentence."""
    try:
        with Image.open(path) as opened:
            yield opened
    except MediaError:
        raise
    except FileNotFoundError as error:
        raise MediaError(f'{path} does not exist') from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaError(f'{path} cannot be decoded as an image; it is none, or damaged') from error
