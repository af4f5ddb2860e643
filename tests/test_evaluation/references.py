"""The metrics once more, slowly: float64, scipy.ndimage and explicit loops, from SPEC alone."""

import numpy as np
from scipy import ndimage

CROSS = ndimage.generate_binary_structure(2, 1)


def reference_grad(pred: np.ndarray, true: np.ndarray, protocol: str) -> float:
    """Return Grad of two frames [H, W] in 0..1."""
    magnitudes = []
    for frame in (pred, true):
        frame = frame.astype(np.float64)
        if protocol == 'low':
            span = frame.max() - frame.min()
            frame = (frame - frame.min()) / span if span else frame * 0
        kernel = np.zeros((9, 9))
        for y in range(-4, 5):
            for x in range(-4, 5):
                kernel[y + 4, x + 4] = -x * np.exp(-(x * x + y * y) / (2 * 1.4**2))
        kernel /= np.sqrt((kernel**2).sum())
        along = ndimage.convolve(frame, kernel, mode='nearest')
        across = ndimage.convolve(frame, kernel.T, mode='nearest')
        magnitudes.append(np.sqrt(along**2 + across**2))
    return ((magnitudes[0] - magnitudes[1]) ** 2).sum() / 1000


def reference_conn(pred: np.ndarray, true: np.ndarray, peak: int) -> float:
    """Return Conn of two frames [H, W] of whole numbers in 0..peak."""
    pred, true = pred.astype(np.int64), true.astype(np.int64)
    levels = np.full(pred.shape, -1)
    for step in range(1, 11):
        both = (10 * true >= step * peak) & (10 * pred >= step * peak)
        inside = _first_largest(both)
        levels[~inside & (levels == -1)] = step - 1
    levels[levels == -1] = 10
    total = 0.0
    for p, t, level in zip(pred.ravel(), true.ravel(), levels.ravel(), strict=True):
        phi = []
        for value in (p, t):
            distance = value / peak - level / 10
            phi.append(1 - distance if 20 * value - 2 * peak * level >= 3 * peak else 1.0)
        total += abs(phi[0] - phi[1])
    return total / 1000


def _first_largest(mask: np.ndarray) -> np.ndarray:
    labels, count = ndimage.label(mask, CROSS)
    parts = [labels == number for number in range(1, count + 1)]
    if not parts:
        return np.zeros_like(mask)
    return min(parts, key=lambda part: (-part.sum(), part.argmax()))  # argmax: its first pixel
