"""The unknown region of a matte: where matting is hard, and errors are counted on their own."""

import operator

import cv2
import numpy as np
import torch

from rvm.errors import DataError
from rvm.evaluation.arrays import PEAKS, Array, Frames, check_arrays


def unknown_region(true: Array, radius: int = 12) -> Array:
    """Return the unknown region of a trimap made from a true alpha: its edges and what is near.

    The pixels within `radius` of one with alpha > 0 and of one with alpha < 1, in other words the
    dilated foreground without the eroded one, as trimaps are usually made (by dilation: Xu et al.,
    "Deep Image Matting", CVPR 2017). There is no agreed radius, so name it with the number.
    Computed on the CPU.

    Args:
        true: [..., H, W] alpha of a type of `arrays.PEAKS`.
        radius: In pixels; the element is 2 * radius + 1 across.

    Returns:
        [..., H, W] bool, of the kind and on the device of `true`.
    """
    check_arrays(true=true)
    radius = _whole(radius)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    region = np.empty((len(Frames('true', true)), *true.shape[-2:]), bool)
    for number, frame in enumerate(Frames('true', true)):
        some, whole = frame > 0, frame >= PEAKS[frame.dtype.name]
        outer = cv2.dilate(some.view(np.uint8), element)
        inner = cv2.erode(whole.view(np.uint8), element)
        region[number] = outer > inner
    region = region.reshape(true.shape)
    return torch.from_numpy(region).to(true.device) if isinstance(true, torch.Tensor) else region


def _whole(radius: int) -> int:
    """Return a radius of any integer type as an int."""
    try:
        number = -1 if isinstance(radius, bool) else operator.index(radius)
    except TypeError:
        number = -1
    if number < 0:
        raise DataError(f'radius is {radius!r}: give a whole number of pixels, at least 0')
    return number
