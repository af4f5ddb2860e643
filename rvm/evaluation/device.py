"""The metrics of tensors on a GPU, frame by frame, in float32 with sums in float64."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from rvm.evaluation.arrays import PEAKS, check_range, type_name
from rvm.evaluation.gradient import HALF, gradient_scale, kernels


def differences(pred: Tensor, true: Tensor) -> Iterator[Tensor]:
    """Yield pred - true of each frame, [H, W] in -1..1, float32 or float64.

    Args:
        pred: [..., H, W].
        true: [..., H, W].
    """
    for one, other in zip(_frames('pred', pred), _frames('true', true), strict=True):
        yield one - other


def error_sums(pred: Tensor, true: Tensor, power: int, where: Tensor | None = None) -> Tensor:
    """Return the sums of |pred - true|^power of each frame, [...] float64.

    Args:
        pred: [..., H, W].
        true: [..., H, W].
        power: 1 or 2.
        where: bool that broadcasts to [..., H, W], the pixels to count; None for all.
    """
    regions = None
    if where is not None:
        regions = where.expand(pred.shape).reshape(-1, *pred.shape[-2:])
    sums = []
    for number, difference in enumerate(differences(pred, true)):
        error = difference.abs() if power == 1 else difference.square()
        if regions is not None:
            error = error * regions[number]
        sums.append(error.sum(dtype=torch.float64))
    return _stack(sums, pred.shape[:-2])


def gradient_errors(pred: Tensor, true: Tensor, protocol: str) -> Tensor:
    """Return what `gradient.gradient_error` does, for each frame: [...] float64."""
    sums = []
    pairs = zip(_frames('pred', pred, protocol), _frames('true', true, protocol), strict=True)
    for one, other in pairs:
        difference = _magnitude(one.float()) - _magnitude(other.float())
        sums.append(difference.square().sum(dtype=torch.float64))
    return _stack(sums, pred.shape[:-2])


def temporal_errors(pred: Tensor, true: Tensor) -> Tensor:
    """Return the mean squared change of pred - true since the frame before: [..., T] float64."""
    values, before = [], None
    length = pred.shape[-3]
    for number, difference in enumerate(differences(pred, true)):
        if number % length == 0:
            values.append(torch.zeros((), dtype=torch.float64, device=pred.device))
        else:
            values.append((difference - before).square().mean(dtype=torch.float64))
        before = difference
    return _stack(values, pred.shape[:-2])


def _frames(name: str, array: Tensor, protocol: str | None = None) -> Iterator[Tensor]:
    """Yield frames [H, W] in 0..1, checked; scaled as a protocol of the gradients wants it."""
    peak = PEAKS[type_name(array)]
    for number, frame in enumerate(array.detach().reshape(-1, *array.shape[-2:])):
        frame = frame if frame.dtype == torch.float64 else frame.float()
        if peak == 1 or protocol == 'low':
            low, high = (value.item() for value in frame.aminmax())
        if peak == 1:
            check_range(name, number, low, high)
        if protocol == 'low':
            yield (frame - low) * gradient_scale(low, high, peak, protocol)
        else:
            yield frame / peak


def _magnitude(frame: Tensor) -> Tensor:
    along, across = kernels()
    x = _filter(_filter(frame, along, 1), across, 0)
    y = _filter(_filter(frame, across, 1), along, 0)
    return torch.hypot(x, y)


def _filter(frame: Tensor, kernel: Tensor, dim: int) -> Tensor:
    """Return a frame [H, W] correlated with [9] along a dimension, its border repeated."""
    # A sum of shifted frames, not a convolution: cuDNN would round its inputs to TF32.
    sides = (HALF, HALF, 0, 0) if dim == 1 else (0, 0, HALF, HALF)
    padded = F.pad(frame[None, None], sides, mode='replicate')[0, 0]
    size = frame.shape[dim]
    return sum(float(tap) * padded.narrow(dim, k, size) for k, tap in enumerate(kernel))


def _stack(values: list[Tensor], shape: torch.Size) -> Tensor:
    return torch.stack(values).reshape(shape)
