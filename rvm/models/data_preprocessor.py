"""From the samples of the workers to what the network trains on."""

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor
from torch.nn import functional

from rvm.effects import CropView, apply_effects_batch
from rvm.registry import MODELS

PACKED = ('fgr_pha', 'bgr', 'src_seg', 'src')
"""Keys of pictures for the network, [B, T, C, H, W] uint8 in 0..255 or float in 0..1."""

EFFECTS = {'fgr_effects': 'fgr_pha', 'bgr_effects': 'bgr', 'src_effects': 'src_seg'}


@MODELS.register_module()
class MattingDataPreprocessor(BaseDataPreprocessor):
    """To the device, to float, effects and training crop where they are left to it, compositing.

    Takes a batch as `clip_collate` makes it, and returns another dict; what is no picture is
    passed on. A picture that comes as one frame, [B, 1, C, H, W], is that of all T frames (`frames`
    [B, T] tells T): it is sent and treated once.

    - matting: fgr_pha [B, T, 4, H, W], bgr [B, T, 3, H, W] -> fgr, pha [B, T, 1, h, w], bgr, and
      src = fgr * pha + bgr * (1 - pha)
    - segmentation: src_seg [B, T, 4, H, W] -> src [B, T, 3, h, w], seg [B, T, 1, h, w]
    - evaluation: src; the truth (pha, fgr, bgr) is not for the network and stays as it is

    Pictures are float32 in 0..1. The order is that of the worker: effects at full size
    (`fgr_effects` and others [B, T, K], see `rvm.effects`), then the training crop (`crop` [B, 3]:
    side S of the picture, height h and width w): a resize, bilinear, to the square of side
    max(h, w), of which the middle is kept. With `view` in place of `crop`, it has been taken.

    Args:
        non_blocking: Whether copies to the device overlap, for pinned memory.
    """

    def __init__(self, non_blocking: bool = True):
        super().__init__(non_blocking=non_blocking)

    @torch.no_grad()
    def forward(self, data: dict, training: bool = False) -> dict:
        """Process a batch; `training` changes nothing: what is drawn is in the batch."""
        truth = () if 'fgr_pha' in data else ('bgr',)
        pictures = [key for key in PACKED if key in data and key not in truth]
        batch = {key: value for key, value in data.items() if key not in (*pictures, *EFFECTS)}
        crop, view = _crop_view(batch.pop('crop', None)), _crop_view(batch.pop('view', None))
        effects = {packed: data[key] for key, packed in EFFECTS.items() if key in data}
        time = data['frames'].shape[1] if isinstance(data.get('frames'), Tensor) else 1
        time = max(time, *(data[key].shape[1] for key in pictures), 1)
        for key in pictures:
            frames = self._frames(data[key])
            if key in effects:
                frames, params = _matched(frames, effects[key])
                frames = apply_effects_batch(frames, params, view)
            if crop is not None:
                frames = resize_and_crop(frames, crop)
            clip = frames.unflatten(0, (len(data[key]), -1)).expand(-1, time, -1, -1, -1)
            if key in ('fgr_pha', 'src_seg'):
                first, second = key.split('_')
                batch[first], batch[second] = clip[:, :, :3], clip[:, :, 3:]
            else:
                batch[key] = clip
        if 'bgr' in pictures:
            batch['src'] = torch.lerp(batch['bgr'], batch['fgr'], batch['pha'])
        return batch

    def _frames(self, clip: Tensor) -> Tensor:
        """Return a clip as [N, C, H, W] float in 0..1 on the device."""
        frames = clip.to(self.device, non_blocking=self._non_blocking).flatten(0, 1)
        return frames.float().div_(255) if frames.dtype == torch.uint8 else frames


def _matched(frames: Tensor, effects: Tensor) -> tuple[Tensor, Tensor]:
    """Return as many frames as effects: [N, C, H, W] and [N, K].

    A still picture [B, C, H, W] is repeated only where its effects [B, T, K] change over time.
    """
    clips, time = effects.shape[:2]
    if len(frames) < clips * time and bool((effects == effects[:, :1]).all()):
        effects = effects[:, :1]
    elif len(frames) < clips * time:
        frames = frames.repeat_interleave(time, 0)
    return frames, effects.flatten(0, 1)


def resize_and_crop(frames: Tensor, crop: CropView) -> Tensor:
    """Return the training crop of square pictures: [N, C, S, S] -> [N, C, h, w], float."""
    if crop.side != frames.shape[-1]:
        frames = functional.interpolate(
            frames, (crop.side, crop.side), mode='bilinear', align_corners=False
        )
    return frames[..., crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]


def _crop_view(crops: Tensor | None) -> CropView | None:
    """Return the crop that all clips of a batch share, from [B, 3]: S, h, w."""
    if crops is None:
        return None
    rows = {tuple(row) for row in crops.tolist()}
    if len(rows) != 1:
        raise ValueError(f'the clips of a batch must share one training crop, not {sorted(rows)}')
    return CropView(*rows.pop())
