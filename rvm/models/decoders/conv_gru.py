"""The convolutional GRU: the only module that knows time."""

from typing import Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rvm.errors import UserError


class ConvGRU(nn.Module):
    """Convolutional gated recurrent unit over the frames of a clip.

    For every frame (paper section 3.2; `*` is elementwise, convolutions have a bias)::

        r, z = split(sigmoid(conv_ih(cat[x, h])))
        c = tanh(conv_hh(cat[x, r * h]))
        h = (1 - z) * h + z * c            # the output, too

    A convolution of `cat[x, h]` is the sum of one of x and one of h, so all that depends on x alone
    is computed by one convolution for all frames at once, and only the rest runs frame by frame.
    The weights keep the joint shape of the published checkpoints.

    Args:
        channels: Channels of input, memory and output.
        kernel_size: Odd size of the square kernels.
    """

    def __init__(self, channels: int, kernel_size: int = 3) -> None:
        super().__init__()
        self.channels = channels
        self.padding = kernel_size // 2
        self.conv_ih = nn.Conv2d(2 * channels, 2 * channels, kernel_size, padding=self.padding)
        self.conv_hh = nn.Conv2d(2 * channels, channels, kernel_size, padding=self.padding)

    def forward(
        self,
        x: Tensor,
        h: Optional[Tensor],  # noqa: UP045 - torch.jit.script
        batch_size: int,
    ) -> tuple[Tensor, Tensor]:
        """Run over all frames.

        Args:
            x: [N, C, H, W], the frames of each clip one after the other.
            h: [B, C, H, W], memory after the frame before; None at the start of a clip (zeros).
            batch_size: Number of clips B; N / B frames each.

        Returns:
            [N, C, H, W], the output for every frame, and [B, C, H, W], the memory after the last.

        Raises:
            UserError: The memory is of another size or batch.
        """
        if h is not None and (
            h.shape[0] != batch_size or h.shape[2] != x.shape[2] or h.shape[3] != x.shape[3]
        ):
            raise UserError(
                f'state: it is for {h.shape[0]} clips and {h.shape[3]}x{h.shape[2]} pixels at this '
                f'scale, the source has {batch_size} and {x.shape[3]}x{x.shape[2]}; start with '
                'state=None when size, ratio or batch change'
            )
        channels = self.channels
        weight_ih, weight_hh = self.conv_ih.weight, self.conv_hh.weight
        weight_x = torch.cat([weight_ih[:, :channels], weight_hh[:, :channels]])
        bias_ih, bias_hh = self.conv_ih.bias, self.conv_hh.bias
        assert bias_ih is not None
        assert bias_hh is not None
        from_x = F.conv2d(x, weight_x, torch.cat([bias_ih, bias_hh]), padding=self.padding)
        # [B, T, 3C, H, W]; a frame of it is a view without a copy when B = 1
        from_x = from_x.unflatten(0, (batch_size, x.shape[0] // batch_size))
        weight_gates = weight_ih[:, channels:].contiguous()
        weight_candidate = weight_hh[:, channels:].contiguous()

        outputs: list[Tensor] = []
        for frame in from_x.unbind(1):
            gates_x, candidate_x = frame.split([2 * channels, channels], dim=1)
            if h is None:  # the memory is zero: so is all that comes from it
                _, z = gates_x.sigmoid().chunk(2, dim=1)
                h = z * candidate_x.tanh()
            else:
                gates = gates_x + F.conv2d(h, weight_gates, padding=self.padding)
                r, z = gates.sigmoid().chunk(2, dim=1)
                candidate = candidate_x + F.conv2d(r * h, weight_candidate, padding=self.padding)
                h = (1 - z) * h + z * candidate.tanh()
            outputs.append(h)
        assert h is not None
        if batch_size == 1:  # unlike `stack`, `cat` keeps the memory layout (channels last)
            return torch.cat(outputs), h
        return torch.stack(outputs, 1).flatten(0, 1), h
