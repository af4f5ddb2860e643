"""Single images of any usual kind: reading them, and what their headers tell."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from rvm.errors import MediaError
from rvm.io.frame_rgb import Orientation
from rvm.io.jpeg import decode_jpeg, jpeg_size
from rvm.io.media import NO_ALPHA

JPEG, PNG = b'\xff\xd8', b'\x89P'
"""First bytes of the files."""
ENDS = {JPEG: b'\xff\xd9', PNG: b'IEND'}
"""What stands at the end of a whole one."""
EXIF_ORIENTATION = 0x0112
PNG_EXIF = {'exif', 'Raw profile type exif', 'XML:com.adobe.xmp', 'xmp'}
"""Where Pillow puts what may hold an orientation, of chunks before the pixels."""
ORIENTATIONS = {
    2: Orientation(flip_x=True),
    3: Orientation(flip_x=True, flip_y=True),
    4: Orientation(flip_y=True),
    5: Orientation(transpose=True),
    6: Orientation(transpose=True, flip_x=True),
    7: Orientation(transpose=True, flip_x=True, flip_y=True),
    8: Orientation(transpose=True, flip_y=True),
}
TIFF_BITS, TIFF_EXTRA = 258, 338
PREMULTIPLIED = 1
HEADER_BYTES = 32


@dataclass(frozen=True)
class ImageHeader:
    """What an image is before it is decoded.

    Attributes:
        size: Height and width, upright.
        depth: 8 or 16, the bits that `read_image` finds in a sample; who looks closer may say 1, 2
            or 4 of grey pixels that have no more.
        has_alpha: Whether there is an alpha channel, or are transparent colours.
    """

    size: tuple[int, int]
    depth: int
    has_alpha: bool


def read_image(path: str | Path, bit_depth: int | None = 8, *, channels: str = 'rgb') -> np.ndarray:
    """Read an image of any usual kind, upright by its EXIF orientation.

    Args:
        path: The file. Grey, palette and CMYK become RGB.
        bit_depth: 8, 16, or None for 16 where the file has more than 8 bits, else 8.
        channels: 'rgb' (alpha is dropped, not composited), 'rgba' (straight alpha, as stored) or
            'grey' (luma).

    Returns:
        [H, W, 3] RGB, [H, W, 4] RGBA or [H, W] grey, uint8 in 0..255 or uint16 in 0..65535.

    Raises:
        MediaError: The file does not exist, is no image, or is damaged; or it has no alpha, and
            'rgba' is asked for.
    """
    path = Path(path)
    return to_depth(decode_image(path, read_bytes(path), channels), bit_depth)


def read_bytes(path: Path) -> bytes:
    """Return the contents of a file; faults of the disk become one sentence."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MediaError(f'{path} does not exist') from error
    except OSError as error:
        raise MediaError(f'{path} cannot be read ({error.strerror})') from error


def decode_image(path: Path, data: bytes, channels: str = 'rgb') -> np.ndarray:
    """Return the image in `data`, upright, with the bits that the file has; see `read_image`."""
    with _one_sentence(path):
        if channels != 'rgba' and jpeg_size(data) is not None:
            image = decode_jpeg(data, channels)
            if image is not None:
                return image
        image, orientation = _decode(path, data, channels)
    return orientation.apply(image)


def to_depth(image: np.ndarray, bit_depth: int | None) -> np.ndarray:
    """Return a uint8 or uint16 image with 8 or 16 bits; None leaves it as it is."""
    if bit_depth == 16 and image.dtype == np.uint8:
        return image.astype(np.uint16) * np.uint16(257)
    if bit_depth == 8 and image.dtype == np.uint16:
        return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return image


def image_size(path: str | Path) -> tuple[int, int]:
    """Return width and height of an image, upright, from its header alone."""
    with _opened(Path(path)) as opened:
        return _upright_size(opened)


def image_header(path: str | Path) -> ImageHeader:
    """Return what the header of an image tells; portable maps (PNM) are decoded for their depth.

    Raises:
        MediaError: The file does not exist, is no image, or holds 32-bit values.
    """
    path = Path(path)
    with _opened(path) as opened:
        size, has_alpha = _upright_size(opened)[::-1], opened.has_transparency_data
        if opened.format != 'PPM':
            opened.fp.seek(0)
            deep = _has_sixteen_bits(path, opened, opened.fp.read(HEADER_BYTES))
            return ImageHeader(size, 16 if deep else 8, has_alpha)
    return ImageHeader(size, 8 * read_image(path, None).dtype.itemsize, has_alpha)


def image_depth(path: str | Path) -> int:
    """Return 8 or 16, the bits that `read_image` finds in a sample; see `image_header`."""
    return image_header(path).depth


def image_has_alpha(path: str | Path) -> bool:
    """Return whether the image has an alpha channel or transparent colours, from its header."""
    with _opened(Path(path)) as opened:
        return opened.has_transparency_data


def image_kind(path: Path, data: bytes) -> tuple[str | None, str]:
    """Return the format and the mode of an image, in the words of Pillow; `path` is its name."""
    with _one_sentence(path), Image.open(io.BytesIO(data)) as opened:
        return opened.format, opened.mode


def _decode(path: Path, data: bytes, channels: str) -> tuple[np.ndarray, Orientation]:
    """Return the stored image, and how to turn it."""
    with Image.open(io.BytesIO(data)) as opened:
        orientation = _orientation(opened)
        if channels == 'rgba' and not opened.has_transparency_data:
            raise MediaError(f'{path} {NO_ALPHA}')
        if opened.format in ('JPEG', 'MPO'):
            image = decode_jpeg(data, channels)
            if image is not None:
                return image, orientation
        if not _has_sixteen_bits(path, opened, data):
            return _from_pillow(opened, channels), orientation
        if channels == 'rgba' and PREMULTIPLIED in getattr(opened, 'tag_v2', {}).get(
            TIFF_EXTRA, ()
        ):
            raise MediaError(
                f'{path} holds colours multiplied by alpha; save it with straight alpha'
            )
        opened.load()  # raises where the file is cut off; not every OpenCV does
    return _decode_deep(path, data, channels), orientation


def _from_pillow(opened: Image.Image, channels: str) -> np.ndarray:
    if channels == 'rgba':
        return np.array(opened.convert('RGBA'))
    if channels == 'grey' and opened.mode in ('1', 'L', 'LA'):
        return np.array(opened.convert('L'))
    image = np.array(opened.convert('RGB'))
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if channels == 'grey' else image


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


FROM_CV = {
    (1, 'rgb'): cv2.COLOR_GRAY2RGB,
    (3, 'rgb'): cv2.COLOR_BGR2RGB,
    (4, 'rgb'): cv2.COLOR_BGRA2RGB,
    (3, 'grey'): cv2.COLOR_BGR2GRAY,
    (4, 'grey'): cv2.COLOR_BGRA2GRAY,
    (4, 'rgba'): cv2.COLOR_BGRA2RGBA,
}


def _decode_deep(path: Path, data: bytes, channels: str) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise MediaError(f'{path} cannot be decoded as an image; it is none, or damaged')
    if image.dtype not in (np.uint8, np.uint16):
        raise MediaError(f'{path} holds {image.dtype} values; save it with 8 or 16 bits')
    stored = 1 if image.ndim == 2 else image.shape[2]
    if (stored, channels) == (1, 'grey'):
        return image
    if (stored, channels) not in FROM_CV:
        raise MediaError(f'{path}: its alpha cannot be read with 16 bits; save it as RGBA')
    return cv2.cvtColor(image, FROM_CV[stored, channels])


def _upright_size(opened: Image.Image) -> tuple[int, int]:
    """Return width and height."""
    return opened.size[::-1] if _orientation(opened).transpose else opened.size


def _orientation(opened: Image.Image) -> Orientation:
    # Pillow would decode a whole PNG to look for EXIF behind its pixels, where nobody puts it.
    if opened.format == 'PNG' and not PNG_EXIF & opened.info.keys():
        return Orientation()
    return ORIENTATIONS.get(opened.getexif().get(EXIF_ORIENTATION), Orientation())


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open an image for its header."""
    with _one_sentence(path), Image.open(path) as opened:
        yield opened


@contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    """Make one sentence of each fault that a decoder finds in an image."""
    try:
        yield
    except MediaError:
        raise
    except FileNotFoundError as error:
        raise MediaError(f'{path} does not exist') from error
    except (OSError, ValueError, SyntaxError, cv2.error, Image.DecompressionBombError) as error:
        raise MediaError(f'{path} cannot be decoded as an image; it is none, or damaged') from error
