"""Clips of any length, read in chunks of frames: what evaluation data sets have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sized
from dataclasses import dataclass

import cv2
from mmengine.dist import get_dist_info
from torch.utils.data import get_worker_info

from rvm.datasets.sample_key import SampleKey
from rvm.errors import ConfigError
from rvm.registry import DATA_SAMPLERS


@dataclass(frozen=True)
class ChunkKey:
    """Frames `start` to `stop` - 1 of clip `index`."""

    index: int
    start: int
    stop: int


def check_count(owner: str, name: str, value: object) -> None:
    """Refuse an option that is no whole number of frames.

    Raises:
        ConfigError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f'{owner}: {name} must be 1 or more, not {value!r}')


class ChunkedClips(ABC):
    """A data set with one item a clip, of which parts can be asked for; its length is the clips.

    An item, or a chunk of one, is a dict:

    - src: [T, 3, H, W] uint8 in 0..255, RGB, the composite
    - pha: [T, 1, H, W] uint8 in 0..255
    - fgr: [T, 3, H, W] uint8 in 0..255, if the clip has it
    - clip: '<dataset>/<clip>'
    - frames: names of the T frames
    - start: number of the first of them in the clip
    - length: frames of the whole clip
    """

    @abstractmethod
    def num_frames(self, index: int) -> int:
        """Return the number of frames of a clip, without decoding any."""

    @abstractmethod
    def load_frames(self, index: int, start: int, stop: int) -> dict:
        """Return src, pha, clip, frames and, where there is one, fgr of some frames of a clip."""

    def __getitem__(self, index: 'int | SampleKey | ChunkKey') -> dict:
        """Return a chunk, or for a number (or a sampler's key) a whole clip."""
        if not isinstance(index, ChunkKey):
            number = SampleKey.of(index).index
            index = ChunkKey(number, 0, self.num_frames(number))
        if get_worker_info() is not None:
            cv2.setNumThreads(0)  # workers are the threads
        chunk = self.load_frames(index.index, index.start, index.stop)
        return chunk | {'start': index.start, 'length': self.num_frames(index.index)}

    def iter_chunks(self, index: int, size: int) -> Iterator[dict]:
        """Yield a clip as chunks of `size` frames each (the last one may have less)."""
        length = self.num_frames(index)
        for start in range(0, length, size):
            yield self[ChunkKey(index, start, min(start + size, length))]


@DATA_SAMPLERS.register_module()
class ChunkSampler:
    """All chunks of all clips, in order; whole clips to one rank, every world-size-th clip.

    Nothing is padded: with more ranks than clips some ranks have nothing to do.

    Args:
        dataset: The clips.
        chunk: Frames at once. Results do not depend on it, memory does.
        seed: Not used: the order is fixed. mmengine gives one to every sampler.
    """

    def __init__(self, dataset: Sized, chunk: int = 8, seed: int | None = None):
        if not isinstance(dataset, ChunkedClips):
            raise ConfigError(
                f'ChunkSampler reads clips in parts, and {type(dataset).__name__} has none; use '
                "sampler=dict(type='EpochSampler', shuffle=False, seed=0)"
            )
        check_count('ChunkSampler', 'chunk', chunk)
        self.dataset = dataset
        self.chunk = chunk

    def _clips(self) -> range:
        rank, world_size = get_dist_info()
        return range(rank, len(self.dataset), world_size)

    def __len__(self) -> int:
        """Return the chunks of this rank."""
        return sum(-(-self.dataset.num_frames(index) // self.chunk) for index in self._clips())

    def __iter__(self) -> Iterator[ChunkKey]:
        for index in self._clips():
            length = self.dataset.num_frames(index)
            for start in range(0, length, self.chunk):
                yield ChunkKey(index, start, min(start + self.chunk, length))
