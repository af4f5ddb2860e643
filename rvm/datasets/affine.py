"""Resizes, shifts and affine poses as 3x3 matrices on pixel centres."""

from collections.abc import Mapping

import numpy as np

FIELDS = ('rotation', 'shift_x', 'shift_y', 'scale', 'shear')
IDENTITY = {'rotation': 0.0, 'shift_x': 0.0, 'shift_y': 0.0, 'scale': 1.0, 'shear': 0.0}


def draw_pose(
    rng: np.random.Generator,
    *,
    rotation: float,
    shift: float,
    shear: float,
    scale: tuple[float, float] = (1.0, 1.0),
) -> dict[str, float]:
    """Draw a pose, uniform in +-rotation, +-shift, `scale` and +-shear (degrees, fractions)."""
    low = np.array([-rotation, -shift, -shift, scale[0], -shear])
    high = np.array([rotation, shift, shift, scale[1], shear])
    values = low + (high - low) * rng.random(len(FIELDS))
    return dict(zip(FIELDS, values.tolist(), strict=True))


def interpolate(
    first: Mapping[str, float], last: Mapping[str, float], amount: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the poses between two, field by field; amount [T], not confined to 0..1."""
    return {name: first[name] + (last[name] - first[name]) * amount for name in FIELDS}


def affine_matrices(pose: Mapping[str, float | np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """Return the matrices of a pose, or of T poses.

    About the centre of the canvas, x' = R(rotation) S(shear) scale (x - centre) + centre + shift,
    with S = [1, -tan(shear); 0, 1] and a rotation that is clockwise on the screen (y points down):
    what torchvision's `affine` does.

    Args:
        pose: Degrees, and fractions of the canvas, by the names in `FIELDS`; numbers or [T].
        size: Height and width of the canvas in pixels.

    Returns:
        [3, 3] or [T, 3, 3] float64.
    """
    rotation, shift_x, shift_y, scale, shear = np.broadcast_arrays(
        *(np.asarray(pose[name], np.float64) for name in FIELDS)
    )
    angle, lean = np.deg2rad(rotation), np.tan(np.deg2rad(shear))
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    height, width = size
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    matrices = np.zeros((*rotation.shape, 3, 3))
    matrices[..., 0, 0], matrices[..., 0, 1] = cos, -cos * lean - sin
    matrices[..., 1, 0], matrices[..., 1, 1] = sin, cos - sin * lean
    moved = centre + np.stack([shift_x * width, shift_y * height], -1)
    matrices[..., :2, 2] = moved - np.einsum('...ij,j->...i', matrices[..., :2, :2], centre)
    matrices[..., 2, 2] = 1
    return matrices


def resize_matrix(scale_y: float, scale_x: float) -> np.ndarray:
    """Return the 3x3 map of pixel centres when a picture is resized: x' = (x + 1/2) s - 1/2."""
    shift_x, shift_y = (scale_x - 1) / 2, (scale_y - 1) / 2
    return np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y], [0, 0, 1.0]])


def shift_matrix(x: float, y: float) -> np.ndarray:
    """Return the 3x3 matrix that moves a picture by x to the right and y down, in pixels."""
    return np.array([[1.0, 0, x], [0, 1.0, y], [0, 0, 1.0]])
