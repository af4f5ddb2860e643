"""Data sets of the original sizes and layouts, generated; a clip pans over a wide picture.

What a frame costs to decode hangs on its bits per pixel: the quality of each clip's JPEG files is
chosen by them (`BITS`).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import simplejpeg
from benchmarks.pictures import natural_picture, person_picture, soft_person

from rvm.datasets.rle import counts_from_mask

MARGIN = 1.15
"""What a clip pans over, as a multiple of its frame."""
QUALITIES = range(97, 20, -3)

BITS = {
    'sd': 0.45,
    'hd': 0.8,
    'images': 1.5,
    'stills': 1.5,
    'videos': 0.41,
    'youtube': 0.6,
    'coco': 4,
}
"""Bits per pixel of a part's pictures: what the downloads come to (6 GB for 240,709 SD frames with
alpha, 60 GB HD, 14.6 GB for 311,700 background frames, 18 GB for 118,287 images of COCO); stills,
ImageMatte and YouTubeVIS are estimates."""
ALPHA_BITS = 0.15


@dataclass(frozen=True)
class Amount:
    """How much is generated: clips (or images) of a part, and frames of a clip."""

    clips: int
    frames: int = 1


AMOUNTS = {
    'sd': Amount(8, 100),
    'hd': Amount(4, 50),
    'images': Amount(12),
    'stills': Amount(12),
    'videos': Amount(8, 100),
    'youtube': Amount(8, 36),
    'coco': Amount(32),
}


class Footage:
    """Writes parts of a data root.

    Args:
        root: The folder.
        scale: Of all sizes, for tests; 1 gives those of the original data sets.
    """

    def __init__(self, root: Path, scale: float = 1):
        self.root = root
        self.scale = scale
        self.rng = np.random.default_rng(0)
        self.bytes = self.pixels = 0

    def make(self, part: str) -> float:
        """Write a part; return the bits per pixel of its pictures, alpha not counted."""
        self.bytes = self.pixels = 0
        _MAKERS[part](self, AMOUNTS[part], BITS[part])
        return 8 * self.bytes / self.pixels

    def sized(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return a size at the footage's scale."""
        return round(size[0] * self.scale), round(size[1] * self.scale)

    def pan(self, wide: np.ndarray, size: tuple[int, int], count: int) -> Iterable[np.ndarray]:
        """Yield `count` windows of a size that move to and fro over a wide picture."""
        height, width = size
        times = np.sin(np.linspace(0, 2 * np.pi, count, endpoint=False)) / 2 + 0.5
        tops = (times * (wide.shape[0] - height)).astype(int)
        lefts = (times[::-1] * (wide.shape[1] - width)).astype(int)
        for top, left in zip(tops, lefts, strict=True):
            yield wide[top : top + height, left : left + width]

    def write(self, folder: str, pictures: Iterable[np.ndarray], bits: float) -> list[str]:
        """Write [H, W, 3] or [H, W] uint8 as JPEG files of about so many bits per pixel."""
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        names, quality = [], None
        for number, picture in enumerate(pictures):
            quality = quality or _quality(picture, bits)
            data = _encode(picture, quality)
            names.append(f'{number:04d}.jpg')
            (self.root / folder / names[-1]).write_bytes(data)
            if picture.ndim == 3:
                self.bytes += len(data)
                self.pixels += picture.shape[0] * picture.shape[1]
        return names


def _encode(picture: np.ndarray, quality: int) -> bytes:
    if picture.ndim == 2:
        picture = np.ascontiguousarray(picture[..., None])
        return simplejpeg.encode_jpeg(picture, quality, 'GRAY', 'Gray')
    return simplejpeg.encode_jpeg(np.ascontiguousarray(picture), quality, 'RGB', '420')


def _quality(picture: np.ndarray, bits: float) -> int:
    """Return the quality at which a picture takes the bits per pixel, or comes next to it."""
    pixels = picture.shape[0] * picture.shape[1]
    return min(QUALITIES, key=lambda q: abs(8 * len(_encode(picture, q)) / pixels - bits))


def _wide(size: tuple[int, int]) -> tuple[int, int]:
    return round(size[0] * MARGIN), round(size[1] * MARGIN)


def _video_matte(footage: Footage, amount: Amount, bits: float, name: str, size: tuple) -> None:
    size = footage.sized(size)
    for number in range(amount.clips):
        picture, matte = person_picture(footage.rng, _wide(size))
        for kind, wide, most in (('fgr', picture, bits), ('pha', matte, ALPHA_BITS)):
            folder = f'VideoMatte240K_JPEG_{name}/train/{kind}/{number:04d}'
            footage.write(folder, footage.pan(wide, size, amount.frames), most)


def _sd(footage: Footage, amount: Amount, bits: float) -> None:
    _video_matte(footage, amount, bits, 'SD', (432, 768))


def _hd(footage: Footage, amount: Amount, bits: float) -> None:
    _video_matte(footage, amount, bits, 'HD', (1080, 1920))


def _images(footage: Footage, amount: Amount, bits: float) -> None:
    sizes = ((1200, 1600), (1600, 1200), (1500, 2000), (2000, 1333))
    pairs = [
        person_picture(footage.rng, footage.sized(sizes[number % len(sizes)]))
        for number in range(amount.clips)
    ]
    footage.write('ImageMatte/train/fgr', (picture for picture, _ in pairs), bits)
    footage.write('ImageMatte/train/pha', (matte for _, matte in pairs), ALPHA_BITS)


def _stills(footage: Footage, amount: Amount, bits: float) -> None:
    size = footage.sized((1536, 2048))
    pictures = (natural_picture(footage.rng, size) for _ in range(amount.clips))
    footage.write('Backgrounds/train', pictures, bits)


def _videos(footage: Footage, amount: Amount, bits: float) -> None:
    size = footage.sized((720, 1280))
    for number in range(amount.clips):
        frames = footage.pan(natural_picture(footage.rng, _wide(size)), size, amount.frames)
        footage.write(f'BackgroundVideos/train/{number:04d}', frames, bits)


def _youtube(footage: Footage, amount: Amount, bits: float) -> None:
    size = footage.sized((720, 1280))
    videos, annotations = [], []
    for number in range(1, amount.clips + 1):
        clip = f'{number:010x}'
        frames = footage.pan(natural_picture(footage.rng, _wide(size)), size, amount.frames)
        names = footage.write(f'YouTubeVIS/train/JPEGImages/{clip}', frames, bits)
        videos.append(
            {
                'id': number,
                'height': size[0],
                'width': size[1],
                'length': amount.frames,
                'file_names': [f'{clip}/{name}' for name in names],
            }
        )
        for _ in range(1 + number % 2):
            masks = footage.pan(soft_person(footage.rng, _wide(size)) > 127, size, amount.frames)
            runs = [
                {'counts': counts_from_mask(mask).tolist(), 'size': list(size)} for mask in masks
            ]
            person = {'id': len(annotations), 'video_id': number, 'category_id': 26}
            annotations.append(person | {'segmentations': runs})
    content = {'videos': videos, 'annotations': annotations}
    content['categories'] = [{'id': 26, 'name': 'person'}]
    _write_json(footage.root / 'YouTubeVIS/train/instances.json', content)


def _coco(footage: Footage, amount: Amount, bits: float) -> None:
    sizes = ((480, 640), (640, 480), (427, 640))
    sizes = [footage.sized(sizes[number % len(sizes)]) for number in range(amount.clips)]
    pictures = (natural_picture(footage.rng, size) for size in sizes)
    names = footage.write('coco/train2017', pictures, bits)
    folder = footage.root / 'coco/panoptic_train2017'
    folder.mkdir()
    images, annotations = [], []
    for number, (name, (height, width)) in enumerate(zip(names, sizes, strict=True)):
        segments, info = _segments(footage.rng, (height, width))
        mask = f'{Path(name).stem}.png'
        colours = [segments >> 16, segments >> 8 & 255, segments & 255]  # B, G, R
        cv2.imwrite(str(folder / mask), np.dstack(colours).astype(np.uint8))
        images.append({'id': number, 'file_name': name, 'height': height, 'width': width})
        annotations.append({'image_id': number, 'file_name': mask, 'segments_info': info})
    names = {1: 'person', 27: 'backpack', 32: 'tie', 184: 'tree-merged'}
    content = {'images': images, 'annotations': annotations}
    content['categories'] = [{'id': key, 'name': name} for key, name in names.items()]
    _write_json(footage.root / 'coco/annotations/panoptic_train2017.json', content)


def _segments(rng: np.random.Generator, size: tuple[int, int]) -> tuple[np.ndarray, list[dict]]:
    """Return a map of segment numbers [H, W], and what they are; the first one is a person."""
    coarse = cv2.resize(rng.random((5, 5), np.float32), size[::-1], interpolation=cv2.INTER_CUBIC)
    numbers = rng.integers(2**16, 2**24, size=10)
    segments = numbers[1 + np.clip(coarse * 9, 0, 8).astype(int)]
    segments[soft_person(rng, size) > 127] = numbers[0]
    shown = [place for place, value in enumerate(numbers) if (segments == value).any()]
    info = [
        {'id': int(numbers[place]), 'category_id': 184 if place else 1, 'iscrowd': 0}
        for place in shown
    ]
    return segments, info


def _write_json(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding='utf-8')


_MAKERS: dict[str, Callable[[Footage, Amount, float], None]] = {
    'sd': _sd,
    'hd': _hd,
    'images': _images,
    'stills': _stills,
    'videos': _videos,
    'youtube': _youtube,
    'coco': _coco,
}
