"""The plain loader: PIL and torchvision, one frame at a time, in float32.

What SPEC section 4 of the method says, in the order it says it, without a thought for speed. It
draws nothing: it takes what our sample drew (`Plan`), so that both make the same picture.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
import torchvision.transforms.functional as F
from benchmarks.plan import Plan
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from rvm.datasets.affine import FIELDS
from rvm.datasets.easing import ease
from rvm.datasets.frames import FrameSource, ImageFrames, PairedFrames
from rvm.datasets.masks import PanopticMask, RunLengthMasks
from rvm.effects import COLUMN, IDENTITY

BILINEAR, NEAREST = F.InterpolationMode.BILINEAR, F.InterpolationMode.NEAREST
INSTANCES = 'YouTubeVIS/train/instances.json'
Noise = Callable[[float, int, int, int], Tensor]
"""(seed, channels, rows, columns) -> normal noise [channels, rows, columns]."""


class PlainLoader:
    """Makes the sample of a plan, {'fgr', 'pha', 'bgr'} or {'src', 'seg'}, [T, C, H, W] in 0..1.

    Args:
        root: Of the data, where YouTubeVIS's annotation is looked for.
        noise: Makes the grain; that of torch's generator if None.
    """

    def __init__(self, root: Path, noise: Noise | None = None):
        file = root / INSTANCES
        self.runs = _read_runs(file) if file.is_file() else {}
        self.noise = noise or (lambda seed, *shape: torch.randn(shape))

    def __call__(self, plan: Plan) -> dict[str, Tensor]:
        """Load, transform and stack."""
        sample: dict[str, Tensor] = {}
        for name in plan.sources:
            frames = [self._frame(plan, name, *loaded) for loaded in self._load(plan, name)]
            frames = _pause(frames, plan.drawn.get('pause'))
            for key in frames[0]:
                sample[key] = torch.stack([frame[key] for frame in frames])
        return sample

    def coverage(self, plan: Plan, name: str) -> Tensor:
        """Return where a stream's picture has never left the canvas, [T, 1, H, W]: 1 there."""
        height, width = plan.sources[name].size()
        size = _fit(Image.new('L', (width, height)), plan.fit).size
        white = torch.ones(1, size[1], size[0])
        frames = [self._move(plan, name, t, white, BILINEAR) for t in range(plan.num_frames)]
        return torch.stack(_pause(frames, plan.drawn.get('pause')))

    def _load(self, plan: Plan, name: str) -> Iterator[tuple[int, Image.Image, Image.Image | None]]:
        """Yield (t, picture, matte), reduced to the training size; a still is loaded once."""
        source = plan.sources[name]
        numbers = plan.drawn.get(f'frames_{name}', {}).get('numbers') or [0]
        loaded = None
        for t, number in enumerate(numbers):
            if loaded is None or len(source) > 1:
                loaded = self._load_frame(plan, source, number)
            yield t, *loaded

    def _load_frame(self, plan: Plan, source: FrameSource, number: int) -> tuple:
        if not isinstance(source, PairedFrames):
            return _fit(_open(source, number, 'RGB'), plan.fit), None
        picture = _fit(_open(source.picture, number, 'RGB'), plan.fit)
        matte, hard = source.matte, not isinstance(source.matte, ImageFrames)
        if isinstance(matte, RunLengthMasks):
            mask = self._run_length_mask(source.picture.names[number])
        elif isinstance(matte, PanopticMask):
            mask = _panoptic_mask(matte)
        else:
            mask = _open(matte, number, 'L')
        return picture, _fit(mask, plan.fit, hard)

    def _frame(
        self, plan: Plan, name: str, t: int, picture: Image.Image, matte: Image.Image | None
    ) -> dict[str, Tensor]:
        """Return the tensors of one frame of a stream."""
        rgb = F.to_tensor(picture)
        alpha = None if matte is None else F.to_tensor(matte)
        rgb = self._move(plan, name, t, rgb, BILINEAR)
        if alpha is not None:
            alpha = self._move(plan, name, t, alpha, NEAREST if plan.hard else BILINEAR)
        every, now = plan.effects[name], plan.effects[name][t]
        rgb = self._colour(rgb, every, now)
        rgb = _filter(rgb, every, now)
        if alpha is None:
            return {name: rgb}
        return {name: rgb, 'pha' if name == 'fgr' else 'seg': _filter(alpha, every, now)}

    def _move(
        self, plan: Plan, name: str, t: int, image: Tensor, mode: F.InterpolationMode
    ) -> Tensor:
        """Apply motions, pose, crop and flip, one after the other."""
        drawn = plan.drawn
        for which in ('bgr' if name == 'bgr' else 'fgr', 'both'):
            motion = drawn.get(f'motion_{which}')
            if motion is not None:
                amount = float(ease(motion['easing'], plan.num_frames)[t])
                first, last = motion['from'], motion['to']
                pose = {key: first[key] + (last[key] - first[key]) * amount for key in FIELDS}
                image = _affine(image, pose, mode)
        if f'pose_{name}' in drawn:
            image = _affine(image, drawn[f'pose_{name}'], mode)
        if mode == NEAREST:  # torch's plain nearest is half a pixel off
            mode = F.InterpolationMode.NEAREST_EXACT
        size = [plan.size, plan.size]
        image = F.resized_crop(image, **drawn[f'crop_{name}'], size=size, interpolation=mode)
        return F.hflip(image) if drawn[f'flip_{name}'] else image

    def _colour(self, rgb: Tensor, every: np.ndarray, now: np.ndarray) -> Tensor:
        """Apply grain, brightness, contrast, saturation, hue and greyscale, where the clip does."""
        values = dict(zip(COLUMN, now.tolist(), strict=True))
        if _used(every, 'grain_strength'):
            shape = [max(1, round(side / values['grain_size'])) for side in rgb.shape[-2:]]
            grain = self.noise(values['grain_seed'], 1 if values['grain_mono'] else 3, *shape)
            grain = interpolate(grain[None], rgb.shape[-2:], mode='bilinear')[0]
            rgb = (rgb + grain * values['grain_strength']).clamp(0, 1)
        if _used(every, 'brightness'):
            rgb = F.adjust_brightness(rgb, values['brightness'])
        if _used(every, 'contrast'):
            rgb = F.adjust_contrast(rgb, values['contrast'])
        if _used(every, 'saturation'):
            rgb = F.adjust_saturation(rgb, values['saturation'])
        if _used(every, 'hue'):
            rgb = F.adjust_hue(rgb, values['hue'])
        if _used(every, 'grey'):
            rgb = F.rgb_to_grayscale(rgb, 3)
        return rgb

    def _run_length_mask(self, name: str) -> Image.Image:
        """Return the union of the persons of a frame."""
        runs, (height, width) = self.runs[name]
        mask = np.zeros(height * width, np.uint8)
        for counts in runs:
            place, value = 0, 0
            for count in counts:
                if value:
                    mask[place : place + count] = 255
                place, value = place + count, 1 - value
        return Image.fromarray(np.ascontiguousarray(mask.reshape(width, height).T))


def _open(source: ImageFrames, number: int, mode: str) -> Image.Image:
    with Image.open(Path(source.folder, source.names[number])) as opened:
        return opened.convert(mode)


def _panoptic_mask(source: PanopticMask) -> Image.Image:
    with Image.open(source.path) as opened:
        colours = np.asarray(opened.convert('RGB')).astype(np.int64)
    numbers = colours[..., 0] + 256 * colours[..., 1] + 65536 * colours[..., 2]
    return Image.fromarray(np.isin(numbers, source.ids).astype(np.uint8) * 255)


def _fit(image: Image.Image, size: int | None, hard: bool = False) -> Image.Image:
    """Reduce an image whose short side is over `size`; PIL's bilinear is antialiased."""
    short = min(image.size)
    if size is None or short <= size:
        return image
    sides = [round(side * size / short) for side in image.size]
    return image.resize(sides, Image.Resampling.NEAREST if hard else Image.Resampling.BILINEAR)


def _affine(image: Tensor, pose: Mapping[str, float], mode: F.InterpolationMode) -> Tensor:
    height, width = image.shape[-2:]
    return F.affine(
        image,
        angle=pose['rotation'],
        translate=[pose['shift_x'] * width, pose['shift_y'] * height],
        scale=pose['scale'],
        shear=[pose['shear'], 0.0],
        interpolation=mode,
    )


def _filter(image: Tensor, every: np.ndarray, now: np.ndarray) -> Tensor:
    """Apply sharpness and blur."""
    if _used(every, 'sharpness'):
        image = F.adjust_sharpness(image, float(now[COLUMN['sharpness']]))
    sigma = float(now[COLUMN['blur']])
    if sigma >= 1:
        kernel = int(2 * sigma) | 1
        image = F.gaussian_blur(image, [kernel, kernel], [sigma, sigma])
    return image


def _used(every: np.ndarray, column: str) -> bool:
    """Return whether a clip uses an effect in any of its frames."""
    return bool((every[:, COLUMN[column]] != IDENTITY[COLUMN[column]]).any())


def _pause(frames: list, pause: dict | None) -> list:
    if pause is None:
        return frames
    first, number = pause['frame'], pause['frames']
    frames[first + 1 : first + 1 + number] = [frames[first]] * number
    return frames


def _read_runs(file: Path) -> dict[str, tuple[list[list[int]], tuple[int, int]]]:
    """Return frame -> run lengths of its persons, and its size."""
    content = json.loads(file.read_bytes())
    videos = {video['id']: video for video in content['videos']}
    runs: dict = {}
    for annotation in content['annotations']:
        video = videos[annotation['video_id']]
        for name, mask in zip(video['file_names'], annotation['segmentations'], strict=True):
            found, _ = runs.setdefault(name, ([], (video['height'], video['width'])))
            if mask is not None:
                found.append(mask['counts'])
    return runs
