"""The effects on a batch of frames, with torch; see `rvm.effects.parameters` for what they are.

Each stage touches only the frames it does something to, all of them at once.
"""

from collections import defaultdict

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rvm.effects.crop_view import CropView
from rvm.effects.definitions import (
    LUMA,
    SMOOTH_CENTRE,
    SMOOTH_SUM,
    blur_kernel,
    grain_extent,
    sharpness_factor,
    turn_parts,
)
from rvm.effects.noise import grid_size, normal_grids
from rvm.effects.parameters import COLUMN, STAGES, active_stages

CHUNK = 2**25
"""Values (frames x channels x pixels) that a stage computes at once: bounds its extra memory."""


@torch.no_grad()
def apply_effects_batch(
    frames: Tensor, params: Tensor | np.ndarray, view: CropView | None = None
) -> Tensor:
    """Carry out the effects of a batch of frames, in float32.

    Args:
        frames: [N, 3 or 4, H, W] float 0..1, RGB or RGBA.
        params: [N, K], see `rvm.effects.parameters`. Best on the CPU: it is read there.
        view: The training crop, if `frames` are its views (H x W are the crop's): effects then look
            as on the full pictures, except that the contrast's mean is that of the view.

    Returns:
        [N, 3 or 4, H, W], in the type of `frames`; `frames` itself if nothing is to be done.
    """
    if isinstance(params, Tensor):
        params = params.detach().float().cpu().numpy()
    active = active_stages(params)
    touched = np.flatnonzero(active.any(1))
    if not touched.size:
        return frames
    rows = torch.from_numpy(touched).to(frames.device)
    work = frames.index_select(0, rows).float()
    for stage, used in zip(_STAGES, active[touched].T, strict=True):
        for places in _chunks(np.flatnonzero(used), work[0].numel()):
            index = torch.from_numpy(places).to(frames.device)
            changed = stage(work.index_select(0, index), params[touched[places]], view)
            work.index_copy_(0, index, changed)
    return frames.index_copy(0, rows, work.to(frames.dtype))


def _chunks(places: np.ndarray, values: int) -> list[np.ndarray]:
    """Split the numbers of the frames into parts of at most `CHUNK` values."""
    step = max(1, CHUNK // values)
    return [places[start : start + step] for start in range(0, len(places), step)]


def _column(params: np.ndarray, name: str, like: Tensor) -> Tensor:
    """Return a column as a tensor [N, 1, 1, 1] beside the frames."""
    return _to(params[:, COLUMN[name]], like)


def _to(values: np.ndarray, like: Tensor) -> Tensor:
    values = torch.from_numpy(np.ascontiguousarray(values, np.float32))
    return values.to(like.device).view(-1, 1, 1, 1)


def _luma(rgb: Tensor) -> Tensor:
    """Return the grey picture [N, 1, H, W] of [N, 3, H, W]."""
    return LUMA[0] * rgb[:, 0:1] + LUMA[1] * rgb[:, 1:2] + LUMA[2] * rgb[:, 2:3]


def _add_grain(frames: Tensor, params: np.ndarray, view: CropView | None) -> Tensor:
    full = grain_extent(*frames.shape[-2:], view)
    groups = defaultdict(list)
    for number, row in enumerate(params):
        size = grid_size(*full, float(row[COLUMN['grain_size']]))
        groups[1 if row[COLUMN['grain_mono']] else 3, *size].append(number)
    for (channels, *size), members in groups.items():
        seeds = params[members, COLUMN['grain_seed']]
        noise = normal_grids(seeds, channels, *size, frames.device)
        noise = F.interpolate(noise, full, mode='bilinear')
        if view is not None:
            noise = F.interpolate(noise, (view.side, view.side), mode='bilinear')
            noise = noise[..., view.area[0], view.area[1]]
        noise = noise * _column(params[members], 'grain_strength', frames)
        index = torch.tensor(members, device=frames.device)
        frames[:, :3].index_add_(0, index, noise.expand(-1, 3, -1, -1))
    frames[:, :3].clamp_(0, 1)
    return frames


def _change_color(frames: Tensor, params: np.ndarray, view: CropView | None) -> Tensor:
    rgb = frames[:, :3]
    rgb = (rgb * _column(params, 'brightness', rgb)).clamp_(0, 1)
    contrast = _column(params, 'contrast', rgb)
    mean = _luma(rgb).mean((1, 2, 3), keepdim=True)
    rgb = (rgb * contrast + mean * (1 - contrast)).clamp_(0, 1)
    saturation = _column(params, 'saturation', rgb)
    rgb = (rgb * saturation + _luma(rgb) * (1 - saturation)).clamp_(0, 1)
    frames[:, :3] = _turn_hue(rgb, params[:, COLUMN['hue']])
    return frames


def _turn_hue(rgb: Tensor, turns: np.ndarray) -> Tensor:
    """Turn the hues of [N, 3, H, W] by parts of the circle, [N]; see `turn_parts`."""
    if not turns.any():
        return rgb
    thirds, sixths = turn_parts(turns)
    if thirds.any():
        order = (np.arange(3) - thirds[:, None]) % 3
        rgb = rgb[torch.arange(len(rgb))[:, None], torch.from_numpy(order)]
    high, low = rgb.amax(1, keepdim=True), rgb.amin(1, keepdim=True)
    ahead = rgb.roll(-1, 1).sub_(rgb.roll(-2, 1)).mul_(_to(np.where(sixths < 0, -1, 1), rgb))
    rest = (high - low) * _to(1 - np.abs(sixths), rgb)
    fall = torch.minimum(rgb - low, ahead - rest).clamp_(min=0)
    rise = torch.minimum(high - rgb, -ahead - rest).clamp_(min=0)
    return rgb - fall + rise


def _make_grey(frames: Tensor, params: np.ndarray, view: CropView | None) -> Tensor:
    frames[:, :3] = _luma(frames).clamp_(0, 1)
    return frames


def _sharpen(frames: Tensor, params: np.ndarray, view: CropView | None) -> Tensor:
    if min(frames.shape[-2:]) < 3:  # nothing but border
        return frames
    factor = _to(sharpness_factor(params[:, COLUMN['sharpness']], view), frames)
    inner = frames[..., 1:-1, 1:-1]
    smooth = F.avg_pool2d(frames, 3, stride=1, divisor_override=1)
    smooth = (smooth + (SMOOTH_CENTRE - 1) * inner) / SMOOTH_SUM
    inner.copy_((inner * factor + smooth * (1 - factor)).clamp_(0, 1))
    return frames


def _blur(frames: Tensor, params: np.ndarray, view: CropView | None) -> Tensor:
    kernels = [blur_kernel(float(sigma), view) for sigma in params[:, COLUMN['blur']]]
    length = max(len(kernel) for kernel in kernels)
    # zeros around a kernel leave it what it was
    kernels = np.stack([np.pad(kernel, (length - len(kernel)) // 2) for kernel in kernels])
    taps = torch.from_numpy(kernels).to(frames.device)
    for dim in (-2, -1):
        size = frames.shape[dim]
        padded = frames.index_select(dim, _mirrored(size, length // 2, frames.device))
        # a sum over the taps: convolutions may be done in TF32, which is off by a level
        blurred = torch.zeros_like(frames)
        for tap in range(length):
            blurred.addcmul_(padded.narrow(dim, tap, size), taps[:, tap].view(-1, 1, 1, 1))
        frames = blurred
    return frames


def _mirrored(size: int, radius: int, device: torch.device) -> Tensor:
    """Return the places -radius .. size - 1 + radius, mirrored into 0 .. size - 1."""
    places = np.arange(-radius, size + radius) % max(2 * size - 2, 1)
    return torch.from_numpy(np.minimum(places, 2 * size - 2 - places)).to(device)


_STAGES = (_add_grain, _change_color, _make_grey, _sharpen, _blur)
assert len(_STAGES) == len(STAGES)
