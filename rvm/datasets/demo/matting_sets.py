"""The matting sources: VideoMatte240K, ImageMatte, backgrounds, and the evaluation set."""

from pathlib import Path

import numpy as np

from rvm.datasets.demo.files import write_jpeg, write_png
from rvm.datasets.demo.painter import to_pictures
from rvm.datasets.demo.person import FRAMINGS, Framing, Person, shrink_layer
from rvm.datasets.demo.pictures import all_pictures
from rvm.datasets.demo.pose import ACTIONS
from rvm.datasets.demo.scenery import moving, still
from rvm.datasets.demo.size import DemoSize

SPLITS = ('train', 'valid', 'test')
VALID_NAMES = ('0000', '0100', '0200', '0300')
"""The clips that the original takes out of its training set."""

VIDEO_MATTE, IMAGE_MATTE, BACKGROUNDS, BACKGROUND_VIDEOS = range(4)
"""Second number of the seeds; the segmentation sets go on from here."""


def clip_name(split: str, number: int) -> str:
    """Return the folder of a VideoMatte clip: no two splits share a name."""
    if split == 'valid':
        return f'{100 * number:04}'
    if split == 'test':
        return f'{480 + number:04}'
    return f'{number + 1 + number // 99:04}'


def clip_frames(size: DemoSize, number: int) -> int:
    """Return how many frames a VideoMatte clip has."""
    return size.frames + (number % 2) * (size.frames // 4)


def clip_person(seed: int, split: str, number: int, size: DemoSize) -> Person:
    """Return the person of a VideoMatte clip; framings and actions take turns."""
    rng = np.random.default_rng([seed, VIDEO_MATTE, SPLITS.index(split), number])
    framing = tuple(FRAMINGS)[number % len(FRAMINGS)]
    action = ACTIONS[(number * 5 + SPLITS.index(split)) % len(ACTIONS)]
    aspect = size.hd[1] / size.hd[0]
    return Person(rng, all_pictures(split != 'train'), Framing.draw(rng, framing, aspect), action)


def video_matte_clip(root: Path, seed: int, size: DemoSize, split: str, number: int) -> None:
    """Write a clip in both resolutions, and of a test person the evaluation clips."""
    person = clip_person(seed, split, number, size)
    name = clip_name(split, number)
    evaluated = []
    for frame in range(clip_frames(size, number)):
        large, _ = person.frame(frame, size.hd)
        small = shrink_layer(large, size.sd)
        for kind, layer in (('HD', large), ('SD', small)):
            fgr, pha = to_pictures(layer)
            folder = root / f'VideoMatte240K_JPEG_{kind}' / split
            write_jpeg(folder / 'fgr' / name / f'{frame:04}.jpg', fgr)
            write_jpeg(folder / 'pha' / name / f'{frame:04}.jpg', pha, quality=95)
        if split == 'test' and frame < size.evaluation_frames:
            evaluated.append((fgr, pha))
    if evaluated:
        _evaluation_clips(root, seed, size, number, evaluated)


def _evaluation_clips(
    root: Path,
    seed: int,
    size: DemoSize,
    number: int,
    frames: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    """Write one person over a still and over a moving background, as lossless files."""
    for kind in ('static', 'motion'):
        rng = np.random.default_rng([seed, VIDEO_MATTE, len(SPLITS), number, kind == 'motion'])
        if kind == 'motion':
            backgrounds = moving(rng, size.sd, len(frames), held_out=True)
        else:
            backgrounds = [still(rng, size.sd, held_out=True)] * len(frames)
        folder = root / 'videomatte_demo' / f'videomatte_{kind}' / f'{number:04}'
        for frame, ((fgr, pha), bgr) in enumerate(zip(frames, backgrounds, strict=True)):
            share = pha[..., None].astype(np.float32) / 255
            com = np.rint(fgr * share + bgr * (1 - share)).astype(np.uint8)
            for stream, image in (('fgr', fgr), ('pha', pha), ('bgr', bgr), ('com', com)):
                write_png(folder / stream / f'{frame:04}.png', image)


def image_matte(root: Path, seed: int, size: DemoSize, split: str, number: int) -> None:
    """Write one still of a person, in a size of its own."""
    rng = np.random.default_rng([seed, IMAGE_MATTE, SPLITS.index(split), number])
    shape = still_size(rng, size.still, 0.75, 1.25)
    names = ('portrait', 'upper body', 'portrait', 'knees')
    framing = Framing.draw(rng, names[number % len(names)], shape[1] / shape[0])
    person = Person(rng, all_pictures(split != 'train'), framing)
    fgr, pha = to_pictures(person.frame(int(rng.integers(0, 40)), shape)[0])
    for stream, image in (('fgr', fgr), ('pha', pha)):
        write_png(root / 'ImageMatte' / split / stream / f'person_{number:03}.png', image)


def background(root: Path, seed: int, size: DemoSize, split: str, number: int) -> None:
    """Write a still background."""
    rng = np.random.default_rng([seed, BACKGROUNDS, SPLITS.index(split), number])
    image = still(rng, still_size(rng, size.still, 1.0, 1.8), split != 'train')
    write_jpeg(root / 'Backgrounds' / split / f'scene_{number:03}.jpg', image)


def background_video(root: Path, seed: int, size: DemoSize, split: str, number: int) -> None:
    """Write the frames of a background video."""
    rng = np.random.default_rng([seed, BACKGROUND_VIDEOS, SPLITS.index(split), number])
    folder = root / 'BackgroundVideos' / split / f'{number:04}'
    num_frames = clip_frames(size, number)
    for frame, image in enumerate(moving(rng, size.sd, num_frames, split != 'train')):
        write_jpeg(folder / f'{frame:04}.jpg', image)


def still_size(rng: np.random.Generator, side: int, narrow: float, wide: float) -> tuple[int, int]:
    """Return a height and a width: the shorter about `side`, width / height in narrow..wide."""
    aspect = rng.uniform(narrow, wide)
    short = side * rng.uniform(0.85, 1.25)
    height = short * max(1.0, 1 / aspect)
    return round(height), round(height * aspect)
