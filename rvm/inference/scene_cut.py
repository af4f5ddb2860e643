"""Scene cuts, so that the memory of one scene does not bleed into the next."""

import torch.nn.functional as F
from torch import Tensor

from rvm.errors import UserError

GRID = 16


class SceneCutDetector:
    """Tells whether a frame starts a new scene.

    Frames are compared by their averages over a grid of 16x16 cells: the mean absolute difference
    of neighbours, in 0..1. Motion and flicker stay below 0.1, cuts are mostly above 0.2; slow fades
    are not cuts.

    Args:
        threshold: Difference, in (0, 1), above which a cut is reported.
    """

    def __init__(self, threshold: float) -> None:
        if not 0 < threshold < 1:
            raise UserError(f'scene_threshold: expected a number in (0, 1), got {threshold}')
        self.threshold = threshold
        self.reset()

    def reset(self) -> None:
        """Forget the frame before; the next one is never a cut."""
        self._before: Tensor | None = None

    def __call__(self, picture: Tensor) -> bool:
        """Compare a frame [3, H, W] (uint8, uint16 or float in 0..1) with the one before."""
        scale = {1: 255.0, 2: 65535.0}.get(picture.element_size(), 1.0)
        if picture.is_floating_point():
            scale = 1.0
        # every few pixels are enough, and reading them all would cost more than the averages
        step = max(1, min(picture.shape[1:]) // (4 * GRID))
        sparse = picture[:, ::step, ::step].float() / scale
        cells = F.adaptive_avg_pool2d(sparse[None], GRID)[0]
        before, self._before = self._before, cells
        return before is not None and float((cells - before).abs().mean()) > self.threshold
