"""Alpha mattes from image files: grey pictures, of which some are stored with three channels."""

from pathlib import Path

import cv2
import numpy as np

from rvm.errors import DataError
from rvm.io.frame_decode import decode_frame
from rvm.io.image_file import decode_image, image_kind, read_bytes, to_depth

GREY_MODES = frozenset({'1', 'L', 'I', 'I;16', 'I;16B'})
"""Pillow's, of images with one channel."""
STRAY = 16 / 255
"""How far the channels of a grey picture may lie apart: colour formats with losses stray a bit."""


def read_matte(path: str | Path, bit_depth: int | None = 8) -> np.ndarray:
    """Read a grey picture, of a JPEG its luma, upright; one in colours is no matte.

    Args:
        path: The file.
        bit_depth: 8, 16, or None for 16 where the file has more than 8 bits, else 8.

    Returns:
        [H, W] uint8 in 0..255 or uint16 in 0..65535.

    Raises:
        MediaError: The file does not exist, is no image, or is damaged.
        DataError: The picture has colours.
    """
    path = Path(path)
    data = read_bytes(path)
    kind, mode = image_kind(path, data)
    if mode not in GREY_MODES and kind != 'JPEG':
        image = decode_image(path, data)
        check_grey(image, str(path))
        return to_depth(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), bit_depth)
    if mode not in GREY_MODES:  # an eighth of the picture tells whether it has colours
        check_grey(decode_frame(path, shrink=8), str(path))
    return to_depth(decode_image(path, data, 'grey'), bit_depth)


def check_grey(image: np.ndarray, name: str) -> None:
    """Refuse a matte whose channels differ by more than `STRAY`.

    Args:
        image: [h, w, 3] uint8 in 0..255 or uint16 in 0..65535, of any size.
        name: What the message calls it.

    Raises:
        DataError: They differ.
    """
    red, *others = cv2.split(image)
    apart = max(cv2.norm(red, other, cv2.NORM_INF) for other in others)
    if apart > STRAY * np.iinfo(image.dtype).max:
        raise DataError(
            f'{name} is a picture in colours where a matte is expected: give alpha as a grey '
            'picture'
        )
