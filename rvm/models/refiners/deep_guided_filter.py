"""The trained refiner: a guided filter whose linear model is predicted by 1x1 convolutions."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rvm.registry import MODELS


@MODELS.register_module()
class DeepGuidedFilterRefiner(nn.Module):
    """Deep guided filter (Wu et al., Fast End-to-End Trainable Guided Filter, 2018; paper 3.3).

    The guide x is the source with its channel mean appended, y is the foreground residual and
    alpha, four channels each. On the small images, with 3x3 means `m(.)`::

        cov = m(x * y) - m(x) * m(y)        var = m(x * x) - m(x) * m(x)
        A = conv(cat[cov, var, hid])        b = m(y) - A * m(x)

    A and b are upsampled bilinearly, and the result is `A * x_full + b`. The mean filter is a
    depthwise convolution whose weight is learned like any other; it starts at 1/9.

    Args:
        hid_channels: Channels of the decoder's features; the network fills this in.
        channels: Channels between the 1x1 convolutions.
    """

    def __init__(self, hid_channels: int, channels: int = 16) -> None:
        super().__init__()
        self.box_filter = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False)
        nn.init.constant_(self.box_filter.weight, 1 / 9)
        self.conv = nn.Sequential(
            nn.Conv2d(4 + 4 + hid_channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, 4, 1),
        )

    def forward(
        self, src: Tensor, src_small: Tensor, fgr_residual: Tensor, pha: Tensor, hid: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Lift foreground residual and alpha to the size of the source.

        Args:
            src: [N, 3, H, W] in 0..1.
            src_small: [N, 3, h, w] in 0..1.
            fgr_residual: [N, 3, h, w], not clamped.
            pha: [N, 1, h, w], not clamped.
            hid: [N, hid_channels, h, w].

        Returns:
            fgr_residual: [N, 3, H, W], not clamped.
            pha: [N, 1, H, W], not clamped.
        """
        x = torch.cat([src_small, src_small.mean(1, keepdim=True)], dim=1)
        y = torch.cat([fgr_residual, pha], dim=1)
        mean_x = self.box_filter(x)
        mean_y = self.box_filter(y)
        cov = self.box_filter(x * y) - mean_x * mean_y
        var = self.box_filter(x * x) - mean_x * mean_x
        a = self.conv(torch.cat([cov, var, hid], dim=1))
        b = mean_y - a * mean_x
        return apply_linear_model(a, b, src)


def apply_linear_model(a: Tensor, b: Tensor, src: Tensor) -> tuple[Tensor, Tensor]:
    """Upsample a, b [N, 4, h, w]; return `a * x + b` split into [N, 3, H, W] and [N, 1, H, W]."""
    x = torch.cat([src, src.mean(1, keepdim=True)], dim=1)
    size = src.shape[2:]
    # one operator for both, then one pass: at full size memory traffic is all the cost
    ab = F.interpolate(torch.cat([a, b], dim=1), size, mode='bilinear', align_corners=False)
    out = torch.addcmul(ab[:, 4:], ab[:, :4], x)
    return out[:, :3], out[:, 3:]
