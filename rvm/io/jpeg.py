"""JPEG through libjpeg-turbo: to RGB, RGBX or luma, at full size or 1/2, 1/4, 1/8 of it."""

import numpy as np
import simplejpeg

COLORSPACES = {'rgb': 'RGB', 'rgbx': 'RGBX', 'grey': 'GRAY'}
START, START_OF_SCAN = b'\xff\xd8', 0xDA
TURNED = (b'Exif\0', b'Orientation')  # where EXIF, and XMP, may hold an orientation
DAMAGE = ('Premature end', 'Corrupt JPEG')
PLAIN = ('YCbCr', 'RGB', 'Gray')  # not the four channels of print


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return height and width of a JPEG that `decode_jpeg` can take as it is, else None.

    None for other files, for those that may have to be turned, and for CMYK.
    """
    if data[:2] != START or any(tag in _head(data) for tag in TURNED):
        return None
    return _header(data)


def decode_jpeg(
    data: bytes, channels: str, shrink: int = 1, out: np.ndarray | None = None
) -> np.ndarray | None:
    """Decode a JPEG, not turned; None where libjpeg-turbo is not the one to do it.

    Args:
        data: The file.
        channels: 'rgb', 'rgbx' (the fourth is 255) or 'grey' (its luma, without the chroma that
            would be clipped in RGB).
        shrink: 1, 2, 4 or 8: each pixel stands for that many of the file both ways, by leaving
            out the higher frequencies of each block of 8x8.
        out: uint8 array to decode into; one of another size, or not C-contiguous, is not used.

    Returns:
        [ceil(H / shrink), ceil(W / shrink), 3 or 4] uint8, [.., ..] for 'grey'.

    Raises:
        ValueError: The file is damaged.
    """
    size = _header(data)
    if size is None or (shrink > 1 and max(size) < 8):
        return None  # below 8 pixels, several scales have one size
    height, width = (-(-side // shrink) for side in size)
    depth = len(channels) if channels != 'grey' else 1
    if out is not None and (out.size != height * width * depth or not out.flags.c_contiguous):
        out = None  # the caller's to copy, or to refuse
    # Of its scales m/8, libjpeg-turbo takes the smallest that reaches these sides.
    sides = {} if shrink == 1 else {'min_height': height, 'min_width': width}
    try:
        image = simplejpeg.decode_jpeg(data, COLORSPACES[channels], buffer=out, **sides)
    except ValueError as error:
        if str(error).startswith(DAMAGE):
            raise
        return None  # a warning, such as wrong scan parameters, which its strictness makes a fault
    if image.shape[:2] != (height, width):
        return None
    return image[..., 0] if channels == 'grey' else image


def _header(data: bytes) -> tuple[int, int] | None:
    try:
        height, width, colorspace, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        return None
    return (height, width) if colorspace in PLAIN else None


def _head(data: bytes) -> bytes:
    """Return the segments before the picture's own data."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != START_OF_SCAN:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], 'big') if data[at + 1] != 0xFF else 1
    return data[:at]
