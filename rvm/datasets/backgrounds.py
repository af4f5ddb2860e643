"""Backgrounds, one source for all matting data sets: stills and videos, half and half."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rvm.datasets.frames import FrameSource, ImageFrames
from rvm.datasets.listing import list_clips, list_stills
from rvm.datasets.record_dataset import RecordDataset
from rvm.errors import ConfigError
from rvm.registry import DATASETS


@DATASETS.register_module()
class StillBackgrounds(RecordDataset):
    """Images of a folder, `<path>/<name>`; `num_frames` of each is 1."""

    def load_data_list(self) -> list[dict]:
        """Return a record an image, with the stream 'bgr'."""
        folder = self.need_folder()
        return [
            {'clip': name, 'bgr': ImageFrames(str(folder), (name,))} for name in list_stills(folder)
        ]


@DATASETS.register_module()
class VideoBackgrounds(RecordDataset):
    """Clips of a folder: frame folders `<path>/<clip>/<frame>.jpg` or video files."""

    def load_data_list(self) -> list[dict]:
        """Return a record a clip, with the stream 'bgr'."""
        clips = list_clips(self.need_folder(), self.is_wanted)
        return [{'clip': name, 'bgr': clip.frames('rgb')} for name, clip in clips.items()]


@DATASETS.register_module()
class Backgrounds:
    """Draws a background for a sample: a video with chance `video_chance`, else a still.

    Args:
        stills: A data set of records with 'bgr', its config, or None to do without.
        videos: The same, of clips.
        video_chance: Chance of a video where there are both.
    """

    def __init__(self, *, stills: Any = None, videos: Any = None, video_chance: float = 0.5):
        self.stills = DATASETS.build(stills) if isinstance(stills, Mapping) else stills
        self.videos = DATASETS.build(videos) if isinstance(videos, Mapping) else videos
        if self.stills is None and self.videos is None:
            raise ConfigError('Backgrounds needs stills or videos; both are None')
        if not 0 <= video_chance <= 1:
            raise ConfigError(f'Backgrounds: video_chance must be in 0..1, not {video_chance}')
        self.video_chance = video_chance

    def __len__(self) -> int:
        return sum(len(source) for source in (self.stills, self.videos) if source is not None)

    def draw(self, rng: np.random.Generator, num_frames: int) -> tuple[str, FrameSource, int]:
        """Return name, frames and first frame of a background, uniform over those of its kind.

        A clip of n frames starts at a uniform draw from range(max(1, n - num_frames)).
        """
        video = rng.random() < self.video_chance  # always drawn: leaving out one changes no other
        if self.stills is None or self.videos is None:
            video = self.stills is None
        source = self.videos if video else self.stills
        record = source.get_data_info(int(rng.integers(len(source))))
        frames = record['bgr']
        return record['clip'], frames, int(rng.integers(max(1, len(frames) - num_frames)))
