"""One 8-bit frame for training, the fast way: shrunk while it is decoded, into a given array."""

from pathlib import Path

import cv2
import numpy as np

from rvm.errors import MediaError
from rvm.io.image_file import decode_image, image_size, read_bytes, to_depth
from rvm.io.jpeg import decode_jpeg, jpeg_size

CHANNELS = ('rgb', 'rgbx', 'grey', 'rgba')
SHRINKS = (1, 2, 4, 8)
HEADER_BYTES = 65536


def decode_frame(
    path: str | Path, channels: str = 'rgb', *, shrink: int = 1, out: np.ndarray | None = None
) -> np.ndarray:
    """Read one image with 8 bits, upright, at 1, 1/2, 1/4 or 1/8 of its size.

    Its pixel i covers pixels [i * shrink, (i + 1) * shrink) of the file: those of a JPEG come from
    its blocks at reduced size, those of other files are means, where the last ones repeat the edge.
    At full size the values are those of `read_image`.

    Args:
        path: The file, of any kind that `read_image` reads.
        channels: 'rgb'; 'rgbx', whose fourth channel is there to be filled by the caller; 'grey',
            the luma (of an RGBA file that of its RGB); or 'rgba', straight alpha as stored.
        shrink: 1, 2, 4 or 8.
        out: uint8 array of the result's shape to fill and return; None for a new one.

    Returns:
        [h, w, 3], [h, w, 4] or, grey, [h, w] uint8 in 0..255, where h = ceil(H / shrink) and
        w = ceil(W / shrink) of the upright image.

    Raises:
        MediaError: The file does not exist, is no image, is damaged, has no alpha where 'rgba' is
            asked for, or has another size than `out`.
    """
    if channels not in CHANNELS or shrink not in SHRINKS:
        raise ValueError(
            f'channels={channels!r} must be of {CHANNELS}, shrink={shrink} of {SHRINKS}'
        )
    path = Path(path)
    data = read_bytes(path)
    image = None
    if channels != 'rgba' and jpeg_size(data) is not None:
        try:
            image = decode_jpeg(data, channels, shrink, out)
        except ValueError as error:
            raise MediaError(f'{path} cannot be decoded as an image; it is damaged') from error
    if image is None:
        image = to_depth(decode_image(path, data, 'rgb' if channels == 'rgbx' else channels), 8)
        image = shrink_image(image, shrink)
        if channels == 'rgbx':
            image = cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
    return image if out is None else _into(out, image, path)


def frame_size(path: str | Path) -> tuple[int, int]:
    """Return height and width of an image, upright, from its header alone.

    Raises:
        MediaError: The file does not exist, or is no image.
    """
    path = Path(path)
    try:
        with open(path, 'rb') as file:
            size = jpeg_size(file.read(HEADER_BYTES))
    except OSError:
        size = None  # `image_size` says why
    return size or image_size(path)[::-1]


def shrink_image(image: np.ndarray, shrink: int) -> np.ndarray:
    """Return the mean of every `shrink` x `shrink` pixels; the last ones repeat the edge."""
    if shrink == 1:
        return image
    height, width = image.shape[:2]
    pad = (0, -height % shrink, 0, -width % shrink)
    image = cv2.copyMakeBorder(image, *pad, cv2.BORDER_REPLICATE)
    size = (image.shape[1] // shrink, image.shape[0] // shrink)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _into(out: np.ndarray, image: np.ndarray, path: Path) -> np.ndarray:
    if out.shape != image.shape:
        raise MediaError(
            f'{path} has {image.shape[1]}x{image.shape[0]} pixels where the frames before it have '
            f'{out.shape[1]}x{out.shape[0]}; all frames of a clip need one size'
        )
    if not np.shares_memory(out, image):
        np.copyto(out, image)
    return out
