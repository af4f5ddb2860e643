"""The effects on one 8-bit frame, with OpenCV; see `rvm.effects.parameters` for what they are.

Every step rounds to 8 bits. Colours are done in stripes of rows, which stay in the cache.
"""

import threading
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from rvm.effects.crop_view import CropView
from rvm.effects.definitions import (
    LUMA,
    SMOOTH_CENTRE,
    SMOOTH_SUM,
    blur_kernel,
    grain_extent,
    sharpness_factor,
    turn_parts,
)
from rvm.effects.noise import grid_size, normal_grid
from rvm.effects.parameters import COLUMN, active_stages

STRIPE = 2**16
"""Pixels of a stripe."""

_KEPT = threading.local()


def apply_effects(
    image: np.ndarray, params: np.ndarray, view: CropView | None = None
) -> np.ndarray:
    """Carry out the effects of one frame.

    Args:
        image: [H, W, 3 or 4] uint8, RGB or RGBA, C-contiguous. May be changed.
        params: [K], see `rvm.effects.parameters`.
        view: The training crop, if `image` is its view (H x W are the crop's): effects then look
            as on the full picture, except that the contrast's mean is that of the view.

    Returns:
        [H, W, 3 or 4] uint8: `image` itself, or a new array.
    """
    grain, color, grey, sharpness, blur = active_stages(params).tolist()
    values = dict(zip(COLUMN, params.tolist(), strict=True))
    if grain:
        image = _add_grain(image, values, view)
    if color:
        image = _change_color(image, values)
    if grey:
        image = _make_grey(image)
    if sharpness:
        image = _sharpen(image, sharpness_factor(values['sharpness'], view))
    if blur:
        kernel = blur_kernel(values['blur'], view)
        image = cv2.sepFilter2D(image, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
    return image


def _add_grain(image: np.ndarray, values: dict[str, float], view: CropView | None) -> np.ndarray:
    size = grain_extent(*image.shape[:2], view)
    rows, columns = grid_size(*size, values['grain_size'])
    mono = values['grain_mono'] != 0
    grid = normal_grid(int(values['grain_seed']), 1 if mono else 3, rows, columns)
    grid *= 255 * values['grain_strength']
    noise = []
    for number, plane in enumerate(grid):
        spread = cv2.resize(plane, size[::-1], dst=_scratch(number, size))
        if view is not None:
            square = (view.side, view.side)
            spread = cv2.resize(spread, square, dst=_scratch(len(grid) + number, square))[view.area]
        noise.append(spread)
    for rows in _stripes(image):
        planes = cv2.split(image[rows])
        for channel in range(3):
            plane = planes[channel]
            cv2.add(plane, noise[channel % len(noise)][rows], dst=plane, dtype=cv2.CV_8U)
        cv2.merge(planes, dst=image[rows])
    return image


def _change_color(image: np.ndarray, values: dict[str, float]) -> np.ndarray:
    tones = _tone_curve(image, values['brightness'], values['contrast'])
    mixing = None
    if values['saturation'] != 1:
        mixing = values['saturation'] * np.eye(3) + (1 - values['saturation']) * np.array([LUMA])
    for rows in _stripes(image):
        stripe = image[rows]
        rgb = stripe if image.shape[2] == 3 else cv2.cvtColor(stripe, cv2.COLOR_RGBA2RGB)
        if tones is not None:
            rgb = cv2.LUT(rgb, tones)
        if mixing is not None:
            rgb = cv2.transform(rgb, mixing)
        planes = cv2.split(rgb)
        if values['hue'] != 0:
            planes = _turn_hue(planes, values['hue'])
        _merge(planes, stripe)
    return image


def _tone_curve(image: np.ndarray, brightness: float, contrast: float) -> np.ndarray | None:
    """Return brightness and contrast as a table [256] uint8, None if neither changes anything."""
    if brightness == contrast == 1:
        return None
    tones = np.clip(np.arange(256) * brightness, 0, 255)
    if contrast != 1:
        clamped = brightness > 1  # elsewhere the mean is brightened like the picture
        mean = _mean_luma(image, tones) if clamped else _mean_luma(image, None) * brightness
        tones = np.clip(contrast * tones + (1 - contrast) * mean, 0, 255)
    return np.rint(tones).astype(np.uint8)


def _mean_luma(image: np.ndarray, tones: np.ndarray | None) -> float:
    """Return the mean of the grey picture, after a table of tones [256] if there is one."""
    if tones is None:
        means = np.array(cv2.mean(image))
    else:
        table = tones.astype(np.float32)
        parts = [image[rows] for rows in _stripes(image)]
        means = sum(np.multiply(cv2.mean(cv2.LUT(part, table)), len(part)) for part in parts)
        means = means / len(image)
    return float(np.dot(means[:3], LUMA))


def _turn_hue(planes: list[np.ndarray], turn: float) -> list[np.ndarray]:
    """Turn the hue of R, G and B, [H, W] uint8 each, by a part of the circle; see `turn_parts`."""
    thirds, sixths = turn_parts(turn)
    planes = [planes[(channel - thirds) % 3] for channel in range(3)]
    high = cv2.max(cv2.max(planes[0], planes[1]), planes[2])
    low = cv2.min(cv2.min(planes[0], planes[1]), planes[2])
    levels = np.rint(np.arange(256) * (1 - abs(sixths))).astype(np.uint8)
    rest = cv2.LUT(cv2.subtract(high, low), levels)
    result = []
    for channel, plane in enumerate(planes):
        one, other = planes[(channel + 1) % 3], planes[(channel + 2) % 3]
        if sixths < 0:
            one, other = other, one
        # 8-bit subtraction ends at 0, which is the formula's max(0, ...)
        fall = cv2.min(cv2.subtract(plane, low), cv2.subtract(cv2.subtract(one, other), rest))
        rise = cv2.min(cv2.subtract(high, plane), cv2.subtract(cv2.subtract(other, one), rest))
        result.append(cv2.add(cv2.subtract(plane, fall), rise))
    return result


def _make_grey(image: np.ndarray) -> np.ndarray:
    code = cv2.COLOR_RGB2GRAY if image.shape[2] == 3 else cv2.COLOR_RGBA2GRAY
    for rows in _stripes(image):
        _merge([cv2.cvtColor(image[rows], code)] * 3, image[rows])
    return image


def _stripes(image: np.ndarray) -> Iterator[slice]:
    """Yield ranges of rows that make up the image."""
    step = max(1, STRIPE // image.shape[1])
    for top in range(0, len(image), step):
        yield slice(top, top + step)


def _scratch(number: int, size: tuple[int, int]) -> np.ndarray:
    """Return memory [H, W] float32 that is kept: fresh pages cost more than what is done in them.

    Args:
        number: Which of this thread's pieces.
        size: Height and width.
    """
    kept = _KEPT.__dict__
    count = size[0] * size[1]
    if number not in kept or kept[number].size < count:
        kept[number] = np.empty(count, np.float32)
    return kept[number][:count].reshape(size)


def _merge(planes: Sequence[np.ndarray], image: np.ndarray) -> None:
    """Write R, G and B, [H, W] each, into an image of 3 or 4 channels, and leave its alpha."""
    alpha = [cv2.extractChannel(image, 3)] if image.shape[2] == 4 else []
    cv2.merge([*planes, *alpha], dst=image)


def _sharpen(image: np.ndarray, factor: float) -> np.ndarray:
    kernel = np.full((3, 3), (1 - factor) / SMOOTH_SUM)
    kernel[1, 1] = factor + (1 - factor) * SMOOTH_CENTRE / SMOOTH_SUM
    sharp = cv2.filter2D(image, -1, kernel)
    for edge in (np.s_[:1], np.s_[-1:], np.s_[:, :1], np.s_[:, -1:]):
        sharp[edge] = image[edge]
    return sharp
