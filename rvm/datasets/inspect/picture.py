"""One file: is it there, is it whole, what does it hold?"""

import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rvm.datasets.inspect.fault import Fault, fault, from_error
from rvm.errors import MediaError
from rvm.io import decode_frame, frame_size
from rvm.io.image_file import ENDS

TAIL_BYTES = 4096
DIGEST_BYTES = 1 << 22
SAMPLE_BYTES = 1 << 14
"""Of each of the beginning, the middle and the end of a file, for a quick digest."""


@dataclass(frozen=True)
class Picture:
    """What a whole picture is like.

    Attributes:
        size: Height and width, upright.
        low: Its smallest value, of a matte that was decoded; else None.
        high: Its largest.
    """

    size: tuple[int, int]
    low: int | None = None
    high: int | None = None


def check_file(path: Path) -> Fault | int:
    """Return the size of a file in bytes, or why it cannot be read at all."""
    try:
        info = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            target = os.readlink(path)
            return fault('link', path, f'is a link that leads nowhere, to {target}')
        return fault('missing', path, 'does not exist')
    except OSError as error:
        return fault('unreadable', path, f'cannot be read ({error.strerror})')
    if stat.S_ISDIR(info.st_mode):
        return fault('not-a-file', path, 'is a folder where a file should be')
    if not stat.S_ISREG(info.st_mode):
        return fault('not-a-file', path, 'is neither a file nor a folder')
    return info.st_size or fault('empty', path, 'is empty (0 bytes)')


def check_picture(
    path: Path, channels: str = 'rgb', quick: bool = False, labels: tuple[int, ...] | None = None
) -> Picture | Fault:
    """Read an image as training will read it.

    Args:
        path: A file that `check_file` passed.
        channels: 'rgb'; 'rgba' or 'grey', whose values are looked at, too.
        quick: Read the header and the end of the file only.
        labels: Values of a 'grey' image that make a mask of 0 and 255; None for its own values.
    """
    try:
        if quick:
            size = frame_size(path)
            return _cut_off(path) or Picture(size)
        image = decode_frame(path, channels)
    except MediaError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno:
            return from_error('unreadable', path, error)
        return _cut_off(path) or from_error('damaged', path, error)
    if channels == 'rgb':
        return Picture(image.shape[:2])
    return Picture(image.shape[:2], *value_range(image, labels))


def value_range(image: np.ndarray, labels: tuple[int, ...] | None = None) -> tuple[int, int]:
    """Return the smallest and the largest value of a matte, [H, W], or of alpha, [H, W, 4]."""
    matte = image[..., 3] if image.ndim == 3 else image
    if labels is not None:
        matte = np.isin(matte, labels).view(np.uint8) * np.uint8(255)
    return int(matte.min()), int(matte.max())


def _cut_off(path: Path) -> Fault | None:
    """Return the fault of a JPEG or PNG file that lacks its end; None of any other."""
    with open(path, 'rb') as file:
        end = ENDS.get(file.read(2))
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        if end is None or end in file.read():
            return None
    return fault('truncated', path, 'is cut off: it lacks the end of the picture')


def digest_ends(paths: Sequence[Path], quick: bool = False) -> str | None:
    """Return a number for what the first, the middle and the last of some files hold.

    Args:
        paths: At least one; a file that stands in several of these places is read once.
        quick: Read little of large files.

    Returns:
        See `digest_files`.
    """
    return digest_files(dict.fromkeys([paths[0], paths[len(paths) // 2], paths[-1]]), quick)


def digest_files(paths: Iterable[Path], quick: bool = False) -> str | None:
    """Return a number for what files hold.

    Args:
        paths: The files; what `check_file` does not pass is not opened: a pipe would be waited for.
        quick: Take the size and three short pieces of a large file, instead of its beginning.

    Returns:
        32 hexadecimal digits; None if a file cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    for path in paths:
        size = check_file(path)
        if isinstance(size, Fault):
            return None
        digest.update(str(size).encode())
        pieces = [(0, DIGEST_BYTES)]
        if quick and size > 3 * SAMPLE_BYTES:
            starts = (0, (size - SAMPLE_BYTES) // 2, size - SAMPLE_BYTES)
            pieces = [(start, SAMPLE_BYTES) for start in starts]
        try:
            with open(path, 'rb') as file:
                for start, length in pieces:
                    file.seek(start)
                    digest.update(file.read(length))
        except OSError:
            return None
    return digest.hexdigest()
