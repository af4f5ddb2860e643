"""The network: backbone, context, recurrent decoder, heads and refiner, from registered parts."""

from collections.abc import Mapping
from typing import Any, Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rvm.errors import UserError
from rvm.models.batch_norm import BATCH_NORMS, folded_batch_norms
from rvm.registry import MODELS
from rvm.typing import MaybeState, State


@MODELS.register_module()
class MattingNetwork(nn.Module):
    """Robust video matting network (Lin et al., WACV 2022, section 3).

    `src -> downsample -> backbone -> aspp -> decoder -> heads -> refiner`. Time is folded into the
    batch here, once; only the decoder's ConvGRUs know it.

    Args:
        backbone: Config of a module with `channels` (four) that maps [N, 3, h, w] to four maps at
            strides 2, 4, 8, 16.
        aspp: Config of a module with `out_channels`; `in_channels` is filled in.
        decoder: Config of a recurrent decoder with `out_channels`; `feature_channels` is filled in.
        refiner: Config of a refiner; `hid_channels` is filled in. None: results computed at a
            ratio below 1 are upsampled bilinearly.
        norm_eval: Keep every batch norm in eval mode during training (its weights still train).

    Attributes:
        norm_eval: See above; a change counts from the next call of `train`.
    """

    def __init__(
        self,
        backbone: Mapping[str, Any],
        aspp: Mapping[str, Any],
        decoder: Mapping[str, Any],
        refiner: Optional[Mapping[str, Any]] = None,  # noqa: UP045 - the class is scripted
        norm_eval: bool = False,
    ) -> None:
        super().__init__()
        self.norm_eval = norm_eval
        self.backbone = MODELS.build(dict(backbone))
        *fine, deepest = self.backbone.channels
        self.aspp = MODELS.build(dict(aspp, in_channels=deepest))
        feature_channels = (*fine, self.aspp.out_channels)
        self.decoder = MODELS.build(dict(decoder, feature_channels=feature_channels))
        hid_channels = self.decoder.out_channels
        self.project_mat = nn.Conv2d(hid_channels, 4, 1)
        self.project_seg = nn.Conv2d(hid_channels, 1, 1)
        self.refiner = (
            None if refiner is None else MODELS.build(dict(refiner, hid_channels=hid_channels))
        )
        self.train()  # applies norm_eval

    def forward(
        self, src: Tensor, state: MaybeState = None, downsample_ratio: float = 1.0
    ) -> tuple[Tensor, Tensor, State]:
        """Matte frames or clips.

        Args:
            src: [B, T, 3, H, W] or [B, 3, H, W] in 0..1, RGB.
            state: Memory returned for the frames before; None at the start.
            downsample_ratio: In (0, 1]; the network runs at this fraction of the size and the
                refiner restores it. At 1 nothing is refined.

        Returns:
            fgr: Like src, in 0..1: foreground colour (meaningful where pha > 0).
            pha: [B, T, 1, H, W] or [B, 1, H, W] in 0..1: alpha.
            state: Memory after the last frame.

        Raises:
            UserError: Wrong rank, channels, type or ratio, or a state of another size.
        """
        self._check(src, downsample_ratio)
        frames, batch_size = _fold(src)
        small = frames
        if downsample_ratio != 1.0:
            small = F.interpolate(
                frames,
                scale_factor=downsample_ratio,
                mode='bilinear',
                align_corners=False,
                recompute_scale_factor=False,
            )
        hid, state = self._features(small, state, batch_size)
        fgr_residual, pha = self.project_mat(hid).split([3, 1], dim=1)
        if downsample_ratio != 1.0:
            if self.refiner is not None:
                fgr_residual, pha = self.refiner(frames, small, fgr_residual, pha, hid)
            else:
                size = frames.shape[2:]
                fgr_residual = F.interpolate(
                    fgr_residual, size, mode='bilinear', align_corners=False
                )
                pha = F.interpolate(pha, size, mode='bilinear', align_corners=False)
        fgr = (fgr_residual + frames).clamp(0.0, 1.0)
        pha = pha.clamp(0.0, 1.0)
        if src.dim() == 5:
            fgr = fgr.unflatten(0, (batch_size, src.shape[1]))
            pha = pha.unflatten(0, (batch_size, src.shape[1]))
        return fgr, pha, state

    @torch.jit.export
    def segment(self, src: Tensor, state: MaybeState = None) -> tuple[Tensor, State]:
        """Segment people (the auxiliary task of training); never downsampled, never refined.

        Args:
            src: [B, T, 3, H, W] or [B, 3, H, W] in 0..1, RGB.
            state: Memory returned for the frames before; None at the start.

        Returns:
            seg: [B, T, 1, H, W] or [B, 1, H, W], logits.
            state: Memory after the last frame.
        """
        self._check(src, 1.0)
        frames, batch_size = _fold(src)
        hid, state = self._features(frames, state, batch_size)
        seg = self.project_seg(hid)
        if src.dim() == 5:
            seg = seg.unflatten(0, (batch_size, src.shape[1]))
        return seg, state

    def train(self, mode: bool = True) -> 'MattingNetwork':
        """Switch between training and evaluation; refuse what would destroy the weights.

        Raises:
            UserError: The batch norms are folded into the convolutions (weights from an ONNX
                file) and would be trained: their statistics are not those of the data.
        """
        if mode and not self.norm_eval and folded_batch_norms(self):
            raise UserError(
                'this network holds weights whose batch norms are folded into the convolutions '
                '(they come from an ONNX file); in train mode the batch norms would renormalise '
                'and destroy them: set norm_eval=True to keep them frozen, or call '
                'rvm.models.reestimate_batch_norms(network, batches) first'
            )
        super().train(mode)
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, BATCH_NORMS):
                    module.eval()
        return self

    def _features(self, small: Tensor, state: MaybeState, batch_size: int) -> tuple[Tensor, State]:
        f1, f2, f3, f4 = self.backbone(small)
        return self.decoder(small, [f1, f2, f3, self.aspp(f4)], state, batch_size)

    def _check(self, src: Tensor, downsample_ratio: float) -> None:
        """Refuse wrong input; written so that torch.jit.script accepts it."""
        if src.dim() != 4 and src.dim() != 5:
            raise UserError(
                f'src: expected [B, T, 3, H, W] or [B, 3, H, W], got {src.dim()} dimensions'
            )
        if src.shape[-3] != 3:
            raise UserError(
                f'src: expected 3 channels (RGB), got {src.shape[-3]}; drop an alpha channel, '
                'repeat a grey one'
            )
        if not src.is_floating_point():
            raise UserError('src: expected float in 0..1; divide integers by their maximum')
        if not 0.0 < downsample_ratio <= 1.0:
            raise UserError(f'downsample_ratio: expected 0 < ratio <= 1, got {downsample_ratio}')
        if downsample_ratio != 1.0 and (
            src.shape[-2] * downsample_ratio < 1 or src.shape[-1] * downsample_ratio < 1
        ):
            raise UserError(
                f'downsample_ratio: {downsample_ratio} leaves nothing of a source of '
                f'{src.shape[-1]}x{src.shape[-2]} pixels; use a larger one'
            )


def _fold(src: Tensor) -> tuple[Tensor, int]:
    """Return the frames [N, 3, H, W] of a clip or a frame, and the number of clips."""
    if src.dim() == 5:
        return src.flatten(0, 1), src.shape[0]
    return src, src.shape[0]
