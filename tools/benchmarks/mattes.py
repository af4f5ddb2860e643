"""True mattes with hair, at any size, and predictions of several qualities."""

from collections.abc import Callable

import cv2
import numpy as np

from rvm.datasets.demo.painter import to_pictures
from rvm.datasets.demo.person import Framing, Person
from rvm.datasets.demo.pictures import all_pictures

SEEDS = {'portrait': 2, 'upper body': 4, 'full body': 4}
"""Framing -> of a person whose hair is loose."""


def true_matte(framing: str, size: tuple[int, int], num_frames: int) -> np.ndarray:
    """Return the alpha of a demo person in motion, [T, H, W] uint8, height and width `size`."""
    rng = np.random.default_rng(SEEDS[framing])
    place = Framing.draw(rng, framing, size[1] / size[0])
    person = Person(rng, all_pictures(held_out=False), place)
    return np.stack([to_pictures(person.frame(n, size)[0])[1] for n in range(num_frames)])


def near_perfect(rng: np.random.Generator, frame: np.ndarray) -> np.ndarray:
    """Return alpha that is a level or two off, and only where it is soft."""
    noisy = frame + rng.normal(0, 1.5, frame.shape)
    return _as_alpha(np.where((frame > 0) & (frame < 255), noisy, frame))


def typical(rng: np.random.Generator, frame: np.ndarray) -> np.ndarray:
    """Return alpha whose edges are blurred and a pixel off, with a faint cloud behind them."""
    soft = cv2.GaussianBlur(np.roll(frame, 1, axis=1), (0, 0), frame.shape[0] / 700)
    edge = cv2.GaussianBlur(soft, (0, 0), 5)
    unsure = np.minimum(edge, 255 - edge) / 128.0
    cloud = np.maximum(_blobs(rng, frame.shape, 6) - 1.6, 0) * 6
    return _as_alpha(soft + rng.normal(0, 6, frame.shape) * unsure + cloud)


def poor(rng: np.random.Generator, frame: np.ndarray) -> np.ndarray:
    """Return alpha without hair, with holes in the body and pieces of the background."""
    soft = cv2.GaussianBlur(frame, (0, 0), frame.shape[0] / 180).astype(np.float32)
    blobs = _blobs(rng, frame.shape, 40)
    wrong = np.clip((np.abs(blobs) - 1.4) * 3, 0, 1)
    soft += np.where(blobs > 0, 255 - soft, -soft) * wrong * 0.9
    return _as_alpha(soft + rng.normal(0, 3, frame.shape))


def compressed(rng: np.random.Generator, frame: np.ndarray) -> np.ndarray:
    """Return typical alpha as it comes out of a JPEG file."""
    return through_jpeg(typical(rng, frame))


def noise(rng: np.random.Generator, frame: np.ndarray) -> np.ndarray:
    """Return noise, the worst case of all: nothing is flat, nothing is connected."""
    return rng.integers(0, 256, frame.shape, dtype=np.uint8)


def through_jpeg(frame: np.ndarray, quality: int = 95) -> np.ndarray:
    """Return a frame [H, W] uint8 after JPEG compression."""
    data = cv2.imencode('.jpg', frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


PREDICTIONS: dict[str, Callable[[np.random.Generator, np.ndarray], np.ndarray]] = {
    'near-perfect': near_perfect,
    'typical': typical,
    'poor': poor,
    'JPEG': compressed,
    'noise': noise,
}
"""Each makes the prediction [H, W] uint8 of a true frame [H, W] uint8."""


def case_clips(
    framing: str, quality: str, size: tuple[int, int], num_frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the prediction and the truth of a case, [T, H, W] uint8 each.

    In 'JPEG' the truth is compressed too, as in the published sets; in 'noise' it is noise.
    """
    rng = np.random.default_rng(0)
    true = true_matte(framing, size, num_frames)
    pred = np.stack([PREDICTIONS[quality](rng, frame) for frame in true])
    if quality == 'JPEG':
        true = np.stack([through_jpeg(frame) for frame in true])
    if quality == 'noise':
        true = np.stack([noise(rng, frame) for frame in true])
    return pred, true


def _blobs(rng: np.random.Generator, size: tuple[int, int], count: int) -> np.ndarray:
    """Return smooth noise [H, W] float32 of variance about 1, `count` bumps to a height."""
    grid = rng.standard_normal((count + 1, count * size[1] // size[0] + 1), np.float32)
    return cv2.resize(grid, size[::-1], interpolation=cv2.INTER_CUBIC)


def _as_alpha(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
