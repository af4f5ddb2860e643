"""Smooth randomness: over time (motion) and over a picture (cloth, skin, walls, clouds)."""

import cv2
import numpy as np

WAVES = 3


class Wobble:
    """A smooth random function of time around 0, with a standard deviation near 0.5.

    A sum of sines: it can be asked for any moment, and needs no memory.

    Args:
        rng: Where frequencies and phases come from.
        speed: About how many swings a second.
    """

    def __init__(self, rng: np.random.Generator, speed: float) -> None:
        self._frequency = 2 * np.pi * speed * rng.uniform(0.5, 1.5, WAVES)
        self._phase = rng.uniform(0, 2 * np.pi, WAVES)
        self._weight = rng.dirichlet(np.ones(WAVES) * 2)

    def __call__(self, time: float) -> float:
        """Return the value at `time` seconds, in -1..1."""
        return float(self._weight @ np.sin(self._frequency * time + self._phase))


def smooth_noise(
    rng: np.random.Generator, size: tuple[int, int], cells: float, octaves: int = 1
) -> np.ndarray:
    """Return noise [H, W] float32 in 0..1 that goes on without a seam where it is tiled.

    Args:
        rng: Where it comes from.
        size: Height and width.
        cells: Bumps along the shorter side in the coarsest octave.
        octaves: Each has twice the bumps and half the strength of the one before.
    """
    height, width = size
    total = np.zeros(size, np.float32)
    for octave in range(octaves):
        cell = min(size) / (cells * 2**octave)
        rows, columns = (max(2, round(side / cell)) for side in size)
        grid = np.pad(rng.random((rows, columns), np.float32), 3, mode='wrap')
        # Sampling positions of the tile inside the grid that is padded by 3 on each side.
        matrix = np.array([[columns / width, 0, 2.5], [0, rows / height, 2.5]])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        total += cv2.warpAffine(grid, matrix, (width, height), flags=flags) / 2**octave
    low, high = total.min(), total.max()
    return (total - low) / max(high - low, 1e-6)
