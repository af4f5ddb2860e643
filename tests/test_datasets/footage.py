"""Small footage for the tests: every frame has its own flat colour, which says which it is."""

import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from rvm.io import MediaInfo, open_writer

LONG_AGO = 1_000_000_000


def settle(root: Path) -> None:
    """Set the times of all folders back, as those of a tree that was made some time ago."""
    for path in (root, *root.rglob('*')):
        if path.is_dir():
            os.utime(path, (LONG_AGO, LONG_AGO))


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def frame_value(clip: int, frame: int) -> int:
    return 20 + 60 * clip + 10 * frame


def picture(value: int, size: tuple[int, int] = (24, 32)) -> np.ndarray:
    """[H, W, 3] RGB: `value` in red, 255 - `value` in green, 128 in blue."""
    image = np.empty((*size, 3), np.uint8)
    image[:] = value, 255 - value, 128
    return image


def matte(value: int, size: tuple[int, int] = (24, 32)) -> np.ndarray:
    """[H, W]: `value` in the left half, black in the right one."""
    image = np.full(size, value, np.uint8)
    image[:, size[1] // 2 :] = 0
    return image


def save(path: Path, image: np.ndarray) -> Path:
    """Write RGB, RGBA or grey by OpenCV; JPEG with full chroma and quality 100."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if image.ndim == 3:
        code = cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR
        image = cv2.cvtColor(image, code)
    options = []
    if path.suffix == '.jpg':
        options = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
        options += [cv2.IMWRITE_JPEG_QUALITY, 100]
    assert cv2.imwrite(str(path), image, options)
    return path


def save_video(path: Path, images: list[np.ndarray], **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = images[0].shape[:2]
    info = MediaInfo('made', width, height, len(images), Fraction(25), Fraction(1, 25))
    channels = {2: 'gray', 3: 'rgb', 4: 'rgba'}[2 if images[0].ndim == 2 else images[0].shape[2]]
    with open_writer(path, info, channels=channels, **options) as writer:
        for number, image in enumerate(images):
            writer.write(image, number * info.time_base)
    return path


def make_matte_clips(
    root: Path, lengths: Mapping[str, int], size: tuple[int, int] = (24, 32), suffix: str = '.jpg'
) -> Path:
    """Make `root/{fgr,pha}/<clip>/<frame>`; frame f of the c-th clip is `frame_value(c, f)`."""
    for clip, (name, count) in enumerate(lengths.items()):
        for frame in range(count):
            value = frame_value(clip, frame)
            save(root / 'fgr' / name / f'{frame:04}{suffix}', picture(value, size))
            save(root / 'pha' / name / f'{frame:04}{suffix}', matte(value, size))
    return root


def make_backgrounds(folder: Path, count: int = 3, size: tuple[int, int] = (30, 40)) -> Path:
    for number in range(count):
        save(folder / f'{number}.jpg', picture(40 * number, size))
    return folder


PLAIN = {
    'frames': {'type': 'SampleFrames'},
    'crop': {'type': 'CropResize', 'size': 16, 'ratio': (1, 1), 'centre': True},
    'pack': {'type': 'PackMatting'},
}
"""Frames as they are, the middle of the picture."""


def over_stills(folder: Path) -> dict:
    """Config of backgrounds from one folder of images."""
    return {'type': 'Backgrounds', 'stills': {'type': 'StillBackgrounds', 'path': str(folder)}}
