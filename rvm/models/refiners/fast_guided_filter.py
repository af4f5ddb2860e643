"""The refiner without weights: the classic guided filter."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rvm.models.refiners.deep_guided_filter import apply_linear_model
from rvm.registry import MODELS


@MODELS.register_module()
class FastGuidedFilterRefiner(nn.Module):
    """Fast guided filter (He and Sun, 2015): `A = cov / (var + eps)`, no weights.

    Guide, target and the upsampling of A and b are those of `DeepGuidedFilterRefiner`; the mean is
    a box of (2 radius + 1)^2 pixels with zero padding that counts (always the same divisor).

    Args:
        hid_channels: Taken and not used, as every refiner is built alike.
        radius: Radius of the box in pixels of the small image.
        eps: Regulariser of the variance.
    """

    def __init__(self, hid_channels: int = 0, radius: int = 1, eps: float = 1e-5) -> None:
        super().__init__()
        self.radius = radius
        self.eps = eps

    def forward(
        self, src: Tensor, src_small: Tensor, fgr_residual: Tensor, pha: Tensor, hid: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Lift residual and alpha to full size; shapes as in `DeepGuidedFilterRefiner`."""
        # In float32 the differences below cancel and 1 / eps turns the rounding into visible noise
        # (Apple's GPUs have no float64).
        dtype = torch.float32 if src.device.type == 'mps' else torch.float64
        x = torch.cat([src_small, src_small.mean(1, keepdim=True)], dim=1).to(dtype)
        y = torch.cat([fgr_residual, pha], dim=1).to(dtype)
        mean_x = self._mean(x)
        mean_y = self._mean(y)
        cov = self._mean(x * y) - mean_x * mean_y
        var = self._mean(x * x) - mean_x * mean_x
        a = cov / (var + self.eps)
        b = mean_y - a * mean_x
        return apply_linear_model(a.to(src.dtype), b.to(src.dtype), src)

    def _mean(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 2 * self.radius + 1, stride=1, padding=self.radius)
