"""The segmentation sources: COCO panoptic, YouTubeVIS in its form of 2021, Supervisely Person."""

from pathlib import Path

import numpy as np

from rvm.datasets.demo.crowd import Actor, box_of, compose, random_person
from rvm.datasets.demo.files import write_jpeg, write_png
from rvm.datasets.demo.matting_sets import BACKGROUND_VIDEOS, still_size
from rvm.datasets.demo.objects import Clutter
from rvm.datasets.demo.painter import to_uint8
from rvm.datasets.demo.person import FRAME_SECONDS
from rvm.datasets.demo.scenery import moving, still
from rvm.datasets.demo.size import DemoSize
from rvm.datasets.demo.trunk import BACKPACK, TIE
from rvm.datasets.rle import counts_from_mask

COCO, YOUTUBE_VIS, SUPERVISELY = range(BACKGROUND_VIDEOS + 1, BACKGROUND_VIDEOS + 4)

COCO_CATEGORIES = {
    'person': (1, 'person', 1),
    'backpack': (27, 'accessory', 1),
    'tie': (32, 'accessory', 1),
    'sports ball': (37, 'sports', 1),
    'chair': (62, 'furniture', 1),
    'potted plant': (64, 'furniture', 1),
    'wall-other-merged': (199, 'wall-stuff', 0),
}
"""Name -> id, supercategory, whether it is a thing; ids as in the real annotations."""

COCO_THINGS = {'ball': 'sports ball', 'chair': 'chair', 'plant': 'potted plant'}
"""Kinds of clutter that have a category; the others stay unlabelled, as much in COCO does."""

COCO_PARTS = {0: 'person', TIE: 'tie', BACKPACK: 'backpack'}

VIS_CATEGORIES = [
    'airplane',
    'bear',
    'bird',
    'boat',
    'car',
    'cat',
    'cow',
    'deer',
    'dog',
    'duck',
    'earless_seal',
    'elephant',
    'fish',
    'flying_disc',
    'fox',
    'frog',
    'giant_panda',
    'giraffe',
    'horse',
    'leopard',
    'lizard',
    'monkey',
    'motorbike',
    'mouse',
    'parrot',
    'person',
    'rabbit',
    'shark',
    'skateboard',
    'snake',
    'snowboard',
    'squirrel',
    'surfboard',
    'tennis_racket',
    'tiger',
    'train',
    'truck',
    'turtle',
    'whale',
    'zebra',
]
"""Names of the release of 2021, in the order of their ids from 1."""

VIS_THINGS = {'ball': 'flying_disc'}
VIS_STEP = 5
"""Frames are numbered 0, 5, 10: every fifth frame of a film was annotated."""

VIS_PACE = 3
"""Frames of our people between two of a video: there is time to walk in and out."""

FEWEST_PIXELS = 16
"""Smaller segments are left unlabelled."""


def coco_image(root: Path, seed: int, size: DemoSize, number: int) -> tuple[dict, dict]:
    """Write a picture and its panoptic PNG; return its entries in images and annotations.

    Of eight pictures two have nobody, one only a crowd, one a crowd and people before it.
    """
    rng = np.random.default_rng([seed, COCO, number])
    shape = still_size(rng, size.still, 0.75, 1.5)
    turn = number % 8
    actors = [Actor(Clutter(rng, False, shape)) for _ in range(int(rng.integers(0, 3)))]
    if turn in (5, 7):
        many = int(rng.integers(4, 8))
        actors += [Actor(random_person(rng, shape, far=True), group=0) for _ in range(many)]
    if turn not in (3, 5, 6):
        many = 1 if turn == 7 else int(rng.integers(1, 4))
        actors += [Actor(random_person(rng, shape)) for _ in range(many)]
    actors += [Actor(Clutter(rng, False, shape)) for _ in range(int(rng.integers(0, 2)))]
    image, owner, label = compose(actors, still(rng, shape, False), 0)
    identifier = 9 + 37 * number
    name = f'{identifier:012}'
    write_jpeg(root / 'coco' / 'train2017' / f'{name}.jpg', to_uint8(image))

    panoptic = np.zeros((*shape, 3), np.uint8)
    segments = []

    def add(mask: np.ndarray, category: str, crowd: bool = False) -> None:
        if np.count_nonzero(mask) < FEWEST_PIXELS:
            return
        segment = int(rng.integers(1, 2**24))
        panoptic[mask] = segment & 255, segment >> 8 & 255, segment >> 16
        segments.append(
            {
                'id': segment,
                'category_id': COCO_CATEGORIES[category][0],
                'iscrowd': int(crowd),
                'bbox': box_of(mask),
                'area': int(np.count_nonzero(mask)),
            }
        )

    if number % 2:
        add(owner < 0, 'wall-other-merged')
    crowd = [index for index, actor in enumerate(actors) if actor.group is not None]
    add(np.isin(owner, crowd), 'person', crowd=True)
    for index, actor in enumerate(actors):
        if actor.is_person and actor.group is None:
            for part, category in COCO_PARTS.items():
                add((owner == index) & (label == part), category)
        elif not actor.is_person and actor.what.kind in COCO_THINGS:
            add(owner == index, COCO_THINGS[actor.what.kind])
    write_png(root / 'coco' / 'panoptic_train2017' / f'{name}.png', panoptic)
    entry = {'license': 1, 'file_name': f'{name}.jpg', 'height': shape[0], 'width': shape[1]}
    return entry | {'id': identifier}, {
        'segments_info': segments,
        'file_name': f'{name}.png',
        'image_id': identifier,
    }


def coco_annotations(entries: list[tuple[dict, dict]]) -> dict:
    """Return the content of panoptic_train2017.json."""
    categories = [
        {'supercategory': group, 'isthing': thing, 'id': number, 'name': name}
        for name, (number, group, thing) in COCO_CATEGORIES.items()
    ]
    images, annotations = ([entry[k] for entry in entries] for k in (0, 1))
    return _head() | {'images': images, 'annotations': annotations, 'categories': categories}


def vis_video(root: Path, seed: int, size: DemoSize, number: int) -> tuple[dict, list[dict]]:
    """Write a video's frames; return its entry and those of what is seen in it.

    One video of five shows no person. People walk in and out: where they are not seen, the entry
    of the frame is null.
    """
    rng = np.random.default_rng([seed, YOUTUBE_VIS, number])
    shape = size.sd
    empty = number % 5 == 3
    actors = []
    for index in range(0 if empty else int(rng.integers(1, 4))):
        crosses = index > 0 or number % 2 == 0
        action = 'walk' if crosses else None
        crossing = crosses * size.vis_frames * VIS_PACE * FRAME_SECONDS
        actors.append(Actor(random_person(rng, shape, crossing=crossing, action=action)))
    if empty or number % 2:
        actors.append(Actor(_ball(rng, shape)))
    frames = moving(rng, shape, size.vis_frames, False)
    folder = f'{rng.integers(16**10):010x}'
    names, tracks = [], [[] for _ in actors]
    for frame, background in enumerate(frames):
        image, owner, _ = compose(actors, background, VIS_PACE * frame)
        names.append(f'{folder}/{VIS_STEP * frame:05}.jpg')
        write_jpeg(root / 'YouTubeVIS' / 'train' / 'JPEGImages' / names[-1], to_uint8(image))
        for index, track in enumerate(tracks):
            track.append(owner == index)
    height, width = shape
    common = {'height': height, 'width': width, 'length': len(frames)}
    video = {'license': 1, 'file_names': names, **common}
    annotations = []
    for actor, track in zip(actors, tracks, strict=True):
        seen = [mask if np.count_nonzero(mask) >= FEWEST_PIXELS else None for mask in track]
        if all(mask is None for mask in seen):
            continue
        name = 'person' if actor.is_person else VIS_THINGS[actor.what.kind]
        annotations.append(
            {
                **common,
                'category_id': VIS_CATEGORIES.index(name) + 1,
                'iscrowd': 0,
                'segmentations': [None if mask is None else _run_lengths(mask) for mask in seen],
                'bboxes': [None if mask is None else box_of(mask) for mask in seen],
                'areas': [None if mask is None else int(mask.sum()) for mask in seen],
            }
        )
    return video, annotations


def vis_annotations(entries: list[tuple[dict, list[dict]]]) -> dict:
    """Return the content of instances.json; videos and annotations are numbered from 1."""
    videos, annotations = [], []
    for number, (video, tracks) in enumerate(entries, start=1):
        videos.append(video | {'id': number})
        for track in tracks:
            annotations.append(track | {'video_id': number, 'id': len(annotations) + 1})
    categories = [
        {'supercategory': 'object', 'id': number, 'name': name}
        for number, name in enumerate(VIS_CATEGORIES, start=1)
    ]
    return _head() | {'videos': videos, 'annotations': annotations, 'categories': categories}


def supervisely_image(root: Path, seed: int, size: DemoSize, number: int) -> None:
    """Write a picture of one to three people and its mask, 0 or 255."""
    rng = np.random.default_rng([seed, SUPERVISELY, number])
    shape = still_size(rng, size.still, 0.7, 1.5)
    many = int(rng.choice([1, 1, 2, 3]))
    actors = [Actor(random_person(rng, shape)) for _ in range(many)]
    if rng.random() < 0.4:
        actors.insert(0, Actor(Clutter(rng, False, shape)))
    image, owner, _ = compose(actors, still(rng, shape, False), 0)
    people = [index for index, actor in enumerate(actors) if actor.is_person]
    mask = np.isin(owner, people).astype(np.uint8) * 255
    name = f'person_{number:04}.png'
    write_png(root / 'SuperviselyPersonDataset' / 'img' / name, to_uint8(image))
    write_png(root / 'SuperviselyPersonDataset' / 'seg' / name, mask)


def _ball(rng: np.random.Generator, size: tuple[int, int]) -> Clutter:
    """Return a ball that is in the picture at first."""
    ball = Clutter(rng, False, size, 'ball')
    ball.speed = ball.speed / VIS_PACE
    ball.place = rng.uniform(0.35, 0.65, 2) * size[::-1] + (0, 0.1 * size[0])
    return ball


def _run_lengths(mask: np.ndarray) -> dict:
    return {'counts': counts_from_mask(mask).tolist(), 'size': list(mask.shape)}


def _head() -> dict:
    return {
        'info': {'description': 'Demo data of rvm, drawn by tools/make_demo_data.py'},
        'licenses': [{'id': 1, 'name': 'Apache-2.0'}],
    }
