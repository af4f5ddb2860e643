"""The training crop, when the picture is made at its size from the start."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CropView:
    """The part of a square picture that the training crop keeps, at the crop's scale.

    The crop resizes the square of side `size` to the square of side max(height, width), and cuts
    height x width out of its centre. Folded into the warp, it leaves the effects a picture that is
    smaller than the one their parameters speak of: `scale` is by how much.

    Attributes:
        size: Side of the full picture, in pixels.
        height: Of the crop, in pixels.
        width: Of the crop, in pixels.
    """

    size: int
    height: int
    width: int

    @property
    def side(self) -> int:
        """Side of the square the crop is cut from, in pixels."""
        return max(self.height, self.width)

    @property
    def scale(self) -> float:
        """Pixels of the view a pixel of the full picture."""
        return self.side / self.size

    @property
    def top(self) -> int:
        """Rows of the resized square above the crop."""
        return (self.side - self.height) // 2

    @property
    def left(self) -> int:
        """Columns of the resized square left of the crop."""
        return (self.side - self.width) // 2

    @property
    def area(self) -> tuple[slice, slice]:
        """Rows and columns of the resized square that the crop keeps."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )

    def matrix(self) -> np.ndarray:
        """Return the 3x3 float64 matrix from pixel centres (x, y, 1) of the full picture to ours.

        A pixel's centre is at its integer coordinates, so x becomes scale (x + 1/2) - 1/2 - left.
        """
        shift = (self.scale - 1) / 2
        return np.array(
            [[self.scale, 0, shift - self.left], [0, self.scale, shift - self.top], [0, 0, 1]]
        )
