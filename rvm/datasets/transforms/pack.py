"""The end of a pipeline: the plan is carried out, and packed as uint8 tensors."""

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from rvm.effects import CropView
from rvm.errors import ConfigError
from rvm.registry import TRANSFORMS

WORKER, DEVICE, WARP = 'worker', 'device', 'warp'


def to_tensor(frames: np.ndarray, num_frames: int) -> Tensor:
    """Return [T, H, W, C] (or [1, H, W, C], for T equal frames) as [T, C, H, W], without a copy.

    The memory stays channels-last, and equal frames stay one: `clip_collate` keeps both.
    """
    return torch.from_numpy(frames).permute(0, 3, 1, 2).expand(num_frames, -1, -1, -1)


class Pack:
    """What matting and segmentation have in common.

    Args:
        effects: Who carries out colour, grain and blur: 'worker' (OpenCV) or 'device', the
            `MattingDataPreprocessor`, by the same definition.
        crop: Who takes the training crop, if the sampler draws one: 'device', or 'warp', which
            makes it a part of the warp: fewer pixels, effects scaled to it.
    """

    STREAMS: ClassVar[dict[str, str]]
    """Stream -> key of its tensor."""

    def __init__(self, effects: str = WORKER, crop: str = DEVICE):
        if effects not in (WORKER, DEVICE):
            raise ConfigError(f"effects must be 'worker' or 'device', not {effects!r}")
        if crop not in (DEVICE, WARP):
            raise ConfigError(f"crop must be 'device' or 'warp', not {crop!r}")
        self.effects = effects
        self.crop = crop

    def __call__(self, results: dict) -> dict:
        """Render all streams."""
        key, streams, count = results['key'], results['streams'], results['num_frames']
        missing = [name for name in self.STREAMS if name not in streams]
        if missing:
            raise ConfigError(
                f'{type(self).__name__} needs the stream {missing[0]!r}, and the data set gives '
                f'{", ".join(streams)}' + ('; give it backgrounds' if missing == ['bgr'] else '')
            )
        sample: dict = {'clip': results['clip'], 'index': key.draw, 'epoch': key.epoch}
        view = None
        if key.crop is not None:
            view = CropView(_side(streams, key.crop), *key.crop)
            name = 'view' if self.crop == WARP else 'crop'
            sample[name] = torch.tensor([view.size, view.height, view.width])
        for name, packed in self.STREAMS.items():
            stream = streams[name]
            frames = stream.render(view if self.crop == WARP else None, self.effects == WORKER)
            sample[packed] = to_tensor(frames, count)
            if self.effects == DEVICE:
                sample[f'{name}_effects'] = torch.from_numpy(stream.effects)
        sample['frames'] = torch.from_numpy(next(iter(streams.values())).frame_numbers)
        return sample


@TRANSFORMS.register_module()
class PackMatting(Pack):
    """Pack a matting sample.

    Required keys: streams ('fgr' with its alpha, 'bgr'), key, clip. Returns a new dict:

    - fgr_pha: [T, 4, H, W] uint8 in 0..255, the foreground and its alpha
    - bgr: [T, 3, H, W] uint8 in 0..255
    - fgr_effects, bgr_effects: [T, K] float32, where they are left to the device
    - crop, or, where it is taken in the warp, view: [3] int64: size of the whole, height, width
    - clip, index, epoch, frames: where the sample comes from
    """

    STREAMS: ClassVar = {'fgr': 'fgr_pha', 'bgr': 'bgr'}


@TRANSFORMS.register_module()
class PackSegmentation(Pack):
    """Pack a segmentation sample.

    Required keys: streams ('src' with its mask), key, clip. Returns a new dict:

    - src_seg: [T, 4, H, W] uint8 in 0..255, the picture and its mask
    - src_effects, crop, view, clip, index, epoch, frames: see `PackMatting`
    """

    STREAMS: ClassVar = {'src': 'src_seg'}


def _side(streams: dict, crop: tuple[int, int]) -> int:
    sizes = {stream.size for stream in streams.values()}
    height, width = sizes.pop()
    if sizes or height != width or max(crop) > height:
        raise ConfigError(
            f'the training crop {crop[0]}x{crop[1]} is taken from one square that holds it; the '
            f'streams have {width}x{height} and {sizes or "no other size"}: let CropResize make '
            'the size that the batch sampler names'
        )
    return height
