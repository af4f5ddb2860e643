"""Natural-like pictures and soft-edged mattes of any size."""

import cv2
import numpy as np
import skimage.data

PHOTOGRAPHS = ('astronaut', 'coffee', 'chelsea', 'rocket')
"""Of scikit-image, those that are installed with it."""


def natural_picture(
    rng: np.random.Generator, size: tuple[int, int], detail: float = 5.0
) -> np.ndarray:
    """Return [H, W, 3] uint8: a photograph, enlarged, with noise of all sizes.

    Args:
        rng: Draws photograph, part and noise.
        size: Height and width in pixels.
        detail: Standard deviation of the noise in 0..255, all octaves together.
    """
    height, width = size
    photograph = getattr(skimage.data, PHOTOGRAPHS[rng.integers(len(PHOTOGRAPHS))])()
    picture = cv2.resize(photograph, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    octaves = max(1, int(np.log2(min(size) / 16)))
    noise = np.zeros((height, width, 1), np.float32)
    for octave in range(octaves):
        rows, columns = max(1, height >> octave), max(1, width >> octave)
        grid = rng.standard_normal((rows, columns), np.float32)
        noise += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    noise *= detail / np.sqrt(octaves)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def soft_person(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Return [H, W] uint8: head and shoulders with soft and with frayed edges."""
    height, width = size
    matte = np.zeros(size, np.uint8)
    centre = int(width * rng.uniform(0.4, 0.6))
    head = (round(height * 0.13), round(height * 0.17))
    body = (round(height * 0.32), round(height * 0.6))
    cv2.ellipse(matte, (centre, round(height * 0.32)), head, 0, 0, 360, 255, -1)
    cv2.ellipse(matte, (centre, round(height * 1.02)), body, 0, 0, 360, 255, -1)
    strands = rng.standard_normal((max(1, height // 3), max(1, width // 3)), np.float32)
    strands = cv2.resize(strands, (width, height), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(matte, (0, 0), max(height / 150, 0.5)).astype(np.float32)
    edge = 1 - np.abs(soft / 127.5 - 1)
    return np.clip(soft + 60 * strands * edge, 0, 255).astype(np.uint8)


def person_picture(
    rng: np.random.Generator, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return a foreground [H, W, 3] uint8, black far from the person, and its alpha [H, W]."""
    matte = soft_person(rng, size)
    reach = cv2.blur(cv2.dilate(matte, np.ones((9, 9), np.uint8)), (9, 9))
    picture = natural_picture(rng, size)
    return cv2.multiply(picture, cv2.merge([reach] * 3), scale=1 / 255), matte
