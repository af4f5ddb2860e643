"""The shape legend, and the types that more than one package names.

Letters in docstrings, always in this order:

| letter | meaning |
|---|---|
| B | clips in a batch |
| T | frames of a clip |
| N | frames of a batch, N = B * T, clip by clip |
| C | channels |
| H, W | height and width in pixels |
| h, w | height and width of the downsampled source, h = floor(H * ratio) |

Images are RGB, float, 0..1, unless a docstring says otherwise. A clip is `[B, T, C, H, W]`, a frame
`[B, C, H, W]`. Names of tensors:

| name | shape | meaning |
|---|---|---|
| src | [B, T, 3, H, W] | the picture to matte: src = pha * fgr + (1 - pha) * bgr |
| fgr | [B, T, 3, H, W] | foreground colour |
| pha | [B, T, 1, H, W] | alpha matte, 1 where the person is |
| bgr | [B, T, 3, H, W] | background |
| seg | [B, T, 1, H, W] | segmentation: logits when predicted, 0..1 when true |
| hid | [N, 16, h, w] | last features of the decoder, at the size of the small source |
| state | see `State` | memory of the recurrent decoder |

The batches of training and evaluation are plain dicts: matting `{fgr, pha, bgr}`, segmentation
`{src, seg}`.
"""

from typing import Optional

from torch import Tensor

State = tuple[Tensor, Tensor, Tensor, Tensor]
"""Memory after a frame: r1 [B, C1, ceil(h/2), ceil(w/2)] .. r4 [B, C4, ceil(h/16), ceil(w/16)]."""

MaybeState = Optional[State]  # noqa: UP045 - torch.jit.script needs typing.Optional
"""None before the first frame."""
