"""The model that mmengine's Runner holds: preprocessing, network, and what comes out of them."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from rvm.errors import ConfigError, UserError
from rvm.models.automatic import check_chunk, check_ratio, chunk_for, ratio_for
from rvm.models.fuse import fuse_batch_norms
from rvm.registry import MODELS
from rvm.typing import MaybeState


@MODELS.register_module()
class MattingModel(BaseModel):
    """A matting network with what surrounds it in evaluation.

    Args:
        network: Config of the network, or the network.
        data_preprocessor: Config of the preprocessor.
        downsample_ratio: In evaluation, in (0, 1], or 'auto' (see `rvm.models.automatic`).
        chunk: Frames that the network sees at once in evaluation, or 'auto'. Results do not depend
            on it (to float rounding), memory does.

    Raises:
        ConfigError: There is no network.
    """

    def __init__(
        self,
        network: Mapping[str, Any] | nn.Module | None,
        data_preprocessor: Mapping[str, Any] | None = None,
        downsample_ratio: float | str = 1.0,
        chunk: int | str = 'auto',
        init_cfg: Mapping[str, Any] | None = None,
    ):
        if network is None:
            raise ConfigError(
                'model.network is None: this config takes the network from the checkpoint, as '
                'tools/test.py does; name one (configs/_base_/models) for anything else'
            )
        super().__init__(
            data_preprocessor or {'type': 'rvm.MattingDataPreprocessor'}, init_cfg=init_cfg
        )
        self.network = network if isinstance(network, nn.Module) else MODELS.build(dict(network))
        self.downsample_ratio = check_ratio(downsample_ratio)
        self.chunk = check_chunk(chunk)
        self._state: MaybeState = None
        self._expected: tuple[str, int] | None = None

    def forward(self, mode: str = 'tensor', **batch: Any) -> Any:
        """Run the network on a batch of the preprocessor.

        Args:
            mode: 'tensor' for `network(src)` at full size, 'predict' for `predict`.
            batch: See `MattingDataPreprocessor`.
        """
        if mode == 'tensor':
            return self.network(batch['src'])
        if mode == 'predict':
            return self.predict(batch)
        raise ValueError(f"mode must be 'tensor' or 'predict', not {mode!r}")

    def fuse(self) -> None:
        """Fold the batch norms into the convolutions, for good: faster, and no longer trainable."""
        self.network = fuse_batch_norms(self.network)

    @torch.no_grad()
    def predict(self, batch: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Matte the clips of a batch, or go on with one whose last chunk was in the batch before.

        Pictures are 8-bit files in this field: a source composited here is rounded to 8 bits before
        the network sees it, and results and truth come as 8 bits, rounded.

        Args:
            batch: src [B, T, 3, H, W] in 0..1; pha and, if there is one, fgr, uint8 in 0..255 or
                float in 0..1; 'clip' [B] names. For a chunk of a clip (B is 1) 'start' [B], the
                number of its first frame, 'length' [B] and 'frames', names of frames.

        Returns:
            A dict a clip, on the CPU, uint8 in 0..255: pred_pha, true_pha [T, 1, H, W], pred_fgr,
            true_fgr [T, 3, H, W] (true_fgr only if there is one), src [T, 3, H, W] if it was
            composited here; 'clip', 'frames', 'start', 'length'.
        """
        src = batch['src']
        composited = batch['pha'].is_floating_point()
        if composited:
            src = src.mul(255).round_().div_(255)
        starts = [int(start) for start in batch.get('start', [0] * len(src))]
        results = []
        for number, start in enumerate(starts):
            clip, frames = batch['clip'][number], self._frame_names(batch, number, start)
            length = int(batch['length'][number]) if 'length' in batch else len(frames)
            if start and self._expected != (clip, start):
                raise ValueError(
                    f'{clip}: frame {start} does not follow what was predicted before '
                    f'({self._expected}); chunks of a clip must come in order'
                )
            fgr, pha = self._run(src[number], self._state if start else None, clip, start)
            self._expected = (clip, start + len(frames))
            if start + len(frames) == length:
                self._state, self._expected = None, None
            result = {
                'clip': clip,
                'frames': frames,
                'start': start,
                'length': length,
                'pred_fgr': fgr,
                'pred_pha': pha,
                'true_pha': to_uint8(batch['pha'][number]),
            }
            if 'fgr' in batch:
                result['true_fgr'] = to_uint8(batch['fgr'][number])
            if composited:
                result['src'] = to_uint8(src[number])
            results.append(result)
        return results

    def _run(self, src: Tensor, state: MaybeState, clip: str, start: int) -> tuple[Tensor, Tensor]:
        """Return fgr [T, 3, H, W] and pha [T, 1, H, W], uint8 on the CPU; keep the state."""
        height, width = src.shape[-2:]
        ratio = ratio_for(self.downsample_ratio, height, width)
        fgrs, phas = [], []
        for part in src.split(chunk_for(self.chunk, height, width)):
            part = part.contiguous(memory_format=torch.channels_last)
            fgr, pha, state = self.network(part[None], state, ratio)
            if not (torch.isfinite(pha).all() and torch.isfinite(fgr).all()):
                raise UserError(
                    f'{clip}: the network predicts values that are no numbers, between frames '
                    f'{start} and {start + len(src) - 1}; check the checkpoint (has its training '
                    'diverged?), or test in float32'
                )
            fgrs.append(to_uint8(fgr[0]))
            phas.append(to_uint8(pha[0]))
        self._state = state
        return torch.cat(fgrs), torch.cat(phas)

    def _frame_names(self, batch: Mapping[str, Any], number: int, start: int) -> list[str]:
        frames = batch.get('frames')
        if isinstance(frames, list):
            return frames[number]
        return [f'{start + time:04d}' for time in range(batch['src'].shape[1])]


def to_uint8(pictures: Tensor) -> Tensor:
    """Return pictures on the CPU as uint8 in 0..255; floats are confined to 0..1 and rounded."""
    if pictures.dtype != torch.uint8:
        pictures = pictures.clamp(0, 1).mul_(255).round_().to(torch.uint8)
    return pictures.cpu()
