"""Frames in, foreground and alpha out: the network with its recurrent state, for any footage."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from rvm.allocator import keep_freed_memory
from rvm.errors import UserError
from rvm.inference.memory import explain_out_of_memory
from rvm.inference.scene_cut import SceneCutDetector
from rvm.models.automatic import check_chunk, check_ratio, chunk_for, ratio_for
from rvm.models.fuse import fuse_batch_norms
from rvm.models.matting_network import MattingNetwork
from rvm.typing import MaybeState

Picture = np.ndarray | Tensor


class Matter:
    """Mattes streams of frames and stills; owns the recurrent state.

    Runs under inference mode. The state starts anew with every `stream`, at a change of size, at
    `reset()`, and at scene cuts if asked.

    Args:
        network: The network; a copy for inference is made of it (see `rvm.models.fuse`).
        downsample_ratio: In (0, 1], or 'auto': `min(512 / max(h, w), 1)` for each size met.
        chunk: Frames that the network sees at once, or 'auto': 4, fewer for large ones (2 at 4K).
            Results do not depend on it (to float rounding); memory and delay grow with it.
        device: 'auto' (CUDA if there, else Apple's GPU, else CPU) or a torch device.
        dtype: Type the network computes in; float16 and bfloat16 are for GPUs.
        scene_threshold: Reset at cuts where pictures differ by more than this (see
            `SceneCutDetector`; 0.2 is a good start). None: never.
        channels_last: Memory layout of the network; the faster one on CPUs, equal results.
        keep_memory: On the CPU, see `rvm.allocator.keep_freed_memory`.

    Raises:
        UserError: A wrong value.
    """

    def __init__(
        self,
        network: MattingNetwork,
        downsample_ratio: float | str = 'auto',
        chunk: int | str = 'auto',
        device: str | torch.device = 'auto',
        dtype: torch.dtype = torch.float32,
        scene_threshold: float | None = None,
        channels_last: bool = True,
        keep_memory: bool = True,
    ) -> None:
        self.downsample_ratio = check_ratio(downsample_ratio)
        self.chunk = check_chunk(chunk)
        self.device = choose_device(device)
        self.dtype = dtype
        if keep_memory and self.device.type == 'cpu':
            keep_freed_memory()
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        if isinstance(network, MattingNetwork):
            network = fuse_batch_norms(network)
        self.network = network.eval().to(self.device, dtype, memory_format=self.memory_format)
        self._cuts = None if scene_threshold is None else SceneCutDetector(scene_threshold)
        self._state: MaybeState = None
        self._size: tuple[int, int] | None = None
        self.reset()

    def reset(self) -> None:
        """Forget all frames seen; the next one that a stream takes starts a new clip.

        With chunks of several frames a stream may have taken some whose results are still to come.
        """
        self._starts_anew = True

    def stream(
        self, frames: Iterable[Picture], resume: bool = False
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Matte frames one after the other; memory does not grow with their number.

        Args:
            frames: Each a NumPy array [H, W, 3] or a tensor [3, H, W]: RGB, uint8 in 0..255,
                uint16 in 0..65535 or float in 0..1. Read lazily, at most `chunk` ahead.
            resume: Go on from the state of the stream before instead of starting anew.

        Yields:
            fgr [3, H, W] and pha [1, H, W] in 0..1, on the device, for every frame.

        Raises:
            UserError: A frame of the wrong shape or range, or too little GPU memory.
        """
        if not resume:
            self.reset()
        pending: list[Tensor] = []
        for number, frame in enumerate(frames):
            picture = _to_tensor(frame, number)
            size = (picture.shape[1], picture.shape[2])
            cut = self._cuts is not None and self._cuts(picture)
            if cut or self._starts_anew or size != self._size:
                yield from self._flush(pending)
                self._state, self._starts_anew = None, False
            self._size = size
            pending.append(picture)
            if len(pending) == self.chunk_for(*size):
                yield from self._flush(pending)
        yield from self._flush(pending)

    def image(self, image: Picture) -> tuple[Tensor, Tensor]:
        """Matte a still, on its own; the state of a stream under way is left alone.

        Args:
            image: As a frame of `stream`.

        Returns:
            fgr [3, H, W] and pha [1, H, W] in 0..1, on the device.
        """
        fgr, pha, _ = self._run([_to_tensor(image, 0)], None)
        return fgr[0], pha[0]

    def ratio_for(self, height: int, width: int) -> float:
        """Return the downsample ratio used for frames of this size."""
        return ratio_for(self.downsample_ratio, height, width)

    def chunk_for(self, height: int, width: int) -> int:
        """Return the number of frames of this size that the network sees at once."""
        return chunk_for(self.chunk, height, width)

    def _flush(self, pending: list[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """Run the pending frames, empty the list, return a pair a frame."""
        if not pending:
            return []
        fgr, pha, self._state = self._run(pending, self._state)
        pending.clear()
        return list(zip(fgr, pha, strict=True))

    @torch.inference_mode()
    def _run(
        self, pictures: Sequence[Tensor], state: MaybeState
    ) -> tuple[Tensor, Tensor, MaybeState]:
        height, width = pictures[0].shape[1:]
        ratio = self.ratio_for(height, width)
        with explain_out_of_memory(width, height, len(pictures), ratio):
            src = torch.stack([_to_unit_range(p.to(self.device), self.dtype) for p in pictures])
            src = src.contiguous(memory_format=self.memory_format)
            # one clip, [1, T, 3, H, W]; unflatten keeps the memory layout
            fgr, pha, state = self.network(src.unflatten(0, (1, len(pictures))), state, ratio)
        return fgr[0], pha[0], state


def choose_device(device: str | torch.device) -> torch.device:
    """Return the device, choosing the fastest kind there is for 'auto'."""
    if device != 'auto':
        try:
            chosen = torch.device(device)
        except RuntimeError as error:
            raise UserError(f"device: expected 'auto' or a torch device, got {device!r}") from error
        if chosen.type == 'cuda' and not torch.cuda.is_available():
            raise UserError(f'device: {device} is asked for, but torch finds no CUDA device')
        try:
            torch.empty(1, device=chosen)
        except (RuntimeError, AssertionError, ImportError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise UserError(f'device: {device} cannot be used here ({reason})') from error
        return chosen
    if torch.cuda.is_available():
        return torch.device('cuda')
    return torch.device('mps' if torch.backends.mps.is_available() else 'cpu')


def _to_tensor(frame: Picture, number: int) -> Tensor:
    """Return a frame as [3, H, W] of its own type, without a copy; refuse what is none."""
    if isinstance(frame, np.ndarray):
        expected, channel_dim = 'an array [H, W, 3]', 2
        if not frame.flags.writeable:
            frame = frame.copy()  # torch shares memory and insists on being allowed to write
        shape, picture = frame.shape, torch.from_numpy(np.ascontiguousarray(frame))
    elif isinstance(frame, Tensor):
        expected, channel_dim = 'a tensor [3, H, W]', 0
        shape, picture = tuple(frame.shape), frame.detach()
    else:
        raise UserError(f'frame {number}: expected an array or a tensor, got {type(frame)}')
    if len(shape) != 3 or shape[channel_dim] != 3:
        hint = '; drop the alpha channel' if 4 in shape else ''
        raise UserError(f'frame {number}: expected {expected}, RGB, got {list(shape)}{hint}')
    if 0 in shape:
        raise UserError(f'frame {number}: it is empty, {list(shape)}')
    if picture.is_floating_point():
        low, high = (float(v) for v in picture.aminmax())
        if not (low >= -1e-3 and high <= 1 + 1e-3):
            raise UserError(
                f'frame {number}: floats must lie in 0..1, these span {low:.4g}..{high:.4g}; '
                'divide by 255, or pass uint8'
            )
    elif picture.dtype not in (torch.uint8, torch.uint16):
        raise UserError(
            f'frame {number}: expected uint8, uint16 or float in 0..1, got {picture.dtype}'
        )
    return picture.permute(2, 0, 1) if channel_dim == 2 else picture


def _to_unit_range(picture: Tensor, dtype: torch.dtype) -> Tensor:
    """Convert integers to 0..1; floats change their type only."""
    if picture.dtype == torch.uint8:
        return picture.to(dtype).div_(255)
    if picture.dtype == torch.uint16:
        return picture.to(torch.float32).div_(65535).to(dtype)
    return picture.to(dtype)
