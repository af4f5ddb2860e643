"""The gradient error of a frame, without filtering where both images are flat.

Where the 9x9 neighbourhood is constant in both images, or equal in both and scaled alike, a pixel
contributes nothing. So bands of rows are filtered, each only between the columns that matter; a
band's intermediate images also stay in the cache.
"""

import functools
from collections.abc import Iterator

import cv2
import numpy as np

from rvm.evaluation.arrays import PEAKS

SIGMA = 1.4
HALF = int(np.ceil(SIGMA * np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) * SIGMA * 0.01))))
"""Half size of the filters: where the Gaussian has fallen to a hundredth; 4, so they are 9x9."""
ROWS = 16
"""Of a strip whose columns are looked at together; at least HALF, so that neighbours suffice."""
STRIPS = 4
"""Of a band."""
GAP = 64
"""Columns between two stretches of a band from which on they are filtered apart."""


@functools.cache
def kernels() -> tuple[np.ndarray, np.ndarray]:
    """Return the filters along and across a gradient, [9] float64 each, of L2 norm 1.

    Their outer product is the 2-D filter: the derivative of a Gaussian times a Gaussian.
    """
    places = np.arange(-HALF, HALF + 1)
    gauss = np.exp(-(places**2) / (2 * SIGMA**2))
    derivative = places * gauss
    return derivative / np.linalg.norm(derivative), gauss / np.linalg.norm(gauss)


def gradient_scale(low: float, high: float, peak: int, protocol: str) -> float:
    """Return what a frame is multiplied with before its gradients are taken (0: it is flat)."""
    if protocol == 'high':
        return 1 / peak
    return 1 / (high - low) if high > low else 0.0


def gradient_error(pred: np.ndarray, true: np.ndarray, protocol: str) -> float:
    """Return the sum of squared differences of the gradient magnitudes of two frames [H, W]."""
    (pred, one), (true, other) = (_scaled(frame, protocol) for frame in (pred, true))
    total = 0.0
    for region in _regions(pred, true, one == other):
        parts = _magnitude(pred, one, region), _magnitude(true, other, region)
        total += cv2.norm(*parts, cv2.NORM_L2SQR)
    return total


def _scaled(frame: np.ndarray, protocol: str) -> tuple[np.ndarray, float]:
    """Return a frame [H, W] uint8, uint16 or float32, and what it is to be multiplied with."""
    peak = PEAKS[frame.dtype.name]
    frame = frame.astype(np.float32, copy=False) if frame.dtype.kind == 'f' else frame
    low, high = cv2.minMaxLoc(frame)[:2]
    if protocol == 'low' and low != 0:  # it changes no gradient, but costs digits
        frame = frame - frame.dtype.type(low)
    return frame, gradient_scale(low, high, peak, protocol)


def _magnitude(frame: np.ndarray, scale: float, region: tuple[int, int, int, int]) -> np.ndarray:
    """Return the gradient magnitudes [h, w] float32 of a region of a frame."""
    top, bottom, left, right = region
    above, before = max(top - HALF, 0), max(left - HALF, 0)
    part = frame[above : bottom + HALF, before : right + HALF]
    along, across = kernels()
    replicate = {'borderType': cv2.BORDER_REPLICATE}
    x = cv2.sepFilter2D(part, cv2.CV_32F, along * scale, across, **replicate)
    y = cv2.sepFilter2D(part, cv2.CV_32F, across * scale, along, **replicate)
    inner = slice(top - above, bottom - above), slice(left - before, right - before)
    # Not cv2.magnitude, whose last bits depend on where its output happens to lie in memory.
    squares = np.square(x[inner])
    squares += np.square(y[inner])
    return np.sqrt(squares, out=squares)


def _regions(
    pred: np.ndarray, true: np.ndarray, alike: bool
) -> Iterator[tuple[int, int, int, int]]:
    """Yield regions (top, bottom, left, right) that hold every pixel that may contribute.

    Args:
        pred: [H, W].
        true: [H, W].
        alike: Whether equal neighbourhoods have equal gradients.
    """
    height = pred.shape[0]
    active = _changing(pred) | _changing(true)
    if alike and pred.dtype == true.dtype:
        active &= _widen(_strips(cv2.absdiff(pred, true), np.maximum) != 0)
    for strip in range(0, len(active), STRIPS):
        columns = np.flatnonzero(active[strip : strip + STRIPS].any(axis=0))
        if not len(columns):
            continue
        top = strip * ROWS
        bottom = min(top + STRIPS * ROWS, height)
        breaks = np.flatnonzero(np.diff(columns) > GAP)
        firsts = columns[np.concatenate([[0], breaks + 1])]
        lasts = columns[np.concatenate([breaks, [len(columns) - 1]])]
        for left, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
            yield top, bottom, left, last + 1


def _changing(frame: np.ndarray) -> np.ndarray:
    """Return whether a neighbourhood is not constant, for each column of each strip.

    Returns:
        [ceil(H / ROWS), W] bool.
    """
    low, high = _strips(frame, np.minimum), _strips(frame, np.maximum)
    return _widen(high, np.maximum) != _widen(low, np.minimum)


def _strips(frame: np.ndarray, reduce: np.ufunc) -> np.ndarray:
    """Return the extreme value of each column in each strip of ROWS rows, [ceil(H / ROWS), W]."""
    height, width = frame.shape
    whole = height // ROWS
    found = reduce.reduce(frame[: whole * ROWS].reshape(whole, ROWS, width), axis=1)
    if height % ROWS:
        found = np.concatenate([found, reduce.reduce(frame[whole * ROWS :], axis=0)[None]])
    return found


def _widen(strips: np.ndarray, reduce: np.ufunc = np.logical_or) -> np.ndarray:
    """Return the extreme value over the neighbouring strips and HALF columns to both sides."""
    spread = strips.copy()
    reduce(spread[1:], strips[:-1], out=spread[1:])
    reduce(spread[:-1], strips[1:], out=spread[:-1])
    wide = spread.copy()
    for shift in range(1, HALF + 1):
        reduce(wide[:, shift:], spread[:, :-shift], out=wide[:, shift:])
        reduce(wide[:, :-shift], spread[:, shift:], out=wide[:, :-shift])
    return wide
