"""Data sets: where the clips are, which frames, what is done to them."""

from rvm.datasets.backgrounds import Backgrounds, StillBackgrounds, VideoBackgrounds
from rvm.datasets.chunked_clips import ChunkedClips, ChunkKey, ChunkSampler
from rvm.datasets.clip_dataset import ClipDataset
from rvm.datasets.coco_panoptic import CocoPanopticDataset
from rvm.datasets.collate import clip_collate
from rvm.datasets.composited_clips import CompositedClips
from rvm.datasets.evaluation_clips import EvaluationClips
from rvm.datasets.image_matte import ImageMatteDataset
from rvm.datasets.mixed_dataset import MixedDataset
from rvm.datasets.record_dataset import RecordDataset
from rvm.datasets.sample_key import SampleKey
from rvm.datasets.samplers import EpochSampler, StepBatchSampler
from rvm.datasets.supervisely import SuperviselyDataset
from rvm.datasets.video_matte import VideoMatteDataset
from rvm.datasets.youtube_vis import YouTubeVISDataset

__all__ = [
    'Backgrounds',
    'ChunkKey',
    'ChunkSampler',
    'ChunkedClips',
    'ClipDataset',
    'CocoPanopticDataset',
    'CompositedClips',
    'EpochSampler',
    'EvaluationClips',
    'ImageMatteDataset',
    'MixedDataset',
    'RecordDataset',
    'SampleKey',
    'StepBatchSampler',
    'StillBackgrounds',
    'SuperviselyDataset',
    'VideoBackgrounds',
    'VideoMatteDataset',
    'YouTubeVISDataset',
    'clip_collate',
]
