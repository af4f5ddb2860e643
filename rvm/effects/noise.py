"""Normal noise from a counter: grain (seed, channel, y, x) has the same value on every machine.

A 32-bit hash of the four numbers (`_mix` is the one with two multiplications of C. Wellons' "hash
prospector", of murmur3's kind) picks one of 65536 quantiles of the normal distribution. Neither a
generator's state nor the device enters, so the workers and the training device make the same noise.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor

MASK = 0xFFFFFFFF
STEPS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
"""Odd numbers that keep the counters of seeds, channels and rows apart."""
BLOCK = 2**15
"""Grains that are hashed at once on the CPU: some that fit into its cache."""


def grid_size(height: int, width: int, grain_size: float) -> tuple[int, int]:
    """Return the rows and columns of grains of a height x width picture, at least one."""
    return max(1, round(height / grain_size)), max(1, round(width / grain_size))


def row_keys(seeds: np.ndarray, channels: int, rows: int) -> np.ndarray:
    """Return what a row's grains are hashed from.

    Args:
        seeds: [N] integers in 0..2**24 - 1.
        channels: C.
        rows: R of the grid.

    Returns:
        [N, C, R] uint32.
    """
    keys = np.asarray(seeds).astype(np.uint32)
    keys = _mix(keys * np.uint32(STEPS[0]) + np.uint32(1))[:, None]
    keys = _mix(keys + np.arange(channels, dtype=np.uint32) * np.uint32(STEPS[1]))[..., None]
    return _mix(keys + np.arange(rows, dtype=np.uint32) * np.uint32(STEPS[2]))


def normal_grid(seed: int, channels: int, rows: int, columns: int) -> np.ndarray:
    """Return standard normal noise [C, R, X] float32, for C channels, R rows and X columns."""
    keys = row_keys(np.array([seed]), channels, rows).reshape(-1, 1)
    counters = np.arange(columns, dtype=np.uint32) * np.uint32(STEPS[0])
    grid = np.empty((len(keys), columns), np.float32)
    step = max(1, BLOCK // columns)
    for top in range(0, len(keys), step):
        places = _mix(keys[top : top + step] + counters) >> 16
        # 'clip' only because it is faster than the check for the bounds
        _quantiles().take(places, out=grid[top : top + step], mode='clip')
    return grid.reshape(channels, rows, columns)


def normal_grids(
    seeds: np.ndarray, channels: int, rows: int, columns: int, device: torch.device
) -> Tensor:
    """Return what `normal_grid` returns for each seed of [N], as [N, C, R, X] on the device."""
    keys = torch.from_numpy(row_keys(seeds, channels, rows).astype(np.int64))[..., None]
    counters = torch.arange(columns, device=device) * STEPS[0]
    places = _mix((keys.to(device) + counters) & MASK) >> 16
    return _quantiles_on(device)[places]


def _mix(numbers):
    """Hash 32-bit numbers in place and return them: a NumPy uint32 array or an int64 tensor.

    In int64 nothing overflows, since the factors are below 2**31.
    """
    numbers ^= numbers >> 16
    numbers *= 0x21F0AAAD
    numbers &= MASK
    numbers ^= numbers >> 15
    numbers *= 0x735A2D97
    numbers &= MASK
    numbers ^= numbers >> 15
    return numbers


@cache
def _quantiles() -> np.ndarray:
    """Return the normal distribution's quantiles at (i + 1/2) / 65536, [65536] float32."""
    places = (torch.arange(2**16, dtype=torch.float64) + 0.5) / 2**16
    return torch.special.ndtri(places).float().numpy()


@cache
def _quantiles_on(device: torch.device) -> Tensor:
    return torch.from_numpy(_quantiles()).to(device)
