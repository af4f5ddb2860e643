"""The connectivity error of a frame, with run lengths in place of ten labelings.

The frame is cut once into runs of pixels of one level along the rows. For each threshold these join
to the runs of a mask, which are joined to components by scipy's graphs: that takes a fraction of a
millisecond, since a mask has only a few runs a row. Where it has many (noise), pixels are labelled.
"""

import cv2
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from rvm.evaluation.arrays import common

LEVELS = 10
"""Thresholds 0.1, 0.2 .. 1."""
STEP = 0.15
"""A pixel's distance from its level counts from here on."""
FLOATS = ('float16', 'float32', 'float64')
PIXELS_PER_RUN = 12
"""Of a mask; with fewer, labeling its pixels is faster."""


def connectivity_error(pred: np.ndarray, true: np.ndarray) -> float:
    """Return the sum over a frame of |phi(true) - phi(pred)|; see `functional.conn`.

    Args:
        pred: [H, W] uint8, uint16 or float in 0..1.
        true: [H, W].
    """
    kinds = {frame.dtype.name for frame in (pred, true)}
    pred, true, peak = common(pred, true)
    steps = _quantise(np.minimum(pred, true), kinds)
    levels = _levels(steps)
    # Only these few pixels are looked at further: the others' phi is 1 in both.
    near = np.maximum(pred, true) > cv2.LUT(levels, _limits(pred.dtype, peak))
    places = np.flatnonzero(near)
    level = levels.ravel()[places] / LEVELS
    degrees = []
    for frame in (pred, true):
        distance = frame.ravel()[places] / peak - level
        degrees.append(distance * (distance >= STEP))
    return float(np.abs(degrees[0] - degrees[1]).sum())


def _quantise(frame: np.ndarray, kinds: set[str]) -> np.ndarray:
    """Return how many of the thresholds 0.1 .. 1 each pixel reaches, [H, W] uint8 in 0..10.

    Args:
        frame: [H, W] uint8, uint16, float32 or float64.
        kinds: The types that it comes from.
    """
    if frame.dtype == np.uint8:
        return cv2.LUT(frame, (np.arange(256) * LEVELS // 255).astype(np.uint8))
    if frame.dtype == np.uint16:
        return (frame.astype(np.uint32) * LEVELS // 65535).astype(np.uint8)
    # Thresholds are rounded as the values have been: 51 / 255 reaches 0.2 in float16 too.
    coarsest = next((name for name in FLOATS if name in kinds), 'float32')
    reached = np.zeros(frame.shape, np.uint8)
    for step in range(1, LEVELS + 1):
        reached += frame >= frame.dtype.type(np.dtype(coarsest).type(step / LEVELS))
    return reached


def _limits(kind: np.dtype, peak: int) -> np.ndarray:
    """Return the alpha above which a pixel's distance from its level may count, [256] by level.

    It is a little too low, so that rounding cannot matter.
    """
    limits = (np.arange(256) / LEVELS + STEP) * peak
    return (limits - 1e-3 if peak == 1 else np.clip(np.floor(limits) - 1, 0, peak)).astype(kind)


def _levels(steps: np.ndarray) -> np.ndarray:
    """Return the number of thresholds up to which each pixel is always in the largest component.

    Args:
        steps: [H, W] uint8, how many thresholds the smaller alpha reaches.

    Returns:
        [H, W] uint8 in 0..10; `steps` itself if nothing is disconnected.
    """
    begins = np.empty(steps.shape, bool)
    begins[:, 0] = True
    np.not_equal(steps[:, 1:], steps[:, :-1], out=begins[:, 1:])
    starts = np.flatnonzero(begins)
    reached = steps.ravel()[starts]
    ends = np.append(starts[1:], steps.size)
    in_row = np.ones(len(starts), bool)
    in_row[np.cumsum(np.count_nonzero(begins[:-1], axis=1))] = False
    in_row[0] = False
    present = np.bincount(reached, minlength=LEVELS + 1) > 0
    kept = np.zeros_like(reached)
    inside = np.ones(len(starts), bool)
    for step in range(1, int(reached.max()) + 1):
        if step == 1 or present[step - 1]:  # else the mask is that of the last step
            inside &= _in_largest(steps, starts, ends, reached >= step, in_row, step)
        kept += inside
    cut = np.flatnonzero(kept < reached)
    if not len(cut):
        return steps
    counts = (ends - starts)[cut]
    levels = steps.copy()
    levels.ravel()[_ranges(starts[cut], counts)] = np.repeat(kept[cut], counts)
    return levels


def _in_largest(
    steps: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    on: np.ndarray,
    in_row: np.ndarray,
    step: int,
) -> np.ndarray:
    """Return which runs are in the largest 4-connected component of steps >= step, [R] bool.

    Args:
        steps: [H, W] uint8; some pixel reaches `step`.
        starts: [R] flat places at which its runs begin.
        ends: [R] flat places behind them.
        on: [R] bool, which of them reach `step`; changed.
        in_row: [R] bool, which of them do not begin a row.
        step: 1..10.
    """
    joined = on[1:] & on[:-1] & in_row[1:]  # to the one before
    first, last = on.copy(), on.copy()
    first[1:] &= ~joined
    last[:-1] &= ~joined
    firsts = np.flatnonzero(first)
    if len(firsts) * PIXELS_PER_RUN > steps.size:
        mask = (steps >= step).view(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        return labels.ravel()[starts] == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    lasts = np.flatnonzero(last)
    lost = np.flatnonzero(~_largest(starts[firsts], ends[lasts], steps.shape[1]))
    on[_ranges(firsts[lost], lasts[lost] - firsts[lost] + 1)] = False
    return on


def _ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return start, start + 1 .. of every one of some ranges, one after another."""
    ends = counts.cumsum()
    total = ends[-1] if len(ends) else 0
    return np.arange(total) + np.repeat(starts - ends + counts, counts)


def _largest(starts: np.ndarray, stops: np.ndarray, width: int) -> np.ndarray:
    """Return which runs of a mask make its largest component, [M] bool.

    Args:
        starts: [M] flat places at which runs begin, rising; no run goes over the end of a row.
        stops: [M] flat places behind them.
        width: Of the mask.
    """
    # A run's neighbours below are consecutive: the first that ends behind its begin, and so on.
    lows = np.searchsorted(stops, starts + width, side='right')
    highs = np.searchsorted(starts, stops + width, side='left')
    below = _ranges(lows, highs - lows)
    offsets = np.concatenate([[0], (highs - lows).cumsum()])
    links = csr_array((np.ones(len(below)), below, offsets), shape=(len(starts),) * 2)
    # Labels rise with a component's first run, so that argmax takes the first of equals.
    _, labels = connected_components(links, directed=False)
    sizes = np.bincount(labels, stops - starts)
    return labels == sizes.argmax()
