"""Rows that show where and when: motion, framing, time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from augmentations.cells import Row, difference, levels, masked, small, words
from augmentations.scene import HALF, HIGH, LOW, NO, SIDE, YES, Scene, curve

from rvm.datasets.affine import FIELDS
from rvm.datasets.transforms import SampleFrames

TIME_CELL = 96
"""Pixels; there are many rows."""


def pose(scale: float = HALF, **places: float) -> list[float]:
    """Return answers to the draw of a pose: in the middle of every range but those named."""
    return [{'scale': scale, **places}.get(field, HALF) for field in FIELDS]


def motion(scenes: Mapping[str, Scene], columns: int) -> Iterator[Row]:
    """Poses from the lower to the upper end of every range, along several curves."""
    scene = scenes['still']
    shown = scene.show([], frames=columns)
    yield 'As it is', [(small(src), f't = {time}') for time, src in enumerate(shown.src)]
    move = (YES, LOW, HIGH)
    for which, before, after in (
        ('fgr', (), (NO, NO)),
        ('bgr', (NO,), (NO,)),
        ('both', (NO, NO), ()),
    ):
        names = ('linear', 'elastic_out', 'back_in_out', 'bounce_out', 'step')
        for name in names if which == 'fgr' else names[:1]:
            answers = (*before, *move, *curve(name), *after)
            shown = scene.show(['motion'], *answers, frames=columns)
            drawn = shown.drawn[f'motion_{which}']
            title = f'MotionAffine, {which}: '
            title += words(drawn) if name == 'linear' else f'the same, {drawn["easing"]}'
            yield title, [(small(src), f't = {t}') for t, src in enumerate(shown.src)]
            if (which, name) == ('fgr', 'linear'):
                yield 'The same, alpha', [(small(pha), '') for pha in shown.matte]


def framing(scenes: Mapping[str, Scene], columns: int) -> Iterator[Row]:
    """One pose a clip, crops, flips, and the training crop."""
    still, person = scenes['still'], scenes['person']
    ends = [
        (name, end) for name in ('rotation', 'shift_x', 'shift_y', 'shear') for end in (LOW, HIGH)
    ]
    cells, mattes, masks = [], [], []
    for name, end in ends:
        shown = still.show(['pose'], pose(HIGH, **{name: end}), pose(LOW))
        label = f'{name} {shown.drawn["pose_fgr"][name]:g}'
        cells.append((small(shown.src[0]), label))
        mattes.append((small(shown.matte[0]), label))
        shown = person.show(['pose'], pose(HALF, **{name: end}))
        masks.append((masked(shown), f'{name} {shown.drawn["pose_src"][name]:g}'))
    yield 'StaticAffine, foreground: the ends of its ranges, one by one', cells
    yield 'The same, alpha', mattes
    cells = []
    for fgr, bgr, label in (
        (pose(LOW), pose(LOW), 'fgr scale {fgr[scale]:g}'),
        (pose(HIGH), pose(LOW), 'fgr scale {fgr[scale]:g}'),
        (pose(HIGH), pose(HIGH), 'bgr scale {bgr[scale]:g}'),
        (pose(HIGH), pose(LOW, rotation=LOW), 'bgr rotation {bgr[rotation]:g}'),
        (pose(HIGH), pose(LOW, shift_x=HIGH), 'bgr shift_x {bgr[shift_x]:g}'),
        (pose(HIGH), pose(LOW, shear=HIGH), 'bgr shear {bgr[shear]:g}'),
        ([LOW] * 5, [LOW] * 5, 'all at the lower end'),
        ([HIGH] * 5, [HIGH] * 5, 'all at the upper end'),
    ):
        shown = still.show(['pose'], fgr, bgr)
        fgr, bgr = shown.drawn['pose_fgr'], shown.drawn['pose_bgr']
        cells.append((small(shown.src[0]), label.format(fgr=fgr, bgr=bgr)))
    yield 'StaticAffine: the scale of both streams, the background, everything together', cells
    yield 'StaticAffine of segmentation stills, the mask in green', masks
    yield _crops(still, person)
    yield _flips(still)
    yield from _training_crops(still)


def _crops(still: Scene, person: Scene) -> Row:
    cells = []
    for ratio, place in ((LOW, LOW), (LOW, HIGH), (HIGH, LOW), (HIGH, HIGH)):
        shown = still.show(['crop'], *[ratio, place] * 2, whole=True)
        cells.append((small(shown.src[0]), _window(shown.drawn['crop_fgr'])))
    for step, share, ratio, place in (
        ('crop', LOW, LOW, LOW),
        ('crop', LOW, HIGH, HIGH),
        ('crop', HIGH, HIGH, HALF),
        ('clip_crop', LOW, LOW, HIGH),
    ):
        shown = person.show([step], ratio, share, place, whole=True)
        cells.append((masked(shown), _window(shown.drawn['crop_src'])))
    return (
        'CropResize, width x height + left + top of the window: matting; segmentation stills, the '
        'smallest and the largest area; segmentation clips, the smallest',
        cells,
    )


def _window(drawn: Mapping[str, int]) -> str:
    return '{width}x{height}+{left}+{top}'.format(**drawn)


def _flips(still: Scene) -> Row:
    cells = []
    for answers, label in (
        ((NO, NO), 'as it is'),
        ((YES, NO), 'fgr'),
        ((NO, YES), 'bgr'),
        ((YES, YES), 'both'),
    ):
        shown = still.show(['flip'], *answers)
        cells += [(small(shown.src[0]), label), (small(shown.matte[0]), f'{label}, alpha')]
    return 'Flip, each stream by its own draw', cells


def _training_crops(still: Scene) -> Iterator[Row]:
    grain = (YES, HIGH, NO, HIGH, HIGH)
    sharpness = (YES, HIGH)
    blur = (YES, [HALF, HIGH], *curve('linear'), NO, NO)
    half = SIDE // 2
    for steps, answers in (([], ()), (['grain', 'sharpness', 'blur'], grain + sharpness + blur)):
        cells, means = [], []
        for size in (
            (half, SIDE - 1),
            (SIDE - 1, half),
            (half, half),
            (SIDE * 15 // 16, SIDE * 3 // 4),
        ):
            ways = {
                way: still.show(steps, *answers, training_crop=size, crop=way)
                for way in ('device', 'warp')
            }
            cells += [
                (small(shown.src[0]), f'{size[1]}x{size[0]}, {way}') for way, shown in ways.items()
            ]
            means.append(difference(*ways.values()))
        title = 'Training crop, on the device and in the warp'
        if steps:
            drawn = ways['warp'].drawn
            title = (
                f'The same with grain of size {drawn["grain"]["size"]:g}, sharpness '
                f'{drawn["sharpness"]:g} and a blur of sigma {drawn["blur_fgr"]["from"]:g}'
            )
        yield f'{title} ({levels(*means)})', cells


def time(scenes: Mapping[str, Scene], columns: int) -> Iterator[Row]:
    """Speed, shift, direction, what follows the end, and pauses."""
    scene = scenes['moving']
    speeds = scene.steps['frames'].speeds
    length = len(scene.dataset.get_data_info(0)['fgr'])

    def row(title: str, steps: Sequence, *answers: Any) -> Row:
        shown = scene.show(steps, *answers, frames=columns)
        pairs = zip(shown.src, shown.numbers['fgr'], shown.numbers['bgr'], strict=True)
        if pause := shown.drawn.get('pause'):
            title = f'{title}: frame {pause["frame"]} is held for {pause["frames"]} more'
        return title, [(small(src, TIME_CELL), f'fgr {fgr}, bgr {bgr}') for src, fgr, bgr in pairs]

    def draw(speed: float, shift: float = LOW, backwards: float = NO) -> tuple[float, ...]:
        return speeds.index(speed) / (len(speeds) - 1), shift, backwards

    for speed in speeds:
        title = f'SampleFrames, speed {speed:g} (the clip has {length} frames)'
        yield row(title, ['frames'], *draw(speed), *draw(speed))
    title = 'SampleFrames, the largest shift of fgr, bgr as it is'
    yield row(title, ['frames'], *draw(1, HIGH), *draw(1))
    title = 'SampleFrames, fgr reversed, bgr as it is'
    yield row(title, ['frames'], *draw(1, LOW, YES), *draw(1))
    for at_end in ('ping_pong', 'wrap'):
        fast = SampleFrames(speeds=(max(2, length // 3),), at_end=at_end)
        yield row(f'SampleFrames past the end, at_end={at_end!r}', [fast], LOW, NO, LOW, NO)
    for held, number in ((LOW, HIGH), (HALF, HALF), (HIGH, LOW)):
        yield row('Pause', ['pause'], YES, held, number)
