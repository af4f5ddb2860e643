"""What the worker and the training device share: constants, kernels, and sizes in a crop's view.

In a `CropView` the picture is smaller by `scale`, and effects that have a size shrink with it, so
that the crop looks like the full picture with its effects, cropped afterwards.
"""

import numpy as np

from rvm.effects.crop_view import CropView

LUMA = (0.299, 0.587, 0.114)
"""Weights of R, G and B in the grey picture (ITU-R BT.601)."""

SMOOTH_CENTRE, SMOOTH_SUM = 5, 13
"""The smoothing of the sharpness: 3x3 ones with this centre, divided by their sum."""


def grain_extent(height: int, width: int, view: CropView | None) -> tuple[int, int]:
    """Return height and width of the full picture, which the grains are counted on."""
    return (height, width) if view is None else (view.size, view.size)


def turn_parts(turn: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Split a turn of the hue into thirds of the circle and the rest, -1..1 sixths of it.

    A third moves R to G, G to B and B to R. The rest s > 0 changes a channel c, next to it n and p
    (in the order c n p of R G B R), between the smallest and the largest of the three, which HSV
    keeps, and with their difference d:

        c - max(0, min(c - smallest, n - p - (1 - s) d))
          + max(0, min(largest - c, p - n - (1 - s) d))

    This is HSV's piecewise linear course without its divisions. For s < 0, n and p change places.
    """
    thirds = np.rint(np.multiply(turn, 3)).astype(int)
    return thirds, np.multiply(turn, 6) - 2 * thirds


def sharpness_factor(factor: np.ndarray | float, view: CropView | None) -> np.ndarray | float:
    """Return the sharpness for the picture at hand.

    x - smooth(x) grows as the square of the pixel's size, so 1 + (f - 1) scale**2 adds as much.
    """
    return factor if view is None else 1 + (factor - 1) * view.scale**2


def blur_kernel(sigma: float, view: CropView | None = None) -> np.ndarray:
    """Return a Gaussian's samples, cut off and normalised to the sum 1.

    The full-size kernel has int(2 sigma) taps, made odd upwards: floor(sigma) on either side. In a
    view both sigma and the cut shrink; the outermost taps count by the part of them inside.

    Args:
        sigma: In pixels of the full picture, 1 or more.
        view: The training crop, if the picture is its view.

    Returns:
        [2 R + 1] float32.
    """
    scale = 1.0 if view is None else view.scale
    reach = (int(sigma) + 0.5) * scale
    radius = max(0, int(np.ceil(reach - 0.5)))
    places = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (places / (sigma * scale)) ** 2)
    kernel *= np.clip(reach + 0.5 - np.abs(places), 0, 1)
    return (kernel / kernel.sum()).astype(np.float32)
