"""Test sets and predictions of some small pictures, for the tests of folders."""

import shutil
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

CLIPS = {'motion/0001': 5, 'static/0002': 13}
"""Frames by clip; one has more than a chunk."""
SIZE = (24, 32)


def matte(number: int, seed: int = 0) -> np.ndarray:
    """Return [H, W] uint8: a soft disc that moves, over nothing."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    place = 8 + (3 * number + 5 * seed) % 16
    return np.clip(160 - 12 * np.hypot(rows - 12, columns - place), 0, 150).astype(np.uint8)


def picture(number: int, seed: int = 0) -> np.ndarray:
    """Return [H, W, 3] uint8, colours that differ from frame to frame."""
    return np.random.default_rng([number, seed]).integers(0, 256, (*SIZE, 3), np.uint8)


def save(path: Path, image: np.ndarray) -> Path:
    """Write an image, [H, W] or [H, W, 3 or 4] in the order of OpenCV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)
    return path


def save_bits(path: Path, bits: int) -> Path:
    """Write a grey PNG of 1, 2 or 4 bits, of the size of `matte`."""
    height, width = SIZE
    rows = b''.join(b'\0' + bytes(width * bits // 8) for _ in range(height))
    header = struct.pack('>IIBBBBB', width, height, bits, 0, 0, 0, 0)
    chunks = ((b'IHDR', header), (b'IDAT', zlib.compress(rows)), (b'IEND', b''))
    parts = [
        struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + b''.join(parts))
    return path


def make_set(
    root: Path,
    seed: int = 0,
    clips: Mapping[str, int] = CLIPS,
    kinds: Sequence[str] = ('pha', 'fgr', 'com'),
    suffix: str = '.png',
) -> Path:
    """Write a set and return its folder; frames are called 0, 1, .. 10: not in order of text."""
    for clip, count in clips.items():
        for kind in kinds:
            for number in range(count):
                image = matte(number, seed) if kind == 'pha' else picture(number, seed)
                save(root / clip / kind / f'{number}{suffix}', image)
    return root


def drop(path: Path) -> None:
    """Delete a file or a folder."""
    shutil.rmtree(path) if path.is_dir() else path.unlink()
