"""Do both loaders make the same picture? Numbers, and contact sheets to look at."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import torch
from benchmarks.loader_cases import CASES, FORMS, build_dataset, step_keys
from benchmarks.plain_loader import PlainLoader
from benchmarks.plan import plan_sample
from torch import Tensor
from torch.nn import functional

from rvm.datasets import clip_collate
from rvm.effects import CropView
from rvm.effects.noise import normal_grid
from rvm.io import MediaInfo, open_writer
from rvm.models.data_preprocessor import MattingDataPreprocessor, resize_and_crop

SMOOTH = 2.0
"""Sigma in pixels; away from fine detail, only misplaced or miscoloured pictures differ."""
BORDER = 3
"""Pixels beside the edge of a picture that are not compared: interpolation blends in the black."""
MATTE_OF = {'pha': 'fgr', 'seg': 'src'}
ROWS = 8
TILE = 192


def our_noise(seed: float, channels: int, rows: int, columns: int) -> Tensor:
    """Return the grain that our sample has."""
    return torch.from_numpy(normal_grid(int(seed), channels, rows, columns))


def check_case(name: str, root: Path, scale: float, samples: int, folder: Path) -> None:
    """Compare the samples of a case in both forms, after the training crop, with the plain ones.

    Prints, by stream, the mean absolute difference in levels of 255 and PSNR: of all pixels; of
    those `inside`, which no single step has pushed off the canvas (ours brings back what a later
    step brings back, the plain loader has lost it); and of those after both pictures were smoothed,
    because ours, resampled once, is sharper. Writes a contact sheet a form: plain, ours, and their
    difference (four times, around grey) of the middle frame of the first samples.
    """
    case = CASES[name]
    datasets = {form: build_dataset(case, root, form, scale) for form in FORMS}
    first, size = next(iter(datasets.values()))
    plain = PlainLoader(root, noise=our_noise)
    preprocess = MattingDataPreprocessor()
    errors: dict[tuple[str, str], list] = {}
    sheets: dict[str, list[np.ndarray]] = {form: [] for form in FORMS}
    for number, key in zip(range(samples), step_keys(first, size), strict=False):
        view = CropView(size, *key.crop)
        plan = plan_sample(first, key)
        expected = {stream: resize_and_crop(clip, view) for stream, clip in plain(plan).items()}
        inside = {
            stream: _shrunk(resize_and_crop(plain.coverage(plan, stream), view))
            for stream in plan.sources
        }
        for form, (dataset, _) in datasets.items():
            batch = preprocess(clip_collate([dataset[key]]))
            found = {stream: batch[stream][0] for stream in expected}
            for stream, clip in expected.items():
                kept = inside[MATTE_OF.get(stream, stream)]
                differences = _differences(clip, found[stream], kept)
                errors.setdefault((form, stream), []).append(differences)
            if number < ROWS:
                sheets[form].append(_row(expected, found))
    _print_differences(errors)
    folder.mkdir(parents=True, exist_ok=True)
    for form, rows in sheets.items():
        path = folder / f'{name}_{"device" if "device" in form else "worker"}.png'
        width = max(row.shape[1] for row in rows)
        rows = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]
        sheet = np.vstack(rows)
        info = MediaInfo(name, sheet.shape[1], sheet.shape[0], 1, Fraction(1), Fraction(1))
        with open_writer(path, info, channels='rgb', type='ImageWriter') as writer:
            writer.write(sheet, Fraction(0))


def _print_differences(errors: dict[tuple[str, str], list]) -> None:
    print(f'  {"":24} {"all":>12} {"inside":>12} {"smoothed":>12}   |difference| PSNR')
    for (form, stream), values in errors.items():
        cells = []
        for place in range(3):
            absolute, square, pixels = np.sum([value[place] for value in values], axis=0)
            psnr = -10 * np.log10(max(square / pixels, 1e-12))
            cells.append(f'{255 * absolute / pixels:7.2f} {psnr:4.1f}')
        print(f'  {form:20} {stream:3} ' + ' '.join(f'{cell:>12}' for cell in cells))


def _shrunk(coverage: Tensor) -> Tensor:
    """Return what of [T, 1, H, W] is covered, some pixels from its edges on."""
    return -functional.max_pool2d(-(coverage > 0.999).float(), 2 * BORDER + 1, 1, BORDER) > 0.5


def _differences(expected: Tensor, found: Tensor, inside: Tensor) -> list[tuple[float, ...]]:
    """Return sums of absolute and of square differences, and the pixels they are of.

    Of all pixels, of those inside, and of those inside after both clips were smoothed.
    """
    difference = found - expected
    smooth = (
        torch.stack(
            [
                torch.from_numpy(cv2.GaussianBlur(frame.permute(1, 2, 0).numpy(), (0, 0), SMOOTH))
                for frame in difference
            ]
        )
        .view(len(difference), *difference.shape[-2:], -1)
        .movedim(-1, 1)
    )
    inside = inside.expand_as(difference)
    parts = (difference.flatten(), difference[inside], smooth[inside])
    return [(float(part.abs().sum()), float(part.square().sum()), part.numel()) for part in parts]


def _row(expected: dict[str, Tensor], found: dict[str, Tensor]) -> np.ndarray:
    """Return a strip of plain, ours and difference for every stream, [TILE, ., 3] RGB uint8."""
    tiles = []
    for stream, clip in expected.items():
        middle = len(clip) // 2
        one, other = clip[middle], found[stream][middle]
        for picture in (one, other, (other - one) * 4 + 0.5):
            levels = picture.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()
            tile = cv2.resize(levels, (TILE, TILE), interpolation=cv2.INTER_AREA)
            tiles.append(np.dstack([tile] * 3) if tile.ndim == 2 else tile)
    return np.hstack(tiles)
