"""Small sources for the tests of composited clips, and the configs that use them."""

from pathlib import Path

import numpy as np

from tests.test_datasets.clips import smooth_pictures
from tests.test_datasets.footage import make_backgrounds, make_matte_clips, picture, save

CLIPS = {'a': 9, 'b': 8, 'c': 4}
"""Frames of each: the last one is shorter than the samples."""
IMAGES = {'tall.png': (30, 20), 'wide.png': (19, 31)}
"""Height and width."""


def make_sources(root: Path) -> Path:
    """Make clips, images, stills and videos below `root`; PNG, so that values are exact."""
    make_matte_clips(root / 'clips', CLIPS, (24, 32), '.png')
    for number, (name, (height, width)) in enumerate(IMAGES.items()):
        frame = smooth_pictures(1, height, width, 4, number)[0]
        frame[..., 3] = soft_disc(height, width)
        save(root / 'images' / 'fgr' / name, np.ascontiguousarray(frame[..., :3]))
        save(root / 'images' / 'pha' / name, np.ascontiguousarray(frame[..., 3]))
    make_backgrounds(root / 'stills', 3)
    for clip in range(2):
        for frame in range(5):
            save(root / 'videos' / f'{clip}' / f'{frame}.png', picture(50 * frame + 9 * clip))
    return root


def soft_disc(height: int, width: int) -> np.ndarray:
    """Return [H, W] uint8: 255 in the middle, soft, 0 in the corners; the left is a bit thicker."""
    y, x = np.mgrid[:height, :width]
    away = np.hypot((y + 0.5) / height - 0.5, (x + 0.5) / width - 0.45)
    return np.clip(np.rint(255 * (1.6 - 4 * away)), 0, 255).astype(np.uint8)


def clips_over(root: Path, backgrounds: str = 'stills', **options) -> dict:
    """Return the config of clips over 'stills' or 'videos'."""
    kind = {'stills': 'StillBackgrounds', 'videos': 'VideoBackgrounds'}[backgrounds]
    config = {
        'foregrounds': {'type': 'VideoMatteDataset', 'data_root': str(root), 'path': 'clips'},
        'backgrounds': {'type': kind, 'data_root': str(root), 'path': backgrounds},
        'name': 'made',
        'num_samples': 4,
        'num_frames': 6,
    }
    return config | ({} if 'resolution' in options else {'size': (16, 12)}) | options


def images_over(root: Path, backgrounds: str = 'stills', **options) -> dict:
    """Return the config of images over 'stills' or 'videos'."""
    config = clips_over(root, backgrounds, **{'resolution': 24} | options)
    config['foregrounds'] = config['foregrounds'] | {'type': 'ImageMatteDataset', 'path': 'images'}
    return config
