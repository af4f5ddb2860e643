"""Time stamps of frames: strictly rising, and exact where the container has rounded them.

Stamps are whole numbers of ticks, the unit of the container. Two faults are common. Capture
programs and joined files give two frames one stamp, which no output could hold. Matroska rounds to
1 ms, so that 30 frames a second become 0, 33, 67, 100: kept as they are, these would give a file
with exact stamps, such as .mp4, an odd rate.
"""

from fractions import Fraction
from math import lcm

import numpy as np

DEFAULT_RATE = Fraction(25)
MAX_RATE_DENOMINATOR = 1_001_000
"""Of measured rates: FFmpeg holds numerator and denominator in 31 bits."""
MAX_TIME_SCALE = 5_000_000
"""Ticks a second at most: libvpx rounds times to 100 ns, and loses those of finer units."""


def separate_equal(stamps: np.ndarray) -> tuple[np.ndarray, int]:
    """Spread frames that share a stamp evenly over the time until the next one.

    That time is taken as no longer than a median distance for each, so that a pause stays one.

    Args:
        stamps: [N] int64, sorted.

    Returns:
        [N] int64, strictly rising, in parts of a tick, and the number of parts to a tick: 1, with
        the stamps as they were, if no two are equal.
    """
    values, first, counts = np.unique(stamps, return_index=True, return_counts=True)
    parts = int(counts.max(initial=1))
    if parts == 1:
        return stamps, 1
    gaps = np.diff(values)
    usual = max(int(np.median(gaps)), 1) if gaps.size else 1
    gaps = np.minimum(np.append(gaps, usual * parts), usual * counts)
    rank = np.arange(len(stamps)) - np.repeat(first, counts)
    return stamps * parts + rank * np.repeat(gaps * parts // counts, counts), parts


def is_variable(stamps: np.ndarray, parts: int = 1) -> bool:
    """Return whether distances differ by more than the rounding of stamps to ticks allows.

    Args:
        stamps: [N] int64, sorted.
        parts: How many units of `stamps` are a tick.
    """
    if len(stamps) < 3:
        return False
    steps = np.diff(stamps)
    # a tick is no rounding where a frame has few
    tolerance = parts if steps.mean() >= 4 * parts else 0
    return int(steps.max() - steps.min()) > tolerance


def average_rate(
    stamps: np.ndarray, time_base: Fraction, variable: bool, announced: list[Fraction | None]
) -> Fraction:
    """Return the exact rate: the announced one if the stamps bear it out, else the measured."""
    announced = [rate for rate in announced if rate]
    if len(stamps) < 2 or stamps[-1] == stamps[0]:
        return announced[0] if announced else DEFAULT_RATE
    span = int(stamps[-1] - stamps[0])
    measured = (len(stamps) - 1) / (span * time_base)
    if not variable:
        slack = max(0.0005, 2 / span)  # 30 and 30000/1001 differ by 0.001
        for rate in announced:
            if abs(rate / measured - 1) <= slack:
                return rate
    return measured.limit_denominator(MAX_RATE_DENOMINATOR) or measured


def exact_grid(
    stamps: np.ndarray, time_base: Fraction, rate: Fraction, tick: Fraction
) -> tuple[np.ndarray, Fraction] | None:
    """Undo the rounding of constant-rate stamps: frame i is at `first + i / rate`.

    Args:
        stamps: [N] int64, strictly rising, in units of `time_base`.
        time_base: Seconds.
        rate: Frames a second, as the container says.
        tick: What the container rounds to, in seconds.

    Returns:
        [N] int64 and their unit in seconds; None if the stamps are exact as they are, or one of
        them is more than a tick off.
    """
    period = 1 / rate
    if len(stamps) < 2 or (period / time_base).denominator == 1:
        return None
    first = int(stamps[0]) * time_base
    scale = lcm(first.denominator, period.denominator)
    if scale > MAX_TIME_SCALE:
        return None
    ticks = int(first * scale) + np.arange(len(stamps), dtype=np.int64) * int(period * scale)
    # Compared as Python's integers, which hold such products whatever their size.
    unit = time_base * scale
    most = tick * scale * unit.denominator
    for found, exact in zip(stamps.tolist(), ticks.tolist(), strict=True):
        if abs(found * unit.numerator - exact * unit.denominator) > most:
            return None
    return ticks, Fraction(1, scale)
