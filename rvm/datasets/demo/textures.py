"""Surfaces: cloth, skin and hair as square tiles [TILE, TILE, 3] float32 in 0..1, RGB, seamless."""

import colorsys

import cv2
import numpy as np

from rvm.datasets.demo.noise import smooth_noise

TILE = 160
TILE_METRES = 0.4
"""Side of a tile on a body; a pixel is 2.5 mm."""

SKIN_TONES = ((0.98, 0.84, 0.76), (0.90, 0.70, 0.57), (0.72, 0.50, 0.36), (0.36, 0.22, 0.15))
HAIR_TONES = (
    (0.07, 0.05, 0.05),
    (0.23, 0.14, 0.09),
    (0.45, 0.28, 0.15),
    (0.80, 0.64, 0.38),
    (0.60, 0.26, 0.10),
    (0.62, 0.61, 0.60),
    (0.90, 0.89, 0.86),
)


_GRID = np.meshgrid(*[np.arange(TILE) / TILE] * 2, indexing='ij', sparse=True)


def any_colour(rng: np.random.Generator) -> np.ndarray:
    """Return a colour [3] in 0..1; as in a wardrobe, many are dark, pale or greyish."""
    saturation = rng.choice([rng.uniform(0, 0.25), rng.uniform(0.2, 0.9)])
    return np.array(colorsys.hsv_to_rgb(rng.random(), saturation, rng.beta(1.3, 1.1)), np.float32)


def skin_tone(rng: np.random.Generator) -> np.ndarray:
    """Return a colour [3] between the tones of skin."""
    place = rng.uniform(0, len(SKIN_TONES) - 1)
    low = min(int(place), len(SKIN_TONES) - 2)
    tone = np.array(SKIN_TONES[low]) * (low + 1 - place) + np.array(SKIN_TONES[low + 1]) * (
        place - low
    )
    return np.clip(tone * rng.uniform(0.95, 1.05, 3), 0, 1).astype(np.float32)


def hair_tone(rng: np.random.Generator) -> np.ndarray:
    """Return a colour [3] of hair: natural, rarely dyed."""
    if rng.random() < 0.1:
        return np.array(colorsys.hsv_to_rgb(rng.random(), 0.6, 0.7), np.float32)
    tone = np.array(HAIR_TONES[rng.integers(len(HAIR_TONES))])
    return np.clip(tone * rng.uniform(0.75, 1.2), 0, 1).astype(np.float32)


def skin(rng: np.random.Generator, tone: np.ndarray) -> np.ndarray:
    """Return a tile of skin: soft patches and pores."""
    patches = smooth_noise(rng, (TILE, TILE), 4, 2)[..., None] - 0.5
    pores = _grain(rng, 0.012)
    redness = np.array([0.02, -0.05, -0.05], np.float32)
    return np.clip(tone * (1 + 0.08 * patches + pores) + redness * patches, 0, 1)


def hair(rng: np.random.Generator, tone: np.ndarray) -> np.ndarray:
    """Return a tile of hair: streaks that run down."""
    streaks = cv2.resize(
        rng.random((6, TILE), np.float32), (TILE, TILE), interpolation=cv2.INTER_CUBIC
    )
    locks = smooth_noise(rng, (TILE, TILE), 6)
    light = 0.65 + 0.45 * streaks + 0.35 * (locks - 0.5)
    return np.clip(tone * light[..., None] + 0.03 * streaks[..., None], 0, 1)


def cloth(rng: np.random.Generator, picture: np.ndarray | None = None) -> np.ndarray:
    """Return a tile of a random cloth.

    Args:
        rng: Where pattern and colours come from.
        picture: [H, W, 3] in 0..1, printed on the cloth instead of a pattern.
    """
    if picture is not None:
        pattern = cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_AREA)
    else:
        pattern = _PATTERNS[rng.integers(len(_PATTERNS))](rng)
    folds = smooth_noise(rng, (TILE, TILE), 3, 2)[..., None]
    weave = _grain(rng, rng.uniform(0.005, 0.05))
    return np.clip(pattern * (0.78 + 0.36 * folds + weave), 0, 1).astype(np.float32)


def _grain(rng: np.random.Generator, strength: float) -> np.ndarray:
    return rng.standard_normal((TILE, TILE, 1), np.float32) * np.float32(strength)


def _plain(rng: np.random.Generator) -> np.ndarray:
    return np.tile(any_colour(rng), (TILE, TILE, 1))


def _mix(rng: np.random.Generator, share: np.ndarray) -> np.ndarray:
    """Blend two colours; share: [TILE, TILE] in 0..1."""
    first, second = any_colour(rng), any_colour(rng)
    return first + (second - first) * share[..., None].astype(np.float32)


def _stripes(rng: np.random.Generator) -> np.ndarray:
    across, down = [(0, 1), (1, 0), (1, 1)][rng.integers(3)]
    rows, columns = _GRID
    wave = np.sin(2 * np.pi * int(rng.integers(4, 18)) * (across * columns + down * rows))
    return _mix(rng, np.clip(wave * 6 + rng.uniform(-3, 3) + 0.5, 0, 1))


def _checks(rng: np.random.Generator) -> np.ndarray:
    rows, columns = _GRID
    count = int(rng.integers(3, 14))
    bands = [np.clip(np.sin(2 * np.pi * count * axis) * 6 + 0.5, 0, 1) for axis in (rows, columns)]
    return _mix(rng, (bands[0] + bands[1]) / 2)


def _dots(rng: np.random.Generator) -> np.ndarray:
    rows, columns = _GRID
    count = int(rng.integers(3, 12))
    bumps = np.sin(2 * np.pi * count * rows) * np.sin(2 * np.pi * count * columns)
    return _mix(rng, np.clip((np.abs(bumps) - rng.uniform(0.3, 0.8)) * 8, 0, 1))


def _camouflage(rng: np.random.Generator) -> np.ndarray:
    image = _plain(rng)
    for _ in range(3):
        patch = np.clip((smooth_noise(rng, (TILE, TILE), 5, 2) - 0.55) * 20, 0, 1)[..., None]
        image = image + (any_colour(rng) - image) * patch.astype(np.float32)
    return image


def _logo(rng: np.random.Generator) -> np.ndarray:
    image = _plain(rng)
    for _ in range(int(rng.integers(1, 5))):
        mask = np.zeros((TILE, TILE), np.uint8)  # OpenCV writes on 8 bits only
        centre = tuple(rng.integers(TILE // 6, TILE - TILE // 6, 2).tolist())
        if rng.random() < 0.5:
            cv2.circle(mask, centre, int(TILE * rng.uniform(0.05, 0.16)), 255, -1, cv2.LINE_AA)
        else:
            word = ''.join(rng.choice(list('ABEKMRSTXZ02358'), int(rng.integers(2, 5))))
            scale, font = rng.uniform(0.5, 1.4), cv2.FONT_HERSHEY_DUPLEX
            cv2.putText(mask, word, (TILE // 12, centre[1]), font, scale, 255, 3, cv2.LINE_AA)
        image = image + (any_colour(rng) - image) * (mask / np.float32(255))[..., None]
    return image


_PATTERNS = (_plain, _plain, _stripes, _checks, _dots, _camouflage, _logo)
