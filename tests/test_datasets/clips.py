"""Small clips in memory for the tests of the pipeline."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from rvm.datasets import ClipDataset
from rvm.datasets.frames import ArrayFrames, FrameSource
from rvm.datasets.sample_key import SampleKey
from rvm.datasets.stream import Stream


def smooth_pictures(count: int, height: int, width: int, channels: int, seed: int = 0):
    """Return [count, H, W, C] uint8 waves whose every frame differs."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    frames = np.empty((count, height, width, channels), np.uint8)
    for channel in range(channels):
        fy, fx, phase = [*rng.uniform(0.02, 0.06, 2).tolist(), rng.uniform(0, 6)]
        for number in range(count):
            wave = np.sin(fy * y + phase + 0.3 * number) * np.cos(fx * x - phase)
            frames[number, ..., channel] = np.round(127.5 + 100 * wave)
    return frames


class MattingClips(ClipDataset):
    """Clips of `lengths` frames in memory."""

    def __init__(self, lengths: Sequence[int] = (7, 3, 1), size=(48, 64), **kwargs: Any):
        self.lengths, self.size = lengths, size
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """Return the records."""
        return [
            {
                'clip': f'{number:04}',
                'fgr': ArrayFrames(smooth_pictures(length, *self.size, 4, number), 'rgba'),
            }
            for number, length in enumerate(self.lengths)
        ]


class SegmentationClips(MattingClips):
    """The same as pictures and masks."""

    def load_data_list(self) -> list[dict]:
        """Return the records."""
        records = super().load_data_list()
        return [{'clip': record['clip'], 'src': record['fgr']} for record in records]


class MemoryBackgrounds:
    """One still and one clip of 5 frames."""

    def __init__(self, size=(40, 56)):
        self.sources = [
            ArrayFrames(smooth_pictures(1, *size, 3, 100), 'rgb'),
            ArrayFrames(smooth_pictures(5, *size, 3, 101), 'rgb'),
        ]

    def __len__(self) -> int:
        return len(self.sources)

    def draw(self, rng: np.random.Generator, num_frames: int):
        """Return name, source and start."""
        which = int(rng.integers(2))
        source = self.sources[which]
        return f'background {which}', source, int(rng.integers(max(1, len(source) - num_frames)))


def matting_pipeline(size: int = 32, **pack: str) -> dict:
    """Return SPEC section 4's augmentation with every chance high."""
    return {
        'frames': {
            'type': 'SampleFrames',
            'speeds': (0.5, 1, 2, 3),
            'shift': True,
            'reverse': 0.5,
        },
        'fit': {'type': 'FitShortSide', 'size': size},
        'motion': {'type': 'MotionAffine', 'fgr': 0.7, 'bgr': 0.5, 'both': 0.5},
        'pose': {'type': 'StaticAffine', 'scale': {'fgr': (0.5, 1), 'bgr': (1, 1.5)}},
        'crop': {'type': 'CropResize', 'size': size},
        'flip': {'type': 'Flip', 'prob': 0.5},
        'grain': {'type': 'AddGrain', 'prob': 0.5},
        'color': {'type': 'ColorDrift', 'prob': 0.5},
        'greyscale': {'type': 'Greyscale', 'prob': 0.2},
        'sharpness': {'type': 'Sharpen', 'prob': 0.5},
        'blur': {'type': 'BlurDrift', 'fgr': 0.3, 'bgr': 0.3, 'both': 0.3},
        'pause': {'type': 'Pause', 'prob': 0.3},
        'pack': {'type': 'PackMatting', **pack},
    }


@lru_cache
def _pictures(count: int, height: int, width: int, channels: int) -> np.ndarray:
    return smooth_pictures(count, height, width, channels)


def fresh_results(
    num_frames: int = 5, seed: int = 0, sizes: Mapping[str, tuple[int, int]] | None = None
) -> dict:
    """Return `results` as a data set hands them to its first transform."""
    sizes = sizes or {'fgr': (48, 64), 'bgr': (40, 56)}
    streams = {}
    for name, size in sizes.items():
        kind, channels = ('rgb', 3) if name == 'bgr' else ('rgba', 4)
        frames = _pictures(9, *size, channels)
        source = ArrayFrames(frames, kind)
        streams[name] = Stream(name, source, num_frames)
    key = SampleKey(0, 0, 0, seed)
    return {
        'streams': streams,
        'num_frames': num_frames,
        'rng': key.generator(),
        'key': key,
        'clip': 'clip',
        'drawn': {},
    }


class CountingFrames(FrameSource):
    """Frames in memory that note what is loaded."""

    def __init__(self, frames: np.ndarray, kind: str = 'rgba'):
        self.inner, self.kind = ArrayFrames(frames, kind), kind
        self.loaded, self.shrinks = [], []

    def __len__(self):
        return len(self.inner)

    def size(self):
        return self.inner.size()

    def load(self, numbers, shrink=1):
        self.loaded += list(numbers)
        self.shrinks.append(shrink)
        return self.inner.load(numbers, shrink)

    def describe(self, number):
        return 'memory'


def centre_of(image: np.ndarray) -> np.ndarray:
    """Return the centroid (x, y)."""
    weight = image.astype(np.float64)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()
