"""Easing curves: how far a motion or a drift has got at time t in 0..1 (R. Penner's equations)."""

from collections.abc import Callable

import numpy as np

Curve = Callable[[np.ndarray], np.ndarray]

BACK = 1.70158
"""Overshoots by 10 %."""


def _power(exponent: int) -> Curve:
    return lambda t: t**exponent


def _elastic(t: np.ndarray) -> np.ndarray:
    wave = -(2.0 ** (10 * t - 10)) * np.sin((10 * t - 10.75) * 2 * np.pi / 3)
    return np.where((t <= 0) | (t >= 1), np.clip(t, 0, 1), wave)


def _bounce(t: np.ndarray) -> np.ndarray:
    t = 1 - t
    pieces = [(1.0, 0.0, 0.0), (2.0, 1.5, 0.75), (2.5, 2.25, 0.9375), (2.75, 2.625, 0.984375)]
    value = np.zeros_like(t)
    lower = -np.inf
    for end, centre, base in pieces:
        inside = (t > lower) & (t <= end / 2.75)
        value = np.where(inside, 7.5625 * (t - centre / 2.75) ** 2 + base, value)
        lower = end / 2.75
    return 1 - value


_IN: dict[str, Curve] = {
    'back': lambda t: t**2 * ((BACK + 1) * t - BACK),
    'bounce': _bounce,
    'circular': lambda t: 1 - np.sqrt(np.maximum(1 - t**2, 0)),
    'cubic': _power(3),
    'elastic': _elastic,
    'exponential': lambda t: np.where(t <= 0, 0.0, 2.0 ** (10 * t - 10)),
    'quadratic': _power(2),
    'quartic': _power(4),
    'quintic': _power(5),
    'sine': lambda t: 1 - np.cos(t * np.pi / 2),
}


def _out(curve: Curve) -> Curve:
    return lambda t: 1 - curve(1 - t)


def _in_out(curve: Curve) -> Curve:
    return lambda t: np.where(t < 0.5, curve(2 * t) / 2, 1 - curve(2 - 2 * t) / 2)


EASINGS: dict[str, Curve] = {'linear': lambda t: t}
"""Name -> curve on float64 arrays with 0 at 0 and 1 at 1; back and elastic leave 0..1 between."""
for _name, _curve in _IN.items():
    EASINGS[f'{_name}_in'] = _curve
    EASINGS[f'{_name}_out'] = _out(_curve)
    EASINGS[f'{_name}_in_out'] = _in_out(_curve)
EASINGS['step'] = lambda t: (t >= 0.5).astype(np.float64)

NOT_LINEAR = tuple(name for name in EASINGS if name != 'linear')
LINEAR_CHANCE = 0.2


def draw_easing(rng: np.random.Generator) -> str:
    """Draw the name of a curve: linear with chance 0.2, else uniform over the others."""
    if rng.random() < LINEAR_CHANCE:
        return 'linear'
    return NOT_LINEAR[rng.integers(len(NOT_LINEAR))]


def ease(name: str, num_frames: int) -> np.ndarray:
    """Return the curve at t / (T - 1) for every frame, [T] float64; a single frame is at 0."""
    times = np.arange(num_frames) / max(num_frames - 1, 1)
    return np.asarray(EASINGS[name](times), np.float64)
