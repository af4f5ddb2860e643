"""Test clips composited on the fly: exactly what tools/make_testset.py writes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from rvm.datasets.chunked_clips import ChunkedClips
from rvm.datasets.clip_dataset import ClipDataset
from rvm.datasets.compositing import plan
from rvm.datasets.compositing.render import render
from rvm.datasets.compositing.sources import describe_dataset, describe_take
from rvm.datasets.record_dataset import RecordDataset
from rvm.errors import ConfigError
from rvm.io.listing import name_some
from rvm.registry import DATASETS

MAX_SEED = 2**32 - 1
MAX_SIDE = 65500
"""Pixels; of libjpeg, and far from where sizes overflow."""


@DATASETS.register_module()
class CompositedClips(ChunkedClips):
    """Foregrounds over backgrounds: clips as they move, or images that are moved.

    Sample i is a function of the seed and of i (and of the lists of sources), see
    `rvm.datasets.compositing.plan`; docs/testsets.md has the whole recipe. With `size`, foregrounds
    are clips, which are resized, and start at a drawn frame. With `resolution`, they are images,
    which drift at their own size, and are fitted into a square. Videos that are too short run back
    and forth; video backgrounds start at their first frame.

    Items are those of `ChunkedClips`, with 'bgr' [T, 3, H, W] uint8 beside 'fgr' and 'pha'; 'src'
    is the composite, rounded. Tensors are views of memory that is channels-last.

    Args:
        foregrounds: A matting data set of records with 'fgr', such as `VideoMatteDataset` or
            `ImageMatteDataset`, or its config. Its pipeline is not used.
        backgrounds: `StillBackgrounds` or `VideoBackgrounds`, or its config.
        name: Of the data set; clips are called '<name>/0000', ...
        size: Width and height of clips.
        resolution: Side of the square for images; exactly one of `size` and `resolution`.
        num_samples: Clips. Those of a smaller number are the first ones of a larger.
        num_frames: T.
        seed: 0 .. 2**32 - 1, governs everything that is drawn.
    """

    def __init__(
        self,
        *,
        foregrounds: Any,
        backgrounds: Any,
        name: str,
        size: Sequence[int] | None = None,
        resolution: int | None = None,
        num_samples: int = 20,
        num_frames: int = 100,
        seed: int = 0,
    ):
        if (size is None) == (resolution is None):
            raise ConfigError(
                'CompositedClips: give size=(width, height) for clips, or resolution for images, '
                f'and not both; they are {size!r} and {resolution!r}'
            )
        width, height = _sides(size, resolution)
        for key, value in (('num_samples', num_samples), ('num_frames', num_frames)):
            if not _is_count(value):
                raise ConfigError(f'CompositedClips: {key} must be 1 or more, not {value!r}')
        if not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
            raise ConfigError(f'CompositedClips: seed must be in 0..{MAX_SEED}, not {seed!r}')
        if not name or name.startswith('.') or '/' in name or '\\' in name:
            raise ConfigError(
                f"CompositedClips: name={name!r} must name one folder, without '/' or leading '.'"
            )
        self.name = name
        self.size = (height, width)
        self.moves = size is None
        self.num_samples = num_samples
        self.length = num_frames
        self.seed = seed
        self.foregrounds = _build(foregrounds)
        self.backgrounds = _build(backgrounds)
        self._records: dict[tuple[str, int], dict] = {}
        self._check_sources()

    def __len__(self) -> int:
        """Return the number of clips."""
        return self.num_samples

    def num_frames(self, index: int) -> int:
        """Return the number of frames of a clip: all have the same."""
        return self.length

    def sample(self, index: int) -> plan.Sample:
        """Return what a clip is made of, as objects."""
        if not 0 <= index < len(self):
            raise IndexError(f'CompositedClips has clips 0 to {len(self) - 1}, not {index}')
        place, mirrored = plan.foreground_of(index, len(self.foregrounds.clip_lengths))
        front = self._record('foregrounds', place)
        back = self._record(
            'backgrounds', plan.background_of(self.seed, index, len(self.backgrounds))
        )
        rng = plan.sample_generator(self.seed, index)
        source, first, drift = front['fgr'], 0, None
        if self.moves:
            drift = plan.draw_drift(rng, mirrored)
        else:
            first = plan.draw_first(rng, len(source), self.length)
        return plan.Sample(
            plan.Take(front['clip'], source, first),
            plan.Take(back['clip'], back['bgr']),
            self.size,
            self.length,
            drift,
        )

    def load_frames(self, index: int, start: int, stop: int) -> dict:
        """Composite frames of a clip.

        Raises:
            MediaError, DataError: See `FrameSource.load`.
        """
        pictures = render(self.sample(index), start, stop)
        chunk: dict = {
            'clip': f'{self.name}/{plan.name_number(index)}',
            'frames': [plan.name_number(frame) for frame in range(start, stop)],
        }
        for stream, key in (('com', 'src'), ('pha', 'pha'), ('fgr', 'fgr'), ('bgr', 'bgr')):
            tensor = torch.from_numpy(pictures[stream])
            chunk[key] = tensor[:, None] if stream == 'pha' else tensor.permute(0, 3, 1, 2)
        return chunk

    def describe(self, index: int) -> dict:
        """Return what a clip is made of, as plain values: clip, foreground, background, motion.

        The sources are described as by `describe_take`; motion is None, or both poses, amount and
        mirrored.
        """
        sample = self.sample(index)
        return {
            'clip': plan.name_number(index),
            'foreground': describe_take(sample.foreground, 'fgr', self.foregrounds, self.length),
            'background': describe_take(sample.background, 'bgr', self.backgrounds, self.length),
            'motion': None if sample.drift is None else sample.drift.describe(),
        }

    def describe_parameters(self) -> dict:
        """Return what was asked for, as plain values."""
        height, width = self.size
        count = len(self.foregrounds.clip_lengths)
        return {
            'name': self.name,
            'seed': self.seed,
            'num_samples': self.num_samples,
            'num_frames': self.length,
            **({'resolution': width} if self.moves else {'size': [width, height]}),
            'foregrounds': describe_dataset(self.foregrounds, count),
            'backgrounds': describe_dataset(self.backgrounds, len(self.backgrounds)),
        }

    def _record(self, kind: str, place: int) -> dict:
        """Return a record, always the same objects: they remember the headers that were read."""
        key = (kind, place)
        if key not in self._records:
            self._records[key] = getattr(self, kind).get_data_info(place)
        return self._records[key]

    def _check_sources(self) -> None:
        """Refuse sources of another kind than `size` or `resolution` is for."""
        if isinstance(self.foregrounds, ClipDataset):
            self.foregrounds.full_init()
        if getattr(self.foregrounds, 'stream_name', None) != 'fgr':
            raise ConfigError(
                'CompositedClips: foregrounds must be a matting data set, VideoMatteDataset or '
                f'ImageMatteDataset, not {type(self.foregrounds).__name__}'
            )
        records = isinstance(self.backgrounds, RecordDataset)
        if not records or 'bgr' not in self.backgrounds.get_data_info(0):
            raise ConfigError(
                'CompositedClips: backgrounds must be StillBackgrounds or VideoBackgrounds, not '
                f'{type(self.backgrounds).__name__}'
            )
        lengths = self.foregrounds.clip_lengths
        if self.moves and lengths.max() > 1:
            clips = [
                self.foregrounds.get_data_info(int(place))['clip']
                for place in np.flatnonzero(lengths > 1)
            ]
            raise ConfigError(
                f'CompositedClips: resolution is for images, and {len(clips)} foregrounds are '
                f'clips ({name_some(clips, most=3)}); give size=(width, height)'
            )
        if not self.moves and lengths.max() == 1 and self.length > 1:
            raise ConfigError(
                'CompositedClips: size is for clips, and all foregrounds are images, which would '
                'stand still; give resolution'
            )


def _build(dataset: Any) -> Any:
    return DATASETS.build(dataset) if isinstance(dataset, Mapping) else dataset


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_side(value: object) -> bool:
    return _is_count(value) and value <= MAX_SIDE


def _sides(size: Any, resolution: Any) -> tuple[int, int]:
    """Return width and height of the result."""
    if size is None:
        if not _is_side(resolution):
            raise ConfigError(
                f'CompositedClips: resolution must be 1 to {MAX_SIDE} pixels, not {resolution!r}'
            )
        return resolution, resolution
    if not isinstance(size, Sequence) or len(size) != 2 or not all(map(_is_side, size)):
        raise ConfigError(
            f'CompositedClips: size must be (width, height), each 1 to {MAX_SIDE} pixels, not '
            f'{size!r}'
        )
    return tuple(size)
