"""What 'auto' means for footage of a size: the downsample ratio, and the frames at once."""

from rvm.errors import UserError

AUTO_SIDE = 512
"""Longer side of the small source at ratio 'auto' (as published: `min(512 / max(h, w), 1)`)."""

AUTO_CHUNK, AUTO_PIXELS = 4, 2 * 3840 * 2160
"""Frames at once at chunk 'auto', and their pixels at most; see docs/benchmarks.md."""


def check_ratio(ratio: float | str) -> float | str:
    """Return 'auto' or the ratio as a float in (0, 1]; refuse all else."""
    if ratio == 'auto':
        return ratio
    try:
        value = float(ratio)
    except (TypeError, ValueError):
        value = float('nan')
    if not 0 < value <= 1:
        raise UserError(f"downsample_ratio: expected 'auto' or a number in (0, 1], got {ratio!r}")
    return value


def check_chunk(chunk: int | str) -> int | str:
    """Return 'auto' or the number of frames at once; refuse all else."""
    if chunk != 'auto' and (not isinstance(chunk, int) or chunk < 1):
        raise UserError(f"chunk: expected 'auto' or a whole number from 1 on, got {chunk!r}")
    return chunk


def ratio_for(ratio: float | str, height: int, width: int) -> float:
    """Return the downsample ratio for frames of a size, in pixels."""
    return min(AUTO_SIDE / max(height, width), 1.0) if ratio == 'auto' else ratio


def chunk_for(chunk: int | str, height: int, width: int) -> int:
    """Return the number of frames of a size, in pixels, that the network sees at once."""
    if chunk == 'auto':
        return min(AUTO_CHUNK, max(1, AUTO_PIXELS // (height * width)))
    return chunk
