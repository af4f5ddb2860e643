"""Writing the demo data's pictures."""

from pathlib import Path

import cv2
import numpy as np

from rvm.io.image_writer import encode_image


def write_jpeg(path: Path, image: np.ndarray, quality: int = 87) -> None:
    """Write an image as JPEG with full colour resolution.

    Args:
        path: The file; its folder is made.
        image: [H, W, 3] RGB or [H, W], uint8 in 0..255.
        quality: 0..100.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _write(path, '.jpg', image, options)


def write_png(path: Path, image: np.ndarray) -> None:
    """Write an image as PNG; see `write_jpeg`."""
    _write(path, '.png', image, [cv2.IMWRITE_PNG_COMPRESSION, 6])


def _write(path: Path, suffix: str, image: np.ndarray, options: list[int]) -> None:
    data = encode_image(path, image, suffix, options)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
