"""Rows that show what is done to the pixels: colour, grain, sharpness and blur."""

from collections.abc import Iterator, Mapping

import numpy as np
from augmentations.cells import Row, both_ways, detail, levels, small, words
from augmentations.scene import HALF, HIGH, LOW, NO, YES, Scene, curve

from rvm.datasets.transforms.color import CHANGES


def colour(scenes: Mapping[str, Scene], columns: int) -> Iterator[Row]:
    """Drifts from one end of the distribution towards the other, jitter, and grey."""
    still, person = scenes['still'], scenes['person']
    frames = max(columns // 4, 2)
    cells, *_ = both_ways(still, [], frames=2 * frames)
    yield 'As it is', cells
    for change in (*CHANGES, 'all'):
        row, titles = [], []
        for end in (-3, 3):
            sigmas = np.outer([end, -end], [change in (name, 'all') for name in CHANGES])
            drift = (YES, sigmas, *curve('linear'), HIGH)
            cells, _, mean, drawn = both_ways(still, ['color'], *drift, *drift, frames=frames)
            row += cells
            name = CHANGES[0] if change == 'all' else change
            drawn = drawn['color_fgr']
            titles.append(
                f'v from {drawn["from"][name]:.1f} towards {drawn["to"][name]:.1f} '
                f'(s = {drawn["strength"]:g}; {levels(mean)})'
            )
        yield f'ColorDrift of both streams, {change}: {", then ".join(titles)}', row
    row = []
    for change in CHANGES:
        for end in (LOW, HIGH):
            shown = person.show(
                ['clip_color'], [end if change == name else HALF for name in CHANGES]
            )
            row.append((small(shown.src[0]), f'{change} {shown.drawn["jitter_src"][change]:.2f}'))
    yield 'ColorJitter of segmentation clips, each value alone', row
    row, means = [], []
    for scene, step, answer, label in (
        (still, 'greyscale', YES, 'grey'),
        (person, 'clip_color', LOW, 'clips, low'),
        (person, 'clip_color', HIGH, 'clips, high'),
        (person, 'color', HIGH, 'stills, high'),
    ):
        cells, _, mean, _ = both_ways(scene, [step], answer, frames=1)
        row += [(image, f'{label}, {way}') for image, way in cells]
        means.append(mean)
    yield f'Greyscale, and ColorJitter at its limits ({levels(*means)})', row


def grain(scenes: Mapping[str, Scene], columns: int) -> Iterator[Row]:
    """The finest and the coarsest grain at its largest strength, pixel by pixel."""
    scene, frames = scenes['still'], max(columns // 2, 1)

    def part(image: np.ndarray) -> np.ndarray:
        return detail(image, scene.top)

    cells, *_ = both_ways(scene, [], frames=frames, part=part)
    yield 'As it is', cells
    for size in (LOW, HIGH):
        for mono in (YES, NO):
            answers = (YES, size, mono, HIGH, HIGH)
            cells, mattes, mean, drawn = both_ways(
                scene, ['grain'], *answers, frames=frames, part=part
            )
            drawn = drawn['grain']
            title = f'size {drawn["size"]:g}, {"mono" if drawn["mono"] else "colour"}'
            strength = words(drawn['strength'])
            yield f'AddGrain: {title}, strength {strength} ({levels(mean)})', cells
    yield 'The alpha of the last row: grain leaves it alone', mattes


def focus(scenes: Mapping[str, Scene], columns: int) -> Iterator[Row]:
    """Sharpness pixel by pixel, and blur that grows."""
    scene, frames = scenes['still'], max(columns // 2, 2)
    row, alphas, means = [], [], []
    for factor in (0, 1, 4, 8):
        cells, mattes, mean, drawn = both_ways(
            scene, ['sharpness'], YES, factor / 8, frames=1, part=lambda i: detail(i, scene.top)
        )
        for target, source in ((row, cells), (alphas, mattes)):
            target += [(image, f'{drawn["sharpness"]:g}, {way}') for image, way in source]
        means.append(mean)
    yield f'Sharpen, the factor ({levels(*means)})', row
    yield 'The same, alpha', alphas
    drift = (YES, [LOW, HIGH], *curve('linear'))
    for which, answers in (
        ('fgr', (*drift, NO, NO)),
        ('bgr', (NO, *drift, NO)),
        ('both', (NO, NO, *drift)),
    ):
        cells, mattes, mean, drawn = both_ways(scene, ['blur'], *answers, frames=frames)
        yield f'BlurDrift, {which}: {words(drawn[f"blur_{which}"])} ({levels(mean)})', cells
        if which == 'fgr':
            yield 'The same, alpha', mattes
