"""What is in a folder of clips or of images: listed once, then taken from the cache.

Hidden files, those that file managers leave behind, and files of other kinds are ignored.
"""

import logging
import os
import stat
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rvm.datasets.frames import RGB, FrameSource, ImageFrames, VideoFrames
from rvm.datasets.index_cache import load_index, signature, store_index
from rvm.errors import DataError, MediaError
from rvm.io import natural_key, probe
from rvm.io.image_reader import VIDEO_SUFFIXES
from rvm.io.listing import JUNK, image_names, name_some, pack_names, stem, unpack_names

LOGGER = logging.getLogger(__name__)

VERSION = 2
THREADS = 8
PATIENCE = 2.0
"""Seconds of work from which on it is reported."""


@dataclass(frozen=True)
class Clip:
    """A clip on disk: a folder of images, or a video file.

    Attributes:
        path: The folder or the file.
        names: File names of the images in natural order; None for a video file.
        num_frames: Their number, or that of the video's frames.
        known_size: Height and width of a video, as they were found with its number of frames.
    """

    path: str
    names: tuple[str, ...] | None
    num_frames: int
    known_size: tuple[int, int] | None = None

    def __len__(self) -> int:
        return self.num_frames

    def frames(self, kind: str = RGB) -> FrameSource:
        """Return the frames as 'rgb', 'grey' or 'rgba'."""
        if self.names is None:
            return VideoFrames(self.path, self.num_frames, kind, self.known_size)
        return ImageFrames(self.path, self.names, kind)


def list_clips(
    folder: str | Path, wanted: Callable[[str], bool] = lambda name: True
) -> dict[str, Clip]:
    """Return the clips of a folder by name, in natural order.

    A clip is a folder of images, or a video file; its name is that without the suffix of the file.
    At the second time folders and files that have not changed since are not read again.

    Args:
        folder: Where the clips are.
        wanted: Tells by a clip's name whether it is to be listed; faults of others do not matter.

    Raises:
        DataError: The folder does not exist, clips in it hold no images or cannot be read, or two
            have one name; all such clips are counted, and the first ten named.
    """
    folder = Path(folder)
    present = _entries(folder)
    entries = {name: info for name, info in present.items() if wanted(stem(name))}
    _refuse_twins(folder, entries)
    known = load_index('clips', [folder], VERSION) or {}
    contents, marks = {}, {}
    for name, info in entries.items():
        marks[name] = signature(info, is_folder=stat.S_ISDIR(info.st_mode))
        mark, content = known.get(name, (None, None))
        if mark is not None and mark == marks[name]:
            contents[name] = content
    stale = [name for name in entries if name not in contents]
    faults = {}
    for name, content in _each(stale, lambda name: _read_clip(folder / name), folder):
        (faults if isinstance(content, Exception) else contents)[name] = content
    kept = known | {name: [marks[name], contents[name]] for name in contents if marks[name]}
    kept = {name: entry for name, entry in kept.items() if name in present}
    if kept != known:
        store_index('clips', [folder], VERSION, kept)
    if faults:
        reasons = [str(faults[name]) for name in entries if name in faults]
        raise DataError(f'{folder}: {len(faults)} clips cannot be used: {name_some(reasons, "; ")}')
    return {stem(name): _clip(folder / name, contents[name]) for name in entries}


def list_stills(folder: str | Path) -> list[str]:
    """Return the file names of the images in a folder, in natural order.

    Raises:
        DataError: The folder does not exist.
    """
    folder = Path(folder)
    try:
        mark = signature(folder.stat(), is_folder=True)
    except OSError as error:
        raise DataError(f'{folder} cannot be read ({error.strerror})') from error
    known = load_index('stills', [folder], VERSION)
    if known is not None and known[0] == mark:
        return unpack_names(known[1])
    names = image_names(folder)
    if mark is not None:
        store_index('stills', [folder], VERSION, [mark, pack_names(names)])
    return names


def _entries(folder: Path) -> dict[str, os.stat_result]:
    """Return folders and video files with what the disk says about them, in natural order."""
    found = {}
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                if entry.name.startswith('.') or entry.name in JUNK:
                    continue
                if entry.is_dir() or (_suffix(entry.name) in VIDEO_SUFFIXES and entry.is_file()):
                    found[entry.name] = entry.stat()
    except OSError as error:
        raise DataError(f'{folder} cannot be read ({error.strerror})') from error
    return {name: found[name] for name in sorted(found, key=natural_key)}


def _refuse_twins(folder: Path, names: Iterable[str]) -> None:
    first: dict[str, str] = {}
    twins = []
    for name in names:
        other = first.setdefault(stem(name), name)
        if other != name:
            twins.append(f'{other} and {name}')
    if twins:
        raise DataError(
            f'{folder}: {len(twins)} clips are there twice: {name_some(twins)}; remove one of each'
        )


def _each(names: list[str], work: Callable[[str], Any], folder: Path) -> Iterable[tuple[str, Any]]:
    """Yield names with what `work` returns for them, or with its fault; in threads."""
    start = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        bar = tqdm(
            total=len(names), desc=f'{folder.name}', unit='clip', delay=PATIENCE, disable=None
        )
        with bar:
            for name, result in zip(names, pool.map(work, names), strict=True):
                bar.update()
                yield name, result
    seconds = time.monotonic() - start
    if seconds > PATIENCE:
        LOGGER.info('%s: %d clips indexed in %.0f s', folder, len(names), seconds)


def _read_clip(path: Path) -> Any:
    """Return what the cache keeps of a clip: packed names, or numbers of a video; or its fault."""
    try:
        if not path.is_dir():
            index = probe(path)
            info = index.info
            return {'video': [info.num_frames, info.height, info.width, index.missing]}
        names = image_names(path)
    except (DataError, MediaError) as error:
        return error
    return pack_names(names) if names else DataError(f'{path} holds no images')


def _clip(path: Path, content: Any) -> Clip:
    if 'video' in content:
        count, height, width, missing = content['video']
        if missing:
            LOGGER.warning(
                '%s: the file ends after frame %d of %d (truncated?); the rest is not used',
                path,
                count,
                count + missing,
            )
        return Clip(str(path), None, count, (height, width))
    names = tuple(unpack_names(content))
    return Clip(str(path), names, len(names))


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()
