"""Real pictures without people that travel inside scikit-image's wheel; nothing is downloaded."""

from functools import cache
from pathlib import Path

import numpy as np
import skimage
from PIL import Image

from rvm.errors import DataError

TRAIN = ('brick.png', 'chelsea.png', 'grass.png', 'hubble_deep_field.jpg',
         'moon.png', 'motorcycle_left.png', 'page.png', 'retina.jpg')  # fmt: skip
HELD_OUT = ('coffee.png', 'gravel.png', 'ihc.png', 'rocket.jpg')
"""Only for validation and evaluation."""

SCENES = ('chelsea.png', 'coffee.png', 'motorcycle_left.png', 'rocket.jpg')
"""Pictures of things; the others serve as surfaces."""


def names(held_out: bool) -> tuple[str, ...]:
    """Return the names of the pictures of training, or of those that are held out."""
    return HELD_OUT if held_out else TRAIN


@cache
def picture(name: str) -> np.ndarray:
    """Return a picture [H, W, 3] float32 in 0..1, RGB; do not write into it."""
    path = Path(skimage.__file__).parent / 'data' / name
    try:
        with Image.open(path) as file:
            image = np.asarray(file.convert('RGB'), np.float32) / 255
    except OSError as error:
        raise DataError(
            f'{path}, which scikit-image brings with it, cannot be read; install scikit-image again'
        ) from error
    image.flags.writeable = False
    return image


def all_pictures(held_out: bool) -> list[np.ndarray]:
    """Return the pictures of training, or of those that are held out; see `picture`."""
    return [picture(name) for name in names(held_out)]
