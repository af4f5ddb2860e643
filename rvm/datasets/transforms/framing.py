"""What part of the picture, and at which size: fit, crop, flip."""

import math

import numpy as np

from rvm.datasets.affine import shift_matrix
from rvm.datasets.transforms.options import chance
from rvm.errors import ConfigError
from rvm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class FitShortSide:
    """Reduce a canvas whose short side is over `size`, so that its short side equals it.

    Required keys: streams. Modified: the streams' matrices and sizes.

    Args:
        size: Pixels.
    """

    def __init__(self, size: int):
        self.size = size

    def __call__(self, results: dict) -> dict:
        """Plan the resize."""
        for stream in results['streams'].values():
            height, width = stream.size
            short = min(height, width)
            if short > self.size:
                stream.resize(round(height * self.size / short), round(width * self.size / short))
        return results


@TRANSFORMS.register_module()
class CropResize:
    """Crop a window of drawn shape and place, and resize it to a square.

    Every stream makes its own draw ('fgr' and its alpha are one stream). The aspect ratio is
    log-uniform, the place uniform among whole pixels.

    Required keys: streams, rng. Modified: the streams' matrices and sizes. Drawn: crop_<stream>:
    top, left, height, width.

    Args:
        size: Side of the result in pixels.
        ratio: Range of width / height.
        area: Range of the window's share of the canvas, uniform; None for the largest window that
            fits. A window that does not fit is reduced, keeping its ratio.
        centre: Take the window in the middle instead of a drawn place.
    """

    def __init__(
        self,
        size: int,
        ratio: tuple[float, float] = (0.9, 1.1),
        area: tuple[float, float] | None = None,
        centre: bool = False,
    ):
        if not 0 < ratio[0] <= ratio[1]:
            raise ConfigError(f'CropResize: ratio must be a rising positive range, not {ratio}')
        self.size = size
        self.ratio = tuple(ratio)
        self.area = None if area is None else tuple(area)
        self.centre = centre

    def __call__(self, results: dict) -> dict:
        """Draw the windows."""
        for name, stream in results['streams'].items():
            top, left, height, width = self._draw(results['rng'], *stream.size)
            results['drawn'][f'crop_{name}'] = {
                'top': top,
                'left': left,
                'height': height,
                'width': width,
            }
            stream.warp(shift_matrix(-left, -top), (height, width))
            stream.resize(self.size, self.size)
        return results

    def _draw(self, rng: np.random.Generator, rows: int, columns: int) -> tuple[int, ...]:
        low, high = np.log(self.ratio)
        ratio = math.exp(low + (high - low) * rng.random())
        height = min(rows, columns / ratio)
        if self.area is not None:
            share = self.area[0] + (self.area[1] - self.area[0]) * rng.random()
            height = min(height, math.sqrt(share * rows * columns / ratio))
        width = min(max(round(height * ratio), 1), columns)
        height = min(max(round(height), 1), rows)
        if self.centre:
            return (rows - height) // 2, (columns - width) // 2, height, width
        top, left = rng.integers((rows - height + 1, columns - width + 1))
        return int(top), int(left), height, width


@TRANSFORMS.register_module()
class Flip:
    """Mirror each stream left to right with chance `prob`, by its own draw.

    Required keys: streams, rng. Modified: the streams' matrices. Drawn: flip_<stream>.

    Args:
        prob: Chance.
    """

    def __init__(self, prob: float = 0.5):
        self.prob = chance(self, 'prob', prob)

    def __call__(self, results: dict) -> dict:
        """Draw the flips."""
        for name, stream in results['streams'].items():
            flips = bool(results['rng'].random() < self.prob)
            results['drawn'][f'flip_{name}'] = flips
            if flips:
                width = stream.size[1]
                stream.warp(np.array([[-1.0, 0, width - 1], [0, 1, 0], [0, 0, 1]]))
        return results
