"""Small clips with their truth, as tensors and as folders."""

from pathlib import Path

import cv2
import numpy as np


def alphas(frames: int, height: int = 24, width: int = 32, seed: int = 0) -> np.ndarray:
    """Return soft blobs that move, [T, H, W] uint8 in 0..255."""
    rng = np.random.default_rng(seed)
    noise = rng.random((height // 4 + frames, width // 4)).astype(np.float32)
    clip = [
        cv2.resize(noise[t : t + height // 4], (width, height), interpolation=cv2.INTER_CUBIC)
        for t in range(frames)
    ]
    return (np.clip(np.stack(clip) * 2 - 0.5, 0, 1) * 255).round().astype(np.uint8)


def pictures(frames: int, height: int = 24, width: int = 32, seed: int = 0) -> np.ndarray:
    """Return noise, [T, 3, H, W] uint8 in 0..255."""
    rng = np.random.default_rng(100 + seed)
    return rng.integers(0, 256, (frames, 3, height, width), np.uint8)


def worse(clip: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return a clip with noise on it."""
    rng = np.random.default_rng(200 + seed)
    return np.clip(clip + rng.normal(0, 12, clip.shape), 0, 255).round().astype(np.uint8)


def save_clip(folder: Path, kind: str, clip: np.ndarray, suffix: str = '.png') -> None:
    """Write a clip, [T, H, W] or [T, 3, H, W] RGB, to `<folder>/<kind>/0000.png` and so on."""
    (folder / kind).mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(clip):
        image = frame if frame.ndim == 2 else frame.transpose(1, 2, 0)[..., ::-1]
        assert cv2.imwrite(str(folder / kind / f'{number:04}{suffix}'), image)
