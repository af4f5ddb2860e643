"""Pictures of a sample: decoded frame by frame, brought to size, composited in whole numbers.

Sizes change by Pillow's bilinear filter, which averages where it reduces, in integers: the same
values on every machine, no overshoot beside edges. Colours and alpha are treated alike, and colours
are not multiplied by alpha.
"""

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from rvm.datasets.compositing.plan import Sample, Take
from rvm.datasets.warp import Warp

STREAMS = ('fgr', 'pha', 'bgr', 'com')
FULL = 255


def render(sample: Sample, start: int, stop: int) -> dict[str, np.ndarray]:
    """Return frames `start` to `stop` - 1 of a sample; no others are decoded.

    Returns:
        fgr, bgr, com [n, H, W, 3] RGB, and pha [n, H, W]; uint8 in 0..255.

    Raises:
        MediaError, DataError: See `FrameSource.load`.
    """
    count = stop - start
    fgr, bgr, com = (np.empty((count, *sample.size, 3), np.uint8) for _ in range(3))
    pha = np.empty((count, *sample.size), np.uint8)
    for place, image in _foreground(sample, start, stop):
        fgr[place], pha[place] = image[..., :3], image[..., 3]
    for place, image in _background(sample, start, stop):
        bgr[place] = image[..., :3]
    for place in range(count):
        com[place] = composite(fgr[place], pha[place], bgr[place])
    return {'fgr': fgr, 'pha': pha, 'bgr': bgr, 'com': com}


def composite(fgr: np.ndarray, pha: np.ndarray, bgr: np.ndarray) -> np.ndarray:
    """Return round(fgr * pha + bgr * (1 - pha)) with pha / 255, exactly: no ties are possible.

    Args:
        fgr: [H, W, 3] uint8 in 0..255.
        pha: [H, W] uint8 in 0..255.
        bgr: [H, W, 3] uint8 in 0..255.

    Returns:
        [H, W, 3] uint8 in 0..255.
    """
    share = pha[..., None].astype(np.uint16)
    total = fgr * share + bgr * (FULL - share) + np.uint16(FULL // 2)  # at most 65152
    return (total // FULL).astype(np.uint8)


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return [H, W, 4] uint8 stretched to another size, channels apart."""
    if image.shape[:2] == (height, width):
        return image
    data = np.ascontiguousarray(image)
    # 'RGBX', not 'RGBA': Pillow would multiply colours by alpha and back.
    picture = Image.frombuffer('RGBX', image.shape[1::-1], data, 'raw', 'RGBX', 0, 1)
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))


def fit_square(image: np.ndarray, side: int) -> np.ndarray:
    """Return [H, W, 4] resized so that the longer side is `side`, zeros around it."""
    height, width = scaled(image.shape[:2], side, max(image.shape[:2]))
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side, 4), np.uint8)
    square[top : top + height, left : left + width] = resize(image, height, width)
    return square


def cover_square(image: np.ndarray, side: int) -> np.ndarray:
    """Return [H, W, 4] resized so that the shorter side is `side`, the middle of it."""
    height, width = scaled(image.shape[:2], side, min(image.shape[:2]))
    top, left = (height - side) // 2, (width - side) // 2
    return resize(image, height, width)[top : top + side, left : left + side]


def scaled(size: tuple[int, int], side: int, base: int) -> tuple[int, int]:
    """Return height and width times side / base, rounded half up; whole numbers all the way."""
    height, width = ((2 * length * side + base) // (2 * base) for length in size)
    return max(height, 1), max(width, 1)


def _foreground(sample: Sample, start: int, stop: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (place, [H, W, 4]) for every frame, in any order."""
    take, (height, width) = sample.foreground, sample.size
    if sample.drift is None:
        yield from _each(take, start, stop, lambda image: resize(image, height, width))
        return
    size = take.source.size()
    warp = Warp(take.source, sample.drift.matrices(size, sample.times(start, stop)), size, False)
    moved = np.empty((*size, 4), np.uint8)
    for _, image in warp.load([0]):
        for place in range(stop - start):
            warp(image, place, moved)
            yield place, fit_square(moved, height)


def _background(sample: Sample, start: int, stop: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (place, [H, W, 4]) for every frame, in any order."""
    height, width = sample.size
    if sample.drift is None:
        yield from _each(sample.background, start, stop, lambda i: resize(i, height, width))
    else:
        yield from _each(sample.background, start, stop, lambda i: cover_square(i, height))


def _each(
    take: Take, start: int, stop: int, bring: Callable[[np.ndarray], np.ndarray]
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (place, frame brought to size); each frame of the source is decoded once."""
    numbers = take.numbers(start, stop)
    distinct = np.unique(numbers).tolist()
    for number, image in zip(distinct, take.source.load(distinct), strict=True):
        done = bring(image)
        for place in np.flatnonzero(numbers == number):
            yield int(place), done
