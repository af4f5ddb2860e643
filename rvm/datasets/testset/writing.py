"""Writes composited test sets: the pictures of all samples, and the manifest, or nothing at all."""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from rvm.datasets.composited_clips import CompositedClips
from rvm.datasets.compositing.plan import Sample, name_number
from rvm.datasets.compositing.render import STREAMS, render
from rvm.datasets.prepare.pictures import Encoding
from rvm.datasets.testset.manifest import MANIFEST, digest, make_manifest, write_manifest
from rvm.errors import ConfigError, DataError
from rvm.io import natural_key
from rvm.io.atomic import atomic_output, folders_for
from rvm.io.image_writer import encode_image
from rvm.io.listing import name_some
from rvm.registry import DATASETS
from rvm.worker_pool import WorkerPool

FORMATS = ('png', 'jpg')
CHUNK = 8
"""Frames that a worker makes, and holds, at once, if they are not too large."""
CHUNK_BYTES = 2**28
PIXEL_BYTES = 10
"""Of all streams together."""
PEAK_BYTES = 28
"""A pixel, while a worker makes a single frame: measured."""
PNG_OPTIONS = (cv2.IMWRITE_PNG_COMPRESSION, 4)
"""Half the time of 6, and 4 % larger."""


@dataclass(frozen=True)
class PictureFormat:
    """How pictures are written.

    Attributes:
        suffix: 'png' or 'jpg'. JPEG has full chroma (4:4:4), and alpha as grey.
        quality: Of JPEG, 1..100.
    """

    suffix: str = 'png'
    quality: int = 95

    def __post_init__(self):
        if self.suffix not in FORMATS:
            raise ConfigError(f'format={self.suffix!r} must be one of {", ".join(FORMATS)}')
        Encoding(self.quality)  # refuses what is out of range

    def encode(self, image: np.ndarray, file: Path) -> bytes:
        """Return the file of an image, [H, W, 3] RGB or [H, W] grey, uint8 in 0..255."""
        if self.suffix == 'png':
            return encode_image(file, image, '.png', PNG_OPTIONS)
        return Encoding(self.quality).encode(image, file)

    def describe(self) -> dict:
        """Return it as plain values."""
        if self.suffix == 'png':
            return {'format': 'png'}
        return {'format': 'jpg', 'quality': self.quality, 'chroma': Encoding().chroma}


def make_testset(
    dataset: CompositedClips | Mapping[str, Any],
    out: str | Path,
    *,
    picture_format: PictureFormat = PictureFormat(),
    workers: int = 1,
    force: bool = False,
    progress: bool = False,
) -> Path:
    """Write `<out>/<name>/<clip>/{fgr,pha,bgr,com}/<frame>`, and the manifest beside the clips.

    The folder `<out>/<name>` appears when everything is written, or not at all; what else is in
    `out` is left alone. The same data set gives the same bytes, with any number of workers.

    Args:
        dataset: What to write, or its config.
        out: Folder of the set.
        picture_format: PNG, or JPEG of some quality.
        workers: Processes; 1 works in this one.
        force: Whether a data set of this name that is there already, with a manifest, is replaced.
        progress: Whether a bar shows the frames and the time that is left.

    Returns:
        The folder of the data set.

    Raises:
        DataError: The folder is there, and not to be replaced; or there is too little memory.
        MediaError, DataError: A source is missing or damaged.
    """
    if isinstance(dataset, Mapping):
        dataset = DATASETS.build({'type': 'CompositedClips', **dataset})
    if workers < 1:
        raise ConfigError(f'workers must be 1 or more, not {workers}')
    target = Path(out) / dataset.name
    _check_target(target, force)
    if _peak(dataset.size) * workers > _installed_memory():
        raise _too_large(dataset.size, workers)  # else the system might end another process
    samples = [dataset.describe(index) for index in range(len(dataset))]  # reads every header
    total = len(dataset) * dataset.length
    bar = tqdm(total=total, desc=dataset.name, unit='frame', disable=None if progress else True)
    files: dict[str, str] = {}
    pool = WorkerPool(workers if workers > 1 else 0, preload=[__name__])
    try:
        with folders_for(out), atomic_output(target) as partial, pool, bar:
            partial.mkdir()
            for written in pool.run(_write_chunk, _chunks(dataset, partial, picture_format)):
                files |= written
                bar.update(len(written) // len(STREAMS))
            parameters = dataset.describe_parameters() | picture_format.describe()
            # Their order must not tell how many frames were made at once.
            files = {name: files[name] for name in sorted(files, key=natural_key)}
            write_manifest(partial, make_manifest(parameters, samples, files))
    except OSError as error:
        raise DataError(
            f'{target} cannot be written ({error.strerror or error}); nothing is left of it'
        ) from error
    except MemoryError as error:
        raise _too_large(dataset.size, workers) from error
    return target


def notes(dataset: CompositedClips) -> list[str]:
    """Return sentences on what a user should know of the sources: enlarged, or too short."""
    height, width = dataset.size
    samples = [dataset.describe(index) for index in range(len(dataset))]
    found = []
    for key in ('foreground', 'background'):
        parts = {part['clip']: part for part in (sample[key] for sample in samples)}
        short = [name for name, part in parts.items() if part['turns']]
        if short:
            found.append(
                f'{key}s shorter than {dataset.length} frames run back and forth: {_some(short)}'
            )
        covers = key == 'background' or not dataset.moves
        small = [name for name, part in parts.items() if _is_enlarged(part, width, height, covers)]
        if small:
            found.append(f'{key}s are enlarged to {width}x{height}: {_some(small)}')
    return found


def frames_at_once(size: tuple[int, int]) -> int:
    """Return how many frames of a height and width a worker makes at once, 1..CHUNK."""
    return max(1, min(CHUNK, CHUNK_BYTES // (PIXEL_BYTES * size[0] * size[1])))


def _chunks(
    dataset: CompositedClips, folder: Path, picture_format: PictureFormat
) -> Iterator[tuple[Path, str, Sample, int, int, PictureFormat]]:
    frames = frames_at_once(dataset.size)
    for index in range(len(dataset)):
        sample, clip = dataset.sample(index), name_number(index)
        for stream in STREAMS:  # here: a late worker would make a removed folder again
            (folder / clip / stream).mkdir(parents=True)
        for start in range(0, dataset.length, frames):
            stop = min(start + frames, dataset.length)
            yield folder, clip, sample, start, stop, picture_format


def _write_chunk(
    folder: Path, clip: str, sample: Sample, start: int, stop: int, picture_format: PictureFormat
) -> dict[str, str]:
    """Write frames of a clip; return path -> SHA-256."""
    pictures = render(sample, start, stop)
    written = {}
    for stream in STREAMS:
        for place, image in enumerate(pictures[stream]):
            name = f'{clip}/{stream}/{name_number(start + place)}.{picture_format.suffix}'
            data = picture_format.encode(image, folder / name)
            (folder / name).write_bytes(data)
            written[name] = digest(data)
    return written


def _peak(size: tuple[int, int]) -> int:
    return PEAK_BYTES * size[0] * size[1]


def _installed_memory() -> float:
    """Return the bytes of this machine; infinity where they cannot be asked for."""
    if not hasattr(os, 'sysconf'):
        return math.inf
    return os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')


def _too_large(size: tuple[int, int], workers: int) -> DataError:
    height, width = size
    return DataError(
        f'there is too little memory for frames of {width}x{height}: each of {workers} workers '
        f'needs {(_peak(size) >> 20) + 1} MiB; make smaller pictures, or use fewer workers'
    )


def _check_target(target: Path, force: bool) -> None:
    """Refuse to replace what is there, unless it is a data set that was made here."""
    if target.exists() and not target.is_dir():
        raise DataError(f'{target} is a file; name another data set, or another set')
    if not target.is_dir() or not any(target.iterdir()):
        return
    if not (target / MANIFEST).is_file():
        raise DataError(
            f'{target} holds files and no {MANIFEST}, and is never replaced; name another data set '
            '(--name), or another set'
        )
    if not force:
        raise DataError(
            f'{target} is there already; use it, replace it with --force, or name another data '
            'set (--name)'
        )


def _is_enlarged(part: dict, width: int, height: int, covers: bool) -> bool:
    """Return whether a source is smaller than what it will fill or, by its long side, fit."""
    across, down = part['size']
    return across < width or down < height if covers else max(across, down) < max(width, height)


def _some(names: list[str]) -> str:
    return f'{len(names)} ({name_some(sorted(names, key=natural_key))})'
