"""Pictures of the contact sheets, and what is written beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from augmentations.scene import SIDE, Scene, Shown

from rvm.datasets.inspect.sheet import describe

CELL = 120
"""Pixels."""

Cell = tuple[np.ndarray, str]
Row = tuple[str, list[Cell]]


def small(image: np.ndarray, cell: int | None = None) -> np.ndarray:
    """Return a picture [h, w] or [h, w, 3] at the scale of the sheet, [h', w', 3]."""
    size = [max(round(side * (cell or CELL) / SIDE), 1) for side in image.shape[1::-1]]
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)


def masked(shown: Shown) -> np.ndarray:
    """Return the first frame, small, with its mask in green."""
    share = shown.matte[0, ..., None] / np.float32(765)
    return small(np.uint8(shown.src[0] * (1 - share) + share * (0, 255, 0)))


def detail(image: np.ndarray, top: int) -> np.ndarray:
    """Return a part of a picture, pixel by pixel, about the face."""
    image = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    top, left = min(top + SIDE // 8, SIDE - CELL), (SIDE - CELL) // 2
    return image[top : top + CELL, left : left + CELL]


def words(drawn: Mapping[str, Any]) -> str:
    """Return what was drawn as one line."""
    return ', '.join(describe(drawn))


def both_ways(
    scene: Scene, steps: Sequence, *answers: Any, frames: int, part: Any = small
) -> tuple[list[Cell], list[Cell], float, dict]:
    """Return frames by the worker, then by the device; their alphas; the difference; the draws."""
    shown = [
        scene.show(steps, *answers, frames=frames, effects=effects)
        for effects in ('worker', 'device')
    ]
    cells, mattes = [], []
    for name, one in zip(('worker', 'device'), shown, strict=True):
        for time in range(frames):
            label = f'{name}, t = {time}' if frames > 1 else name
            cells.append((part(one.src[time]), label))
            mattes.append((part(one.matte[time]), label))
    return cells, mattes, difference(*shown), shown[0].drawn


def difference(first: Shown, second: Shown) -> float:
    """Return the mean absolute difference of two ways to the same picture, in 0..255."""
    return float(np.abs(first.src.astype(np.int16) - second.src).mean())


def levels(*differences: float) -> str:
    """Return differences in words."""
    return f'mean difference {", ".join(f"{value:.2f}" for value in differences)} of 255'
