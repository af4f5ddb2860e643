"""What the metrics accept: NumPy arrays or torch tensors of 8, 16 bit or float, checked, by frame.

A frame reaches the metrics as a C-contiguous array [H, W], in the type that was given.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from rvm.errors import DataError

PEAKS = {'uint8': 255, 'uint16': 65535, 'float16': 1, 'float32': 1, 'float64': 1}
"""The value that stands for 1, by the name of the type."""
TOLERANCE = 1e-3
"""How far floats may lie outside 0..1 (a resampling filter overshoots by as much)."""

Array = np.ndarray | torch.Tensor


def type_name(array: Array) -> str:
    """Return the name of an array's type, such as 'uint8', whatever the order of its bytes."""
    if isinstance(array, np.ndarray):
        return array.dtype.name
    return str(array.dtype).removeprefix('torch.')


def check_alike(**arrays: Array) -> None:
    """Refuse arrays that differ in kind, device or shape, or are of no type of `PEAKS`.

    Args:
        arrays: By the names that the sentence shall call them; all of one shape.
    """
    check_arrays(**arrays)
    (first, one), *others = arrays.items()
    for name, array in others:
        if array.shape != one.shape:
            raise DataError(
                f'{first} has shape {list(one.shape)} and {name} {list(array.shape)}: '
                'give both in one shape, nothing is broadcast or resized'
            )


def check_arrays(**arrays: Array) -> None:
    """Refuse what is no array of a type of `PEAKS`, is empty, or lies on another device."""
    places = {}
    for name, array in arrays.items():
        if not isinstance(array, Array):
            raise DataError(
                f'{name} is a {type(array).__name__}: give a NumPy array or a torch tensor'
            )
        if type_name(array) not in PEAKS:
            raise DataError(
                f'{name} is {type_name(array)}: give uint8 in 0..255, uint16 in 0..65535 '
                'or float16, float32 or float64 in 0..1'
            )
        if array.ndim < 2:
            raise DataError(f'{name} has shape {list(array.shape)}: give frames [..., H, W]')
        if 0 in array.shape:
            raise DataError(f'{name} has shape {list(array.shape)}, which holds no pixels')
        places[name] = str(array.device) if isinstance(array, torch.Tensor) else 'numpy'
    (first, place), *others = places.items()
    for name, other in others:
        if other != place:
            raise DataError(f'{first} is on {place} and {name} on {other}: give both on one')


def check_clip(array: Array) -> None:
    """Refuse what is no clip [..., T, H, W], or seems to have a channel dimension.

    [B, 1, H, W] is refused on purpose, though it might be a batch of clips of one frame: nearly
    always it is one clip with a channel, whose dtSSD would be 0 unseen; that of clips of one frame
    is 0 anyway.
    """
    shape = list(array.shape)
    if array.ndim < 3:
        raise DataError(f'pred and true have shape {shape}: dtSSD needs clips [T, H, W]')
    if array.ndim > 3 and shape[-3] == 1:
        raise DataError(
            f'pred and true have shape {shape}, which would be clips [..., T, H, W] of one frame: '
            'drop the channel dimension; if they are clips of one frame, leave them out, their '
            'dtSSD is 0'
        )


def check_foreground(fgr: Array, pha: Array) -> None:
    """Refuse a foreground that is not [..., 3, H, W] where its alpha is [..., H, W]."""
    check_arrays(fgr=fgr, true_pha=pha)
    expected = [*pha.shape[:-2], 3, *pha.shape[-2:]]
    if list(fgr.shape) != expected:
        raise DataError(
            f'the foregrounds have shape {list(fgr.shape)} and true_pha {list(pha.shape)}: give '
            'foregrounds [..., 3, H, W] and alpha [..., H, W] of one size, without a channel'
        )


def check_where(where: Array, true: Array) -> None:
    """Refuse a region that is no bool array like `true`."""
    if not isinstance(where, type(true)) or type_name(where) != 'bool':
        raise DataError('where is no array of bool of the kind of true: give [..., H, W] bool')
    if where.shape != true.shape:
        raise DataError(
            f'where has shape {list(where.shape)} and true {list(true.shape)}: give one for each '
            'pixel'
        )
    if isinstance(where, torch.Tensor) and where.device != true.device:
        raise DataError(f'where is on {where.device} and true on {true.device}: give both on one')


def on_gpu(array: Array) -> bool:
    """Whether an array is a tensor on a CUDA device."""
    return isinstance(array, torch.Tensor) and array.is_cuda


@dataclass(frozen=True)
class Frames:
    """The frames of an array, on the CPU, one after another.

    Attributes:
        name: What messages call the array.
        array: [..., H, W] of a type of `PEAKS`, or bool.
        planes: How many [H, W] make a frame, for messages.
    """

    name: str
    array: Array
    planes: int = 1

    def __len__(self) -> int:
        return int(np.prod(self.array.shape[:-2]))

    def __iter__(self) -> Iterator[np.ndarray]:
        flat = self.array.reshape(-1, *self.array.shape[-2:])
        for number, frame in enumerate(flat):
            if isinstance(frame, torch.Tensor):
                frame = frame.detach().cpu().numpy()
            frame = np.ascontiguousarray(frame, frame.dtype.newbyteorder('='))
            if frame.dtype.kind == 'f':
                check_range(
                    self.name, number // self.planes, float(frame.min()), float(frame.max())
                )
            yield frame


def check_range(name: str, number: int, low: float, high: float) -> None:
    """Refuse a frame of floats whose smallest and largest value are not in 0..1."""
    if not (low >= -TOLERANCE and high <= 1 + TOLERANCE):  # so that NaN is refused
        held = f'values in {low:.4g}..{high:.4g}' if low <= high else 'NaN'
        raise DataError(f'{name} holds {held} in frame {number}: floats must be in 0..1')


def common(pred: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Return both frames in one type, and the value that stands for 1 in it."""
    if pred.dtype == true.dtype != np.float16:
        return pred, true, PEAKS[pred.dtype.name]
    double = 'float64' in (pred.dtype.name, true.dtype.name)
    kind = np.float64 if double else np.float32
    return as_float(pred, kind), as_float(true, kind), 1


def as_float(frame: np.ndarray, kind: type) -> np.ndarray:
    """Return a frame in 0..1 as floats of a type."""
    peak = PEAKS[frame.dtype.name]
    # Divided, not multiplied by the inverse: v / 255 has then the bits that callers get.
    return frame.astype(kind) / kind(peak) if peak != 1 else frame.astype(kind)


def framewise(
    function: Callable[..., float], like: Array, *streams: Frames | None
) -> np.ndarray | torch.Tensor | np.float64:
    """Return the values of all frames, in the kind, on the device and by the leading shape of one.

    Args:
        function: From a frame of each stream to its value.
        like: [..., H, W].
        streams: Equally many frames each; None gives None every time.
    """
    count = len(Frames('', like))
    columns = [[None] * count if stream is None else stream for stream in streams]
    values = [function(*frames) for frames in zip(*columns, strict=True)]
    return shaped(values, like)


def shaped(values: list[float], like: Array) -> np.ndarray | torch.Tensor | np.float64:
    """Return the values of all frames of `like` [..., H, W]: [...] float64 of its kind, there."""
    shape = tuple(like.shape[:-2])
    if isinstance(like, torch.Tensor):
        return torch.tensor(values, dtype=torch.float64, device=like.device).reshape(shape)
    return np.array(values, np.float64).reshape(shape)[()]
