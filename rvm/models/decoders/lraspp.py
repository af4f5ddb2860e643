"""Lite R-ASPP: a cheap global context for the deepest feature map."""

import torch.nn.functional as F
from torch import Tensor, nn

from rvm.registry import MODELS


@MODELS.register_module()
class LRASPP(nn.Module):
    """Lite reduced atrous spatial pyramid pooling (Howard et al., Searching for MobileNetV3, 2019).

    `relu(bn(conv1x1(x))) * sigmoid(conv1x1(global_average(x)))`, both convolutions without bias.

    Args:
        in_channels: Channels of the stride-16 map; the network fills this in.
        out_channels: Channels of the result.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.project = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )
        self.gate = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, in_channels, H, W] to [N, out_channels, H, W]; every frame on its own."""
        gate = self.gate(F.adaptive_avg_pool2d(x, 1)).sigmoid()
        return self.project(x) * gate
