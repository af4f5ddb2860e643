"""Outlines as polygons, in pixels, x to the right, y down: smooth closed curves, limbs, hairs."""

import numpy as np

ROUND = 9
"""Points of a half circle."""

_TURN = np.linspace(np.pi / 2, 3 * np.pi / 2, ROUND)
_CAP = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


def vec(*values: float) -> np.ndarray:
    """Return a vector of numbers, [N] float64."""
    return np.array(values, np.float64)


def closed_curve(points: np.ndarray, steps: int = 6) -> np.ndarray:
    """Return a smooth closed curve [N * steps, 2] through `points` [N, 2] (Catmull-Rom)."""
    before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    beyond = np.roll(points, -2, axis=0)
    t = (np.arange(steps) / steps)[None, :, None]
    p0, p1, p2, p3 = (p[:, None] for p in (before, points, after, beyond))
    curve = p1 + t / 2 * (
        p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))
    )
    return curve.reshape(-1, 2)


def limb(start: np.ndarray, end: np.ndarray, start_radius: float, end_radius: float) -> np.ndarray:
    """Return a tapered limb with round ends, a polygon [2 * ROUND, 2]."""
    axis = end - start
    axis = axis / max(float(np.hypot(*axis)), 1e-6)
    cap = _CAP @ np.array([axis, [-axis[1], axis[0]]])
    return np.concatenate([start + start_radius * cap, end - end_radius * cap])


def strands(paths: np.ndarray, widths: np.ndarray) -> list[np.ndarray]:
    """Return hairs along `paths`, pointed at their ends.

    Args:
        paths: [N, P, 2], from the roots.
        widths: [N] at the roots, in pixels.
    """
    along = np.gradient(paths, axis=1)
    length = np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1) / length[..., None]
    taper = 1 - np.linspace(0, 1, paths.shape[1]) ** 2
    half = across * (widths[:, None] / 2 * taper)[..., None]
    return list(np.concatenate([paths + half, (paths - half)[:, -2::-1]], axis=1))


def ellipse(
    center: np.ndarray, radii: tuple[float, float], angle: float = 0.0, num: int = 24
) -> np.ndarray:
    """Return an ellipse [num, 2] with radii along and across `angle` (radians)."""
    turn = np.linspace(0, 2 * np.pi, num, endpoint=False)
    points = np.stack([radii[0] * np.cos(turn), radii[1] * np.sin(turn)], axis=1)
    cos, sin = np.cos(angle), np.sin(angle)
    return center + points @ np.array([[cos, sin], [-sin, cos]])
