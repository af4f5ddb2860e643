"""Samples into batches, without turning the pixels around."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import default_collate, get_worker_info

from rvm.registry import FUNCTIONS


@FUNCTIONS.register_module()
def clip_collate(samples: Sequence[dict]) -> dict:
    """Stack samples as `torch.utils.data.default_collate` does, but for clips of pictures.

    Pictures [T, C, H, W] that lie channels-last in memory stay so: nothing is turned around. T
    equal frames that are stored once in every sample are sent as one frame, which
    `MattingDataPreprocessor` repeats: less is copied, and less goes to the training process.

    Args:
        samples: Dicts with equal keys, as `PackMatting` makes them.

    Returns:
        A dict: pictures as [B, T, C, H, W] (or [B, 1, C, H, W], see above), other tensors stacked,
        text as lists; lists (names of frames) are kept, one a sample.
    """
    keys = samples[0].keys()
    if any(sample.keys() != keys for sample in samples):
        odd = next(sample for sample in samples if sample.keys() != keys)
        raise ValueError(
            f'samples of one batch have different keys: {sorted(keys)} of {samples[0].get("clip")} '
            f'and {sorted(odd)} of {odd.get("clip")}'
        )
    return {key: _collate([sample[key] for sample in samples]) for key in keys}


def _collate(values: list) -> object:
    if isinstance(values[0], list):
        return values
    if not isinstance(values[0], Tensor) or values[0].dim() != 4:
        return default_collate(values)
    frames = [value.permute(0, 2, 3, 1) for value in values]
    if len({value.shape for value in values}) > 1 or not all(map(_channels_last, frames)):
        return default_collate(values)
    if all(value.stride(0) == 0 for value in frames):
        frames = [value[:1] for value in frames]
    return _stack(frames).permute(0, 1, 4, 2, 3)


def _channels_last(frames: Tensor) -> bool:
    """Return whether every frame of [T, H, W, C] is contiguous."""
    return frames[0].is_contiguous()


def _stack(frames: list[Tensor]) -> Tensor:
    """Stack [T, H, W, C]; in a worker straight into memory that the training process shares."""
    shape = (len(frames), *frames[0].shape)
    if get_worker_info() is None:
        return torch.stack(frames)
    count = sum(value.numel() for value in frames)
    size = count * frames[0].element_size()
    storage = torch.UntypedStorage._new_shared(size)  # as default_collate does
    out = torch.empty(0, dtype=frames[0].dtype).set_(storage, 0, shape)
    return torch.stack(frames, out=out)
