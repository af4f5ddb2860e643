"""Samples of a pass as the network will see them, and what was drawn for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import cv2
import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from rvm.datasets.clip_dataset import ClipDataset
from rvm.datasets.mixed_dataset import MixedDataset
from rvm.datasets.sample_key import SampleKey
from rvm.errors import ConfigError
from rvm.registry import DATA_SAMPLERS, FUNCTIONS, MODELS

STREAMS = ('src', 'fgr', 'pha', 'bgr', 'seg')
"""What is shown, in this order, where a batch has it."""
PREPROCESSOR = {'type': 'MattingDataPreprocessor'}


@dataclass
class Shown:
    """A sample, made small.

    Attributes:
        title: Index and clip, one line.
        drawn: What was drawn for it, by name.
        streams: Name -> [T, h, w, 3] uint8 RGB in 0..255.
    """

    title: str
    drawn: dict[str, Any]
    streams: dict[str, np.ndarray]


def browse(
    loader: Mapping[str, Any],
    dataset: Dataset,
    *,
    samples: int,
    seed: int = 0,
    epoch: int = 0,
    start: int = 0,
    cell: int = 160,
    preprocessor: Mapping[str, Any] | None = None,
) -> Iterator[Shown]:
    """Yield samples on the way that training takes: sampler, data set, collate, preprocessor.

    Args:
        loader: Config of a data loader.
        dataset: Its data set, built.
        samples: How many.
        seed: Of the run.
        epoch: Which one.
        start: Place of the first sample in the order of the epoch.
        cell: Pixels of the larger side of the pictures that are kept; with a training crop, of the
            picture that it is taken from: smaller crops stay smaller.
        preprocessor: Config of the data preprocessor; None for `MattingDataPreprocessor`.
    """
    process = MODELS.build(dict(preprocessor or PREPROCESSOR))
    collate = _collate(loader)
    for key in keys(loader, dataset, samples, seed, epoch, start):
        sample = dataset[key]
        where, drawn = explain(dataset, key)
        batch = process(collate([sample]), training=True)
        key = SampleKey.of(key)
        title = f'{where}item {key.index}, epoch {key.epoch}, seed {key.seed}: {sample["clip"]}'
        whole = None
        if key.crop is not None:
            whole = max(sample[name].shape[-1] for name in ('fgr_pha', 'src_seg') if name in sample)
            whole = int(sample['view'][0]) if 'view' in sample else whole
            drawn = {'training_crop': {'height': key.crop[0], 'width': key.crop[1]}, **drawn}
        streams = {name: _small(batch[name][0], cell, whole) for name in STREAMS if name in batch}
        yield Shown(title, drawn, streams)


def keys(
    loader: Mapping[str, Any], dataset: Dataset, count: int, seed: int, epoch: int, start: int
) -> list[Any]:
    """Return the keys of `count` samples, as the samplers of a loader give them out."""
    config = dict(loader.get('sampler') or {'type': 'EpochSampler'})
    config |= {'dataset': dataset, 'seed': seed}
    sampler = DATA_SAMPLERS.build(config)
    if hasattr(sampler, 'set_epoch'):
        sampler.set_epoch(epoch)
    if not loader.get('batch_sampler'):
        return list(islice(sampler, start, start + count))
    size = loader.get('batch_size', 1)
    batches = DATA_SAMPLERS.build(
        {**loader['batch_sampler'], 'sampler': sampler, 'batch_size': size}
    )
    step, skipped = divmod(start, size)
    batches.start(epoch, min(step, len(batches)))
    return list(islice(chain.from_iterable(batches), skipped, skipped + count))


def explain(dataset: Dataset, key: Any) -> tuple[str, dict[str, Any]]:
    """Return where in a mixture the sample of a key comes from, and what is drawn for it."""
    if isinstance(dataset, MixedDataset):
        name, inner = dataset.locate(SampleKey.of(key))
        where, drawn = explain(dataset.sources[name], inner)
        return f'{name}, {where}', drawn
    if isinstance(dataset, ClipDataset):
        return '', dataset.draw(key)['drawn']
    return '', {}


def _collate(loader: Mapping[str, Any]) -> Any:
    config = dict(loader.get('collate_fn') or {'type': 'clip_collate'})
    name = config.pop('type')
    function = FUNCTIONS.get(name)
    if function is None:
        raise ConfigError(f'collate_fn: {name} is no function that is registered')
    return lambda samples: function(samples, **config)


def _small(clip: Tensor, cell: int, whole: int | None) -> np.ndarray:
    """Return [T, h, w, 3] uint8 of [T, C, H, W] in 0..1."""
    height, width = clip.shape[-2:]
    scale = min(1.0, cell / (whole or max(height, width)))
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    frames = []
    for frame in clip:
        image = np.ascontiguousarray(frame.mul(255).round().byte().permute(1, 2, 0).numpy())
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        image = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
        frames.append(image)
    return np.stack(frames)
