"""The numbers that say what is done to the colours of a frame, and in which order.

A frame's effects are one row of `COLUMNS`, a clip's are a float32 array [T, K]:

| stage | column | meaning | unchanged at |
|---|---|---|---|
| grain | grain_size | g: the noise has round(H / g) x round(W / g) grains, 1 or more | any |
| | grain_strength | standard deviation of a grain in 0..1 | 0 |
| | grain_mono | 1: the same noise in R, G and B | any |
| | grain_seed | integer in 0..2**24 - 1 (exact in float32), one a frame | any |
| color | brightness | factor f: f x | 1 |
| | contrast | factor f: f x + (1 - f) m, m the mean of the grey picture | 1 |
| | saturation | factor f: f x + (1 - f) grey(x) | 1 |
| | hue | turn of the hue in HSV, in circles, -0.5..0.5 | 0 |
| grey | grey | 1: grey(x) in all three channels | 0 |
| sharpness | sharpness | factor f: f x + (1 - f) smooth(x), the outermost pixels kept | 1 |
| blur | blur | sigma of a Gaussian, in pixels, kernel 2 floor(sigma) + 1 | below 1 |

with x in 0..1, clamped to 0..1 after each line, grey = 0.299 R + 0.587 G + 0.114 B, and smooth the
3x3 mean with weights [1 1 1; 1 5 1; 1 1 1] / 13. Borders are mirrored without repeating the edge.
Alpha, where a picture has it, is only sharpened and blurred.
"""

import numpy as np

STAGES = {
    'grain': ('grain_size', 'grain_strength', 'grain_mono', 'grain_seed'),
    'color': ('brightness', 'contrast', 'saturation', 'hue'),
    'grey': ('grey',),
    'sharpness': ('sharpness',),
    'blur': ('blur',),
}
"""The stages in order of execution, and the columns that belong to each."""

COLUMNS = tuple(column for columns in STAGES.values() for column in columns)
COLUMN = {name: number for number, name in enumerate(COLUMNS)}
STAGE_OF_COLUMN = {
    column: number for number, columns in enumerate(STAGES.values()) for column in columns
}
"""The number in `STAGES` of the stage that a column belongs to."""

IDENTITY = np.array([1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0], np.float32)
"""[K], the row that changes nothing."""
IDENTITY.flags.writeable = False

MAX_GRAIN_SEED = 2**24
"""Grain seeds are below it: float32 holds them exactly."""


def identity(num_frames: int) -> np.ndarray:
    """Return the effects [T, K] float32 that change nothing."""
    return np.tile(IDENTITY, (num_frames, 1))


def active_stages(params: np.ndarray) -> np.ndarray:
    """Return which stages of `STAGES` do something.

    A blur below 1 does nothing: its kernel, int(2 sigma) made odd upwards, is a single pixel.

    Args:
        params: [..., K], see the module.

    Returns:
        [..., 5] bool.
    """
    colors = slice(COLUMN['brightness'], COLUMN['hue'] + 1)
    return np.stack(
        [
            params[..., COLUMN['grain_strength']] != 0,
            (params[..., colors] != IDENTITY[colors]).any(-1),
            params[..., COLUMN['grey']] != 0,
            params[..., COLUMN['sharpness']] != 1,
            params[..., COLUMN['blur']] >= 1,
        ],
        axis=-1,
    )


def is_identity(params: np.ndarray) -> bool:
    """Return whether the effects [..., K] change nothing."""
    return not active_stages(params).any()


def pending_stage(params: np.ndarray) -> int:
    """Return the number in `STAGES` of the last stage that does something, or -1.

    Args:
        params: [..., K], see the module.
    """
    used = np.flatnonzero(active_stages(params).reshape(-1, len(STAGES)).any(0))
    return int(used[-1]) if used.size else -1
