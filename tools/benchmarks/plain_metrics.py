"""The alpha metrics as one writes them at first: float32 NumPy, filter2D, ten labelings."""

import cv2
import numpy as np

SIGMA, HALF = 1.4, 4
THRESHOLDS = np.arange(11) / 10


def to_float(clip: np.ndarray) -> np.ndarray:
    """Return a clip [T, H, W] uint8 as float32 in 0..1."""
    return clip.astype(np.float32) / 255


def mad(pred: np.ndarray, true: np.ndarray) -> list[float]:
    """Return the values of a clip [T, H, W] float32, as all that follow."""
    return [np.mean(np.abs(p - t)) * 1e3 for p, t in zip(pred, true, strict=True)]


def mse(pred: np.ndarray, true: np.ndarray) -> list[float]:
    """See `mad`."""
    return [np.mean((p - t) ** 2) * 1e3 for p, t in zip(pred, true, strict=True)]


def dtssd(pred: np.ndarray, true: np.ndarray) -> list[float]:
    """See `mad`; the first frame counts 0."""
    values = [0.0]
    for now in range(1, len(pred)):
        change = (pred[now] - pred[now - 1]) - (true[now] - true[now - 1])
        values.append(np.sqrt(np.mean(change**2)) * 1e2)
    return values


def grad(pred: np.ndarray, true: np.ndarray) -> list[float]:
    """See `mad`; the low protocol."""
    values = []
    for p, t in zip(pred, true, strict=True):
        difference = _magnitude(_normalise(p)) - _magnitude(_normalise(t))
        values.append(np.sum(difference**2) / 1000)
    return values


def conn(pred: np.ndarray, true: np.ndarray) -> list[float]:
    """See `mad`."""
    return [_conn(p, t) for p, t in zip(pred, true, strict=True)]


def _normalise(frame: np.ndarray) -> np.ndarray:
    low, high = frame.min(), frame.max()
    return (frame - low) / (high - low) if high > low else np.zeros_like(frame)


def _filters() -> tuple[np.ndarray, np.ndarray]:
    x = np.arange(-HALF, HALF + 1)
    gauss = np.exp(-(x**2) / (2 * SIGMA**2)) / (SIGMA * np.sqrt(2 * np.pi))
    along = np.outer(gauss, -x * gauss / SIGMA**2)
    along /= np.linalg.norm(along)
    return along.astype(np.float32), along.T.astype(np.float32)


def _magnitude(frame: np.ndarray) -> np.ndarray:
    along, across = _filters()
    x = cv2.filter2D(frame, -1, along, borderType=cv2.BORDER_REPLICATE)
    y = cv2.filter2D(frame, -1, across, borderType=cv2.BORDER_REPLICATE)
    return np.sqrt(x**2 + y**2)


def _conn(pred: np.ndarray, true: np.ndarray) -> float:
    level = np.full(pred.shape, -1, np.float32)
    for before, threshold in zip(THRESHOLDS[:-1], THRESHOLDS[1:].tolist(), strict=True):
        both = ((pred >= threshold) & (true >= threshold)).astype(np.uint8)
        found, labels, stats, _ = cv2.connectedComponentsWithStats(both, connectivity=4)
        outside = np.ones(pred.shape, bool)
        if found > 1:
            outside = labels != 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
        level[outside & (level == -1)] = before
    level[level == -1] = 1
    degrees = []
    for frame in (pred, true):
        distance = frame - level
        degrees.append(1 - distance * (distance >= 0.15))
    return float(np.sum(np.abs(degrees[0] - degrees[1])) / 1000)
