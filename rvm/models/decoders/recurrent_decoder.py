"""The recurrent decoder: from four feature maps to full-resolution features, with memory."""

from collections.abc import Sequence
from typing import Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rvm.errors import UserError
from rvm.models.decoders.conv_gru import ConvGRU
from rvm.registry import MODELS
from rvm.typing import MaybeState, State


@MODELS.register_module()
class RecurrentDecoder(nn.Module):
    """U-shaped decoder with a ConvGRU at strides 16, 8, 4 and 2 (paper section 3.2).

    At every scale half of the channels pass through a ConvGRU; the other half has no memory. `s_k`
    are 2x2 average pools of the small source. Each scale upsamples the one before bilinearly, crops
    it to the skip's size, and convolves `cat[x, f_k, s_k]`.

    Args:
        feature_channels: Channels of the maps at strides 2, 4, 8 and of the context at 16; the
            network fills this in.
        channels: Channels of the outputs at strides 8, 4, 2 and 1.

    Attributes:
        out_channels: Channels of `hid`.
        state_channels: Channels of r1 .. r4.
    """

    def __init__(self, feature_channels: Sequence[int], channels: Sequence[int]) -> None:
        super().__init__()
        f1, f2, f3, f4 = feature_channels
        if len(channels) != 4:
            raise UserError(
                f'decoder.channels: expected four numbers (strides 8, 4, 2, 1), got {channels}'
            )
        d3, d2, d1, d0 = channels
        odd = [count for count in (f4, d3, d2, d1) if count % 2]
        if odd:
            raise UserError(
                f'RecurrentDecoder splits its channels in halves, {odd[0]} is odd: '
                'give even decoder.channels and aspp.out_channels'
            )
        self.decode4 = BottleneckBlock(f4)
        self.decode3 = UpsamplingBlock(f4, f3, 3, d3)
        self.decode2 = UpsamplingBlock(d3, f2, 3, d2)
        self.decode1 = UpsamplingBlock(d2, f1, 3, d1)
        self.decode0 = OutputBlock(d1, 3, d0)
        self.out_channels = d0
        self.state_channels = (d1 // 2, d2 // 2, d3 // 2, f4 // 2)

    def forward(
        self,
        s0: Tensor,
        features: list[Tensor],
        state: MaybeState,
        batch_size: int,
    ) -> tuple[Tensor, State]:
        """Decode all frames.

        Args:
            s0: [N, 3, h, w] in 0..1, the small source.
            features: Maps [N, C_k, ceil(h / s), ceil(w / s)] at strides 2, 4, 8, and the context
                at 16.
            state: Memory after the frame before, or None.
            batch_size: Number of clips B.

        Returns:
            hid: [N, out_channels, h, w].
            state: Memory after the last frame of every clip.
        """
        s1 = _halve(s0)
        s2 = _halve(s1)
        s3 = _halve(s2)
        f1, f2, f3, f4 = features
        r1: Optional[Tensor] = None  # noqa: UP045 - torch.jit.script
        r2: Optional[Tensor] = None  # noqa: UP045
        r3: Optional[Tensor] = None  # noqa: UP045
        r4: Optional[Tensor] = None  # noqa: UP045
        if state is not None:
            r1, r2, r3, r4 = state
        x4, n4 = self.decode4(f4, r4, batch_size)
        x3, n3 = self.decode3(x4, f3, s3, r3, batch_size)
        x2, n2 = self.decode2(x3, f2, s2, r2, batch_size)
        x1, n1 = self.decode1(x2, f1, s1, r1, batch_size)
        return self.decode0(x1, s0), (n1, n2, n3, n4)


class BottleneckBlock(nn.Module):
    """Stride 16: half of the context passes through the ConvGRU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gru = ConvGRU(channels // 2)

    def forward(
        self,
        x: Tensor,
        r: Optional[Tensor],  # noqa: UP045
        batch_size: int,
    ) -> tuple[Tensor, Tensor]:
        """Map [N, C, H, W] and the memory [B, C / 2, H, W] to the same."""
        a, b = x.chunk(2, dim=1)
        b, r = self.gru(b, r, batch_size)
        return torch.cat([a, b], dim=1), r


class UpsamplingBlock(nn.Module):
    """Strides 8, 4 and 2: upsample, join with skip and source, convolve, remember."""

    def __init__(
        self, in_channels: int, skip_channels: int, src_channels: int, out_channels: int
    ) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(
                in_channels + skip_channels + src_channels, out_channels, 3, padding=1, bias=False
            ),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )
        self.gru = ConvGRU(out_channels // 2)

    def forward(
        self,
        x: Tensor,
        f: Tensor,
        s: Tensor,
        r: Optional[Tensor],  # noqa: UP045
        batch_size: int,
    ) -> tuple[Tensor, Tensor]:
        """Join x [N, C, H/2, W/2], skip f and source s [N, ., H, W]; return [N, out, H, W]."""
        x = torch.cat([_upsample_to(x, s), f, s], dim=1)
        a, b = self.conv(x).chunk(2, dim=1)
        b, r = self.gru(b, r, batch_size)
        return torch.cat([a, b], dim=1), r


class OutputBlock(nn.Module):
    """Stride 1: upsample, join with the source, convolve twice; no memory."""

    def __init__(self, in_channels: int, src_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels + src_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor, s: Tensor) -> Tensor:
        """Join x [N, C, ceil(h / 2), ceil(w / 2)] with s [N, 3, h, w]; return [N, out, h, w]."""
        return self.conv(torch.cat([_upsample_to(x, s), s], dim=1))


def _halve(x: Tensor) -> Tensor:
    """Average 2x2 pixels; an odd last row or column is averaged over what is there."""
    return F.avg_pool2d(x, 2, 2, ceil_mode=True, count_include_pad=False)


def _upsample_to(x: Tensor, like: Tensor) -> Tensor:
    """Double the size bilinearly, less the row or column that an odd size has too many.

    The operator behind `F.interpolate` takes size and scale together: what a crop would drop is
    never computed, and torch.export sees no sizes that depend on being odd.
    """
    size = [like.shape[2], like.shape[3]]
    return torch.ops.aten.upsample_bilinear2d(x, size, False, 2.0, 2.0)
