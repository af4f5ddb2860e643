"""What the loader benchmark loads: the shipped configs' data sets on generated footage."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from rvm.datasets import ClipDataset, EpochSampler, SampleKey, StepBatchSampler
from rvm.datasets.config import set_data_root
from rvm.registry import DATASETS

CONFIGS = Path(__file__).resolve().parents[2] / 'configs' / '_base_' / 'datasets'


@dataclass(frozen=True)
class Case:
    """A data set of a config.

    Attributes:
        title: For tables.
        config: Name of the file.
        passed: The pass whose loader it is.
        parts: What of the footage it needs.
        source: Which of a mixture; None if it is none.
    """

    title: str
    config: str
    passed: str
    parts: tuple[str, ...]
    source: str | None = None


_BACKGROUNDS = ('stills', 'videos')
CASES = {
    'sd': Case('VideoMatte SD 512, T = 15', 'videomatte_sd', 'mat_low', ('sd', *_BACKGROUNDS)),
    'hd': Case('VideoMatte HD 2048, T = 6', 'videomatte_hd', 'mat_high', ('hd', *_BACKGROUNDS)),
    'images': Case('ImageMatte 512, T = 40', 'imagematte', 'mat_low', ('images', *_BACKGROUNDS)),
    'youtube': Case('YouTubeVIS 512, T = 15', 'segmentation', 'seg_video', ('youtube',)),
    'coco': Case('COCO 512', 'segmentation', 'seg_image', ('coco',), 'coco'),
}

FORMS = {
    'all in the worker': {'effects': 'worker', 'crop': 'device'},
    'rest on the device': {'effects': 'device', 'crop': 'warp'},
}
"""Options of the last step: the rest are colour, noise, blur, and the training crop, which is taken
in the warp."""


def build_dataset(case: Case, root: Path, form: str, scale: float = 1) -> tuple[ClipDataset, int]:
    """Return the data set in one of `FORMS`, and the side of its training picture.

    Args:
        case: Which.
        root: Where the footage is.
        form: One of `FORMS`.
        scale: Of the footage; training sizes follow it. 1 leaves the config as it is.
    """
    loader = Config.fromfile(CONFIGS / f'{case.config}.py').train_dataloader[case.passed]
    settings = loader.dataset if case.source is None else loader.dataset.sources[case.source]
    set_data_root(settings, str(root))
    size = round(loader.batch_sampler.crop_size * scale)
    for step in settings.pipeline.values():
        if 'size' in step and isinstance(step['size'], int):
            step['size'] = size
    if settings.get('min_size'):
        settings.min_size = round(settings.min_size * scale)
    settings.pipeline.pack.update(FORMS[form])
    return DATASETS.build(settings), size


def step_keys(dataset: ClipDataset, size: int, seed: int = 0) -> Iterator[SampleKey]:
    """Yield keys as training gets them, with the training crop of their step, without end."""
    sampler = StepBatchSampler(EpochSampler(dataset, seed=seed), crop_size=size)
    for epoch in itertools.count():
        sampler.start(epoch)
        for batch in sampler:
            yield from batch
