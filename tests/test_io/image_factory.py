"""Images for the tests of `rvm.io`: what Pillow cannot write with 16 bits, OpenCV does."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image


def save(path: Path, image: np.ndarray, **options) -> Path:
    """Write an image of 8 bits, [H, W], [H, W, 3] RGB or [H, W, 4] RGBA, and return `path`."""
    Image.fromarray(image).save(path, **options)
    return path


def save_deep(path: Path, image: np.ndarray) -> Path:
    """Write an image of 16 bits, [H, W], [H, W, 3] RGB or [H, W, 4] RGBA, and return `path`."""
    if image.ndim == 3:
        image = image[..., [2, 1, 0, 3][: image.shape[2]]]
    assert cv2.imwrite(str(path), image)
    return path
