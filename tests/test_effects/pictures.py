"""Pictures and draws of effects that the tests share."""

import cv2
import numpy as np
import torch
from skimage import data

from rvm.effects import COLUMN, MAX_GRAIN_SEED, identity


def photo(height: int = 96, width: int = 120) -> np.ndarray:
    """A part of a photograph [H, W, 4] uint8, with a soft alpha."""
    image = cv2.resize(data.astronaut(), (240, 240), interpolation=cv2.INTER_AREA)
    return with_alpha(image[20 : 20 + height, 40 : 40 + width])


def smooth(height: int = 96, width: int = 120) -> np.ndarray:
    """A picture [H, W, 4] uint8 without detail, of all hues."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    waves = [np.sin(7 * x + 3 * y), np.sin(5 * y - 4 * x + 1), np.sin(6 * x * y + 2)]
    return with_alpha(np.rint(np.stack(waves, -1) * 120 + 128).clip(0, 255).astype(np.uint8))


def with_alpha(rgb: np.ndarray) -> np.ndarray:
    x = np.linspace(-3, 3, rgb.shape[1])
    alpha = np.rint(255 / (1 + np.exp(-20 * x))).astype(np.uint8)
    return np.dstack([rgb, np.tile(alpha, (len(rgb), 1))])


def effects(**values: float) -> np.ndarray:
    """One row of effects, [K]."""
    params = identity(1)[0]
    for name, value in values.items():
        params[COLUMN[name]] = value
    return params


def draw_effects(rng: np.random.Generator, *names: str) -> np.ndarray:
    """A row [K] of effects as training draws them, of the named stages or columns, or of all."""
    size = rng.uniform(1, 4)
    values = {
        'grain_size': size,
        'grain_strength': rng.uniform(0, 0.2) / size,
        'grain_mono': rng.integers(2),
        'grain_seed': rng.integers(MAX_GRAIN_SEED),
        'brightness': rng.normal(1, 0.1),
        'contrast': rng.normal(1, 0.1),
        'saturation': rng.normal(1, 0.1),
        'hue': rng.normal(0, 0.01),
        'grey': rng.random() < 0.1,
        'sharpness': rng.uniform(0, 8),
        'blur': rng.uniform(0, 10),
    }
    chosen = [name for name in values if not names or name.startswith(names)]
    return effects(**{name: values[name] for name in chosen})


def to_batch(image: np.ndarray, count: int = 1) -> torch.Tensor:
    """[H, W, C] uint8 as [N, C, H, W] float, N times."""
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    return tensor.repeat(count, 1, 1, 1)


def to_image(batch: torch.Tensor) -> np.ndarray:
    """[1, C, H, W] float as [H, W, C] float in 0..255."""
    return batch[0].permute(1, 2, 0).numpy() * 255
