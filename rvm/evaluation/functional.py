"""The metrics of video matting: arrays in, one value a frame out, scaled as they are published.

`pred` and `true` are alpha mattes: clips [T, H, W], batches of clips [..., T, H, W] or single
frames [H, W]; uint8 in 0..255, uint16 in 0..65535 or float in 0..1, not necessarily of one type.
NumPy arrays give NumPy float64, torch tensors give torch float64 on their device: [..., T] for
clips, one value for a frame. Tensors on a CUDA device are computed there, but for `conn`, which
copies them to the CPU. Zero is best; a truth against itself gives exactly 0. Wrong
input raises `DataError`.

The protocol is that of Robust Video Matting (Lin et al., "Robust High-Resolution
Video Matting with Temporal Guidance", WACV 2022, section 4): MAD and MSE times 1e3, dtSSD times
1e2, Grad and Conn in thousands. It has two forms:

- 'low' (512x288, 512x512): all measures; Grad normalises each frame to 0..1 first.
- 'high' (1920x1080, 2048x2048): Grad without normalisation; Conn is not reported.
"""

import functools

import cv2
import numpy as np
import torch

from rvm.errors import DataError
from rvm.evaluation import device
from rvm.evaluation.arrays import (
    Array,
    Frames,
    check_alike,
    check_clip,
    check_foreground,
    check_where,
    common,
    framewise,
    on_gpu,
    shaped,
)
from rvm.evaluation.connectivity import connectivity_error
from rvm.evaluation.gradient import gradient_error
from rvm.evaluation.region import unknown_region

__all__ = [
    'PROTOCOLS',
    'conn',
    'dtssd',
    'fgr_mad',
    'fgr_mse',
    'grad',
    'mad',
    'mse',
    'sad',
    'unknown_region',
]

PROTOCOLS = ('low', 'high')
_NORMS = {1: cv2.NORM_L1, 2: cv2.NORM_L2SQR}

Values = np.ndarray | torch.Tensor
"""One value a frame, float64."""


def mad(pred: Array, true: Array, where: Array | None = None) -> Values:
    """Mean absolute difference: mean(|pred - true|) * 1e3.

    Args:
        pred: [..., H, W], see the module.
        true: [..., H, W].
        where: [..., H, W] bool, the pixels to average over, such as `unknown_region(true)`; None
            for all. A frame without any gives NaN.

    Returns:
        [...] in 0..1000.
    """
    return _mean_error(pred, true, where, 1)


def mse(pred: Array, true: Array, where: Array | None = None) -> Values:
    """Mean squared error: mean((pred - true)^2) * 1e3.

    Args:
        pred: [..., H, W], see the module.
        true: [..., H, W].
        where: [..., H, W] bool, the pixels to average over; None for all. A frame without any
            gives NaN.

    Returns:
        [...] in 0..1000.
    """
    return _mean_error(pred, true, where, 2)


def sad(pred: Array, true: Array, where: Array | None = None) -> Values:
    """Sum of absolute differences: sum(|pred - true|) / 1000.

    Grows with the size of the picture; as in Rhemann et al., "A Perceptually Motivated Online
    Benchmark for Image Matting" (CVPR 2009), where the sum goes over the unknown region.

    Args:
        pred: [..., H, W], see the module.
        true: [..., H, W].
        where: [..., H, W] bool, the pixels to sum over; None for all. A frame without any gives 0.

    Returns:
        [...] in thousands of pixels.
    """
    sums, _ = _errors(pred, true, where, 1)
    return sums / 1000


def grad(pred: Array, true: Array, protocol: str = 'low') -> Values:
    """Gradient error: sum((|grad pred| - |grad true|)^2) / 1000.

    Gradients are taken with first derivatives of a Gaussian of sigma 1.4, cut off where it falls
    below 0.01 (9x9) and divided by their L2 norm, borders repeated, in float32 (Rhemann et al.,
    CVPR 2009).

    Args:
        pred: [..., H, W], see the module.
        true: [..., H, W].
        protocol: 'low' normalises each frame of both to 0..1 by its smallest and largest value (a
            constant frame to 0); 'high' does not.

    Returns:
        [...] in thousands.
    """
    if protocol not in PROTOCOLS:
        raise DataError(f'protocol is {protocol!r}: give one of {", ".join(PROTOCOLS)}')
    check_alike(pred=pred, true=true)
    if on_gpu(pred):
        return device.gradient_errors(pred, true, protocol) / 1000
    frames = Frames('pred', pred), Frames('true', true)
    return framewise(lambda one, other: gradient_error(one, other, protocol), pred, *frames) / 1000


def conn(pred: Array, true: Array) -> Values:
    """Connectivity error: sum(|phi(true) - phi(pred)|) / 1000, phi(a) = 1 - d * (d >= 0.15).

    d = a - l, and l is a pixel's level: of the thresholds t = 0.1, 0.2 .. 1, the last one before
    the pixel is first outside the largest 4-connected component of {true >= t and pred >= t} (0 if
    it is outside at once, 1 if never; of equally large ones the first in reading order). Rhemann et
    al., CVPR 2009, with the step of Robust Video Matting. Computed on the CPU.

    Args:
        pred: [..., H, W], see the module.
        true: [..., H, W].

    Returns:
        [...] in thousands of pixels.
    """
    check_alike(pred=pred, true=true)
    return framewise(connectivity_error, pred, Frames('pred', pred), Frames('true', true)) / 1000


def dtssd(pred: Array, true: Array) -> Values:
    """Temporal error: sqrt(mean((d pred / dt - d true / dt)^2)) * 1e2, d / dt the difference to
    the frame before.

    dtSSD of Erofeev et al., "Perceptually Motivated Benchmark for Video Matting" (BMVC 2015); the
    first frame of a clip counts 0.

    Args:
        pred: [..., T, H, W], see the module; no single frames. [B, 1, H, W] is refused: it is
            nearly always a clip with a dimension of channels, and would give nothing but 0.
        true: [..., T, H, W].

    Returns:
        [..., T] in 0..200.
    """
    check_alike(pred=pred, true=true)
    check_clip(pred)
    if on_gpu(pred):
        return device.temporal_errors(pred, true).sqrt() * 100
    length, values, before = pred.shape[-3], [], None
    pairs = zip(Frames('pred', pred), Frames('true', true), strict=True)
    for number, (one, other) in enumerate(pairs):
        one, other, peak = common(one, other)
        error = _signed(one, other, peak)
        if number % length == 0:
            values.append(0.0)
        else:
            squares = cv2.norm(error, before, cv2.NORM_L2SQR)
            values.append(np.sqrt(squares / error.size) / peak * 100)
        before = error
    return shaped(values, pred)


def fgr_mad(pred_fgr: Array, true_fgr: Array, true_pha: Array) -> Values:
    """Mean absolute difference of the foreground: mean(|pred_fgr - true_fgr|) * 1e3.

    The mean over the three channels of all pixels with true_pha > 0.

    Args:
        pred_fgr: [..., 3, H, W], of the types of alpha (see the module).
        true_fgr: [..., 3, H, W].
        true_pha: [..., H, W].

    Returns:
        [...] in 0..1000; NaN for a frame without any foreground.
    """
    return _fgr_error(pred_fgr, true_fgr, true_pha, 1)


def fgr_mse(pred_fgr: Array, true_fgr: Array, true_pha: Array) -> Values:
    """Mean squared error of the foreground: mean((pred_fgr - true_fgr)^2) * 1e3.

    The mean over the three channels of all pixels with true_pha > 0.

    Args:
        pred_fgr: [..., 3, H, W], of the types of alpha (see the module).
        true_fgr: [..., 3, H, W].
        true_pha: [..., H, W].

    Returns:
        [...] in 0..1000; NaN for a frame without any foreground.
    """
    return _fgr_error(pred_fgr, true_fgr, true_pha, 2)


def _mean_error(pred: Array, true: Array, where: Array | None, power: int) -> Values:
    sums, counts = _errors(pred, true, where, power)
    return _divide(sums, counts) * 1000


def _errors(
    pred: Array, true: Array, where: Array | None, power: int
) -> tuple[Values, Values | int]:
    """Return sums of |pred - true|^power and numbers of pixels, [...] each."""
    check_alike(pred=pred, true=true)
    pixels = true.shape[-2] * true.shape[-1]
    region = None
    if where is not None:
        check_where(where, true)
        pixels, region = where.sum((-2, -1)), Frames('where', where)
    if on_gpu(pred):
        return device.error_sums(pred, true, power, where), pixels
    function = functools.partial(_error_sum, power=power)
    return framewise(function, pred, Frames('pred', pred), Frames('true', true), region), pixels


def _error_sum(pred: np.ndarray, true: np.ndarray, where: np.ndarray | None, power: int) -> float:
    """Return the sum of |pred - true|^power over the pixels of a frame; exact for integers."""
    pred, true, peak = common(pred, true)
    mask = None if where is None else where.view(np.uint8)
    return cv2.norm(pred, true, _NORMS[power], mask) / peak**power


def _signed(pred: np.ndarray, true: np.ndarray, peak: int) -> np.ndarray:
    """Return pred - true, [H, W] int16 or float."""
    if peak == 1:
        return pred - true
    return np.subtract(pred, true, dtype=np.int16 if peak == 255 else np.float32)


def _fgr_error(pred_fgr: Array, true_fgr: Array, true_pha: Array, power: int) -> Values:
    check_alike(pred_fgr=pred_fgr, true_fgr=true_fgr)
    check_foreground(true_fgr, true_pha)
    if on_gpu(true_pha):
        where = true_pha > 0
        sums = device.error_sums(pred_fgr, true_fgr, power, where[..., None, :, :])
        return _divide(sums.sum(-1), 3 * where.sum((-2, -1))) * 1000
    values = []
    pred, true = iter(Frames('pred_fgr', pred_fgr, 3)), iter(Frames('true_fgr', true_fgr, 3))
    for pha in Frames('true_pha', true_pha):
        where = pha > 0
        total = sum(_error_sum(next(pred), next(true), where, power) for _ in range(3))
        count = 3 * np.count_nonzero(where)
        values.append(total / count * 1000 if count else np.nan)
    return shaped(values, true_pha)


def _divide(sums: Values, counts: Values | int) -> Values:
    with np.errstate(invalid='ignore'):  # 0 / 0: no pixels
        return sums / counts
