"""Results with plausible values, without a network: noise around levels, with bursts."""

import numpy as np

from rvm.evaluation.results import ClipResult, Results
from rvm.evaluation.scoring import DEFAULT
from rvm.evaluation.strips import Strip, draw_strip

LEVELS = dict(zip(DEFAULT, (6.0, 1.5, 0.9, 0.4, 1.4, 12.0, 3.0), strict=True))
PUBLISHED = {
    'RVM MobileNetV3': {
        'pha_mad': 6.08,
        'pha_mse': 1.47,
        'pha_grad': 0.88,
        'pha_conn': 0.41,
        'pha_dtssd': 1.36,
    }
}


def make_clip(
    name, length=12, seed=0, level=1.0, measures=DEFAULT, size=(288, 512), prefix='', strips=()
):
    """A clip whose frames are named '<prefix>0000', ..."""
    rng = np.random.default_rng(seed)
    burst = np.exp(-(((np.arange(length) - length * rng.random()) / (0.06 * length)) ** 2))
    values = {}
    for measure in measures:
        noise = rng.gamma(20, 1 / 20, length)
        slow = 1 + 0.3 * np.sin(np.arange(length) / 15 + rng.random() * 6)
        values[measure] = LEVELS.get(measure, 1.0) * level * noise * slow * (1 + 2 * burst)
        if measure == 'pha_dtssd':
            values[measure][:1] = 0
    frames = [f'{prefix}{frame:04d}' for frame in range(length)]
    return ClipResult(name, frames, size, values, list(strips))


def make_results(num_clips=3, length=12, name='videomatte_512x288', shift=0.0, **options):
    """Two data sets; one clip of another length, one without foreground, one with gaps."""
    clips = [
        make_clip(
            f'videomatte_{dataset}/{number:04d}',
            length,
            seed=number + 100 * (dataset == 'motion'),
            level=(0.6 + 0.25 * number % 1.7) * (1 + shift * np.sin(3 * number + 1)),
        )
        for dataset in ('static', 'motion')
        for number in range(num_clips)
    ]
    short = make_clip(clips[1].clip, max(2, length // 2), seed=50, level=0.8)
    clips[1] = short
    for measure in ('fgr_mad', 'fgr_mse'):
        del clips[-1].values[measure]
        clips[0].values[measure][2:5] = np.nan
    settings = {'protocol': 'low', 'measures': DEFAULT, 'published': PUBLISHED, **options}
    return Results(name, clips=clips, **settings)


def make_strip(number=3, value=12.3, size=(36, 64), has_src=True, seed=0):
    """The pictures of a frame: a disk, and a prediction that misses its rim."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[: size[0], : size[1]]
    distance = np.hypot(down - size[0] / 2, across - size[1] / 2)
    true = (255 * (distance < 0.4 * size[0])).astype(np.uint8)
    pred = (255 * (distance < 0.3 * size[0])).astype(np.uint8)
    src = rng.integers(0, 256, (3, *size), dtype=np.uint8) if has_src else None
    return Strip(number, f'{number:04d}', value, draw_strip(src, true, pred), has_src)
