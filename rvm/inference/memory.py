"""Running out of GPU memory, said in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from rvm.errors import UserError


@contextmanager
def explain_out_of_memory(width: int, height: int, chunk: int, ratio: float) -> Iterator[None]:
    """Turn torch's error in the block into one that says which option to lower.

    Args:
        width: Of the frames, in pixels.
        height: Likewise.
        chunk: Frames at once.
        ratio: Downsample ratio in (0, 1].

    Raises:
        UserError: The block ran out of GPU memory.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        advice = 'lower the ratio (--downsample-ratio)'
        if chunk > 1:
            advice = 'lower the chunk first (--chunk), then the ratio (--downsample-ratio)'
        raise UserError(
            f'out of GPU memory at {width}x{height} with chunk {chunk} and ratio {ratio:.3g}: '
            f'{advice}'
        ) from error
