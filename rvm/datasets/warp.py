"""One warp a frame: decoded at reduced size where the plan shrinks it, resampled once."""

from collections.abc import Iterator

import cv2
import numpy as np

from rvm.datasets.affine import resize_matrix
from rvm.datasets.frames import RGB, RGBA, FrameSource, PairedFrames
from rvm.errors import DataError

SHRINKS = (8, 4, 2)
EDGE = 1e-3
"""Pixels; what rounding may do to the place of an edge."""


class Warp:
    """Loads frames of a source no larger than needed, and warps them, black outside.

    Args:
        source: Of kind 'rgb' or 'rgba'.
        matrices: [T, 3, 3] float64, from pixel centres of the source to those of the result.
        size: Height and width of the result.
        nearest: Whether the fourth channel of an 'rgba' source is a hard mask, which is warped by
            nearest neighbour.
    """

    def __init__(
        self, source: FrameSource, matrices: np.ndarray, size: tuple[int, int], nearest: bool
    ):
        self.source = source
        self.size = size
        scale = float(np.sqrt(np.abs(np.linalg.det(matrices[:, :2, :2])).max()))
        self.nearest = nearest and source.kind == RGBA
        whole = self.nearest and not isinstance(source, PairedFrames)
        self.shrink = 1 if whole else next((s for s in SHRINKS if scale * s <= 1 + 1e-6), 1)
        self.full = matrices
        self.matrices = matrices @ resize_matrix(self.shrink, self.shrink)
        self.buffer = np.empty((*size, 4), np.uint8) if source.kind == RGB else None

    def load(self, numbers: np.ndarray) -> Iterator[tuple[int, np.ndarray | tuple]]:
        """Yield (number, what `__call__` takes: a picture, or a picture and its mask).

        Raises:
            DataError: The source yields another shape or type than its kind promises: OpenCV would
                leave the result as it was.
        """
        numbers = [int(number) for number in numbers]
        if self.nearest and isinstance(self.source, PairedFrames):
            # An area mean would soften the mask: it is loaded at full size.
            images = self.source.load_apart(numbers, self.shrink)
        else:
            images = self.source.load(numbers, self.shrink)
        for number, image in zip(numbers, images, strict=True):
            picture, matte = image if isinstance(image, tuple) else (image, None)
            if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 4:
                raise DataError(
                    f'{self.source.describe(number)}: {type(self.source).__name__} gave '
                    f'{list(picture.shape)} {picture.dtype}; a source of kind '
                    f'{self.source.kind!r} yields [H, W, 4] uint8'
                )
            if self.nearest and matte is None:
                matte = np.ascontiguousarray(picture[..., 3])
            yield number, (picture, matte) if self.nearest else picture

    def __call__(self, image: np.ndarray | tuple, place: int, out: np.ndarray) -> None:
        """Warp what `load` gave with matrix `place` into `out`, [H, W, 3 or 4] uint8."""
        picture, matte = image if self.nearest else (image, None)
        if self.buffer is not None:
            self._warp(picture, self.matrices[place], self.buffer, cv2.INTER_LINEAR)
            cv2.cvtColor(self.buffer, cv2.COLOR_RGBA2RGB, dst=out)
            return
        self._warp(picture, self.matrices[place], out, cv2.INTER_LINEAR)
        if matte is not None:
            mask = np.empty(self.size, np.uint8)
            self._warp(matte, self.full[place], mask, cv2.INTER_NEAREST)
            cv2.insertChannel(mask, out, 3)

    def _warp(self, image: np.ndarray, matrix: np.ndarray, out: np.ndarray, flags: int) -> None:
        if image.shape[:2] == self.size and np.array_equal(matrix, np.eye(3)):
            out[...] = image
            return
        # A canvas inside the picture never sees what is outside, but its outermost half pixel does.
        inside = _covers(image.shape[:2], matrix, self.size)
        cv2.warpAffine(
            image,
            matrix[:2],
            self.size[::-1],
            dst=out,
            flags=flags,
            borderMode=cv2.BORDER_REPLICATE if inside else cv2.BORDER_CONSTANT,
            borderValue=(0, 0, 0, 0),
        )


def _covers(source: tuple[int, int], matrix: np.ndarray, size: tuple[int, int]) -> bool:
    """Return whether the area of the source's pixels covers that of the canvas."""
    bottom, right = size[0] - 0.5, size[1] - 0.5
    corners = np.array([[-0.5, right, -0.5, right], [-0.5, -0.5, bottom, bottom], [1, 1, 1, 1]])
    x, y = (np.linalg.inv(matrix) @ corners)[:2]
    least, most = min(x.min(), y.min()), (x.max() - source[1], y.max() - source[0])
    return bool(least >= -0.5 - EDGE and max(most) <= -0.5 + EDGE)
