"""Pictures of single frames for the report: source, truth, prediction and difference."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from rvm.io.image_writer import encode_image

WIDTH = 240
"""Pixels of one of the pictures, at most."""
HEIGHT = 320
"""Of upright footage: a strip is no taller than that."""
GAP = 4
PAPER = 255
FULL_SCALE = 0.5
"""Difference of alpha that has the brightest colour; what is above has it, too."""
COLOURS = cv2.COLORMAP_INFERNO
"""Perceptual: equal steps look equal, and brighter is more, to the colour-blind, too."""
JPEG = (
    *(cv2.IMWRITE_JPEG_QUALITY, 85),
    # Colour at full resolution, so that none runs from a picture into its grey neighbour.
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)


@dataclass(frozen=True)
class Strip:
    """The pictures of a frame side by side: source (if there is one), true, predicted, difference.

    Attributes:
        number: Of the frame in its clip, from 0.
        frame: Its name.
        value: What it is ranked by.
        jpeg: The file.
        has_src: Whether the source is there, the first of four pictures; else there are three.
        title: Of the measure that `value` is of.
    """

    number: int
    frame: str
    value: float
    jpeg: bytes
    has_src: bool = True
    title: str = 'MAD'


def shown_size(height: int, width: int, most: int = WIDTH) -> tuple[int, int]:
    """Return how large a frame is shown: shrunk to both limits, never enlarged.

    Args:
        height: Of the frame in pixels.
        width: Of the frame in pixels.
        most: Limit of the width; that of the height is `HEIGHT`.

    Returns:
        Height and width in pixels.
    """
    scale = min(1, most / width, HEIGHT / height)
    return max(1, round(height * scale)), max(1, round(width * scale))


def draw_strip(
    src: np.ndarray | None, true_pha: np.ndarray, pred_pha: np.ndarray, width: int = WIDTH
) -> bytes:
    """Return a JPEG file with the pictures of a frame side by side, all of one size.

    They are as large as `shown_size` says. The difference |pred - true|, averaged where it is
    shrunk, has colours from 0 to `FULL_SCALE`, those of `scale_colours`.

    Args:
        src: [3, h, w] uint8 in 0..255, RGB, of any size; None if there is none.
        true_pha: [H, W] uint8 in 0..255, or float in 0..1.
        pred_pha: As `true_pha`.
        width: Of each picture at most, in pixels.
    """
    true, pred = _to_bytes(true_pha), _to_bytes(pred_pha)
    size = shown_size(*true.shape, width)
    difference = fit(cv2.absdiff(true, pred).astype(np.float32) / 255, size)
    pictures = [_grey(fit(true, size)), _grey(fit(pred, size)), _colour(difference)]
    if src is not None:
        pictures.insert(0, fit(np.ascontiguousarray(src.transpose(1, 2, 0)), size))
    gap = np.full((size[0], GAP, 3), PAPER, np.uint8)
    parts = [part for picture in pictures for part in (gap, picture)][1:]
    return encode_image(Path('strip.jpg'), np.concatenate(parts, axis=1), '.jpg', JPEG)


def fit(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture at another size, averaged where it shrinks.

    Args:
        picture: [H, W] or [H, W, 3], uint8 or float32.
        size: Height and width in pixels.
    """
    height, width = size
    shrinks = picture.shape[1] >= width and picture.shape[0] >= height
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(picture, (width, height), interpolation=interpolation)


def picture_boxes(width: int, has_src: bool) -> list[tuple[str, int, int]]:
    """Return where the pictures of a strip are.

    Args:
        width: Of the strip, in pixels.
        has_src: Of the strip.

    Returns:
        What each shows, its first column and its width, from left to right.
    """
    names = ['source'] * has_src + ['true', 'predicted', 'difference']
    each = (width + GAP) // len(names) - GAP
    return [(name, number * (each + GAP), each) for number, name in enumerate(names)]


def scale_colours(count: int = 9) -> list[str]:
    """Return the colours of differences from 0 to `FULL_SCALE` in equal steps, as '#rrggbb'."""
    colours = _colour(np.linspace(0, FULL_SCALE, count, dtype=np.float32)[None])[0]
    return [f'#{red:02x}{green:02x}{blue:02x}' for red, green, blue in colours]


def _to_bytes(alpha: np.ndarray) -> np.ndarray:
    if alpha.dtype == np.uint8:
        return np.ascontiguousarray(alpha)
    return np.rint(np.clip(alpha, 0, 1) * 255).astype(np.uint8)


def _grey(alpha: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB)


def _colour(difference: np.ndarray) -> np.ndarray:
    levels = np.rint(np.minimum(difference / FULL_SCALE, 1) * 255).astype(np.uint8)
    return cv2.cvtColor(cv2.applyColorMap(levels, COLOURS), cv2.COLOR_BGR2RGB)
