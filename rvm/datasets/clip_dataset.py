"""The data set that all training sources are: records, a window of frames, a pipeline."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from mmengine.dataset.base_dataset import force_full_init
from torch.utils.data import get_worker_info

from rvm.allocator import keep_freed_memory
from rvm.datasets.frames import FrameSource, PairedFrames
from rvm.datasets.pipeline import build_transforms
from rvm.datasets.record_dataset import RecordDataset
from rvm.datasets.sample_key import SUBSTITUTES, SampleKey
from rvm.datasets.stream import LINEAR, NEAREST, Stream
from rvm.errors import ConfigError, DataError, MediaError
from rvm.registry import DATASETS

LOGGER = logging.getLogger(__name__)

ITEMS = ('window', 'frame', 'clip')
ON_ERROR = ('raise', 'substitute')
STREAMS = ('fgr', 'src')
MAX_SUBSTITUTES = 10


class ClipDataset(RecordDataset):
    """Samples of T frames, each a function of its `SampleKey` alone.

    A new source is a subclass with `load_data_list`: one record a clip, `{'clip': name, 'fgr':
    FrameSource of kind 'rgba'}` for matting (alpha in the fourth channel) or `{'clip': name,
    'src': FrameSource of kind 'rgba'}` for segmentation (the mask in the fourth channel).

    A sample starts as `results`, which the transforms of the pipeline change in turn:

    - 'streams': name -> `Stream`: 'fgr' and, with backgrounds, 'bgr'; or 'src'
    - 'num_frames': T
    - 'rng': the sample's one `np.random.Generator`
    - 'key': its `SampleKey`; 'clip': names of the clips it is made from
    - 'drawn': what transforms drew, plain numbers by name

    Args:
        num_frames: T.
        pipeline: Transforms by name; a leaf config replaces one by its name, and leaves it out by
            None. Or a list.
        order: Names in the order in which they run, if they are not all in
            `rvm.datasets.pipeline.ORDER`. The order of the dict says nothing: mmengine sorts the
            keys of a config that it writes to a file.
        backgrounds: A `Backgrounds`, or its config; matting needs it.
        items: What an epoch consists of: 'window' (ceil(frames / T) windows a clip), 'frame' (one
            sample starts at every frame) or 'clip' (one sample a clip).
        cover_backgrounds: Lengthen the epoch to the number of backgrounds, if there are more of
            them than items.
        matte_interpolation: 'linear', or 'nearest' for hard masks.
        on_error: What to do where a file is missing or damaged: 'raise', or 'substitute' another
            item (which is logged, and is a function of the key, too).
    """

    def __init__(
        self,
        *,
        num_frames: int = 1,
        pipeline: Mapping[str, Any] | Sequence = (),
        order: Sequence[str] | None = None,
        backgrounds: Any = None,
        items: str = 'window',
        cover_backgrounds: bool = False,
        matte_interpolation: str = LINEAR,
        on_error: str = 'raise',
        **kwargs: Any,
    ):
        name = type(self).__name__
        _check(name, 'items', items, ITEMS)
        _check(name, 'on_error', on_error, ON_ERROR)
        _check(name, 'matte_interpolation', matte_interpolation, (LINEAR, NEAREST))
        if not isinstance(num_frames, int) or num_frames < 1:
            raise ConfigError(f'{name}: num_frames must be 1 or more, not {num_frames!r}')
        self.num_frames = num_frames
        self.items = items
        self.cover_backgrounds = cover_backgrounds
        self.matte_interpolation = matte_interpolation
        self.on_error = on_error
        self.backgrounds = (
            DATASETS.build(backgrounds) if isinstance(backgrounds, Mapping) else backgrounds
        )
        self.transforms = build_transforms(name, pipeline, order)
        super().__init__(**kwargs)

    def full_init(self) -> None:
        """Load the records, and count the items of each clip."""
        if self._fully_initialized:
            return
        self.data_list = self.load_data_list()
        self.data_list = self.filter_data()
        if self._indices is not None:
            self.data_list = self._get_unserialized_subset(self._indices)
        self.stream_name = self._stream_name(self.data_list)
        for record in self.data_list:
            self._check_source(record)
        lengths = np.array([len(record[self.stream_name]) for record in self.data_list], np.int64)
        empty = np.flatnonzero(lengths == 0)
        if len(empty):
            names = ', '.join(self.data_list[place]['clip'] for place in empty[:10])
            raise DataError(f'{self.folder}: {len(empty)} clips have no frames: {names}')
        self.clip_lengths = lengths
        counts = {
            'window': -(-lengths // self.num_frames),
            'frame': lengths,
            'clip': np.ones_like(lengths),
        }[self.items]
        self.item_ends = np.cumsum(counts)
        if self.serialize_data:
            self.data_bytes, self.data_address = self._serialize_data()
        self._fully_initialized = True

    @property
    @force_full_init
    def num_items(self) -> int:
        """Different items: windows, frames or clips."""
        return int(self.item_ends[-1])

    @force_full_init
    def __len__(self) -> int:
        """Return the length of an epoch."""
        if self.cover_backgrounds and self.backgrounds is not None:
            return max(self.num_items, len(self.backgrounds))
        return self.num_items

    def place(self, index: int) -> tuple[int, int]:
        """Return which clip item `index` is of, and at which frame it starts."""
        if not 0 <= index < len(self):
            raise IndexError(f'{type(self).__name__} has items 0 to {len(self) - 1}, not {index}')
        index %= self.num_items
        clip = int(np.searchsorted(self.item_ends, index, side='right'))
        number = index - (int(self.item_ends[clip - 1]) if clip else 0)
        step = {'window': self.num_frames, 'frame': 1, 'clip': 0}[self.items]
        return clip, number * step

    def prepare_data(self, idx: int | SampleKey) -> dict:
        """Return the sample of a key after the pipeline."""
        results = self.start(SampleKey.of(idx))
        for transform in self.transforms:
            results = transform(results)
        return results

    @force_full_init
    def draw(self, idx: int | SampleKey) -> dict:
        """Return `results` before the last transform packs them: what a sample is made of.

        'drawn' then holds all that was drawn; pictures are not decoded yet, unless a transform
        needed them.
        """
        results = self.start(SampleKey.of(idx))
        for transform in self.transforms[:-1]:
            results = transform(results)
        return results

    def start(self, key: SampleKey) -> dict:
        """Return `results` as the first transform sees them."""
        clip, start = self.place(key.index)
        record = self.get_data_info(clip)
        rng = key.generator()
        stream = Stream(
            self.stream_name,
            record[self.stream_name],
            self.num_frames,
            start,
            self.matte_interpolation,
        )
        results = {
            'streams': {self.stream_name: stream},
            'num_frames': self.num_frames,
            'rng': rng,
            'key': key,
            'clip': record['clip'],
            'drawn': {'clip': record['clip'], 'start': start},
        }
        if self.backgrounds is not None:
            name, source, start = self.backgrounds.draw(rng, self.num_frames)
            results['streams']['bgr'] = Stream('bgr', source, self.num_frames, start)
            results['clip'] = f'{record["clip"]}, {name}'
            results['drawn'] |= {'background': name, 'background_start': start}
        return results

    @force_full_init
    def __getitem__(self, idx: int | SampleKey) -> dict:
        """Return the sample of a key (or of an index, in epoch 0 with seed 0)."""
        if get_worker_info() is not None:
            cv2.setNumThreads(0)  # workers are the threads
            keep_freed_memory()  # every sample has buffers of the same sizes
        key = SampleKey.of(idx)
        if self.on_error == 'raise':
            return self.prepare_data(key)
        others = key.generator(SUBSTITUTES)
        for _ in range(MAX_SUBSTITUTES):
            try:
                return self.prepare_data(key)
            except (MediaError, DataError) as error:
                other = int(others.integers(len(self)))
                LOGGER.warning('%s; item %d is used instead of %d', error, other, key.index)
                key = key.substitute(other)
        return self.prepare_data(key)

    def _check_source(self, record: dict) -> None:
        source = record[self.stream_name]
        if not isinstance(source, FrameSource):
            raise DataError(
                f"{type(self).__name__}: '{self.stream_name}' of {record['clip']} is a "
                f'{type(source).__name__}, no FrameSource (rvm.datasets.frames)'
            )
        if isinstance(source, PairedFrames):
            source.check_lengths()

    def get_subset_(self, indices: int | Sequence[int]) -> None:
        """Refuse: the items of an epoch are counted when the records are loaded."""
        raise NotImplementedError(f'{type(self).__name__}: use indices=... or names=...')

    def get_subset(self, indices: int | Sequence[int]) -> 'ClipDataset':
        """Refuse, see `get_subset_`."""
        return self.get_subset_(indices)

    def _stream_name(self, records: Sequence[dict]) -> str:
        found = {name for record in records for name in STREAMS if name in record}
        for record in records:
            if 'clip' not in record or len(found) != 1 or not found & record.keys():
                raise DataError(
                    f"{type(self).__name__}: a record needs 'clip', and all of them either 'fgr' "
                    f"or 'src', not {sorted(record)} (of {record.get('clip', 'no clip')})"
                )
        return found.pop()


def _check(owner: str, name: str, value: object, allowed: tuple) -> None:
    if value not in allowed:
        raise ConfigError(f'{owner}: {name} must be one of {", ".join(allowed)}, not {value!r}')
