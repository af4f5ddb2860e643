"""Evaluation of folders: any model's predictions beside the truth, in any number of processes."""

import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

import rvm
from rvm.errors import DataError, MediaError
from rvm.evaluation.arrays import as_float
from rvm.evaluation.folders.paired_clip import PairedClip
from rvm.evaluation.folders.pairing import pair_folders
from rvm.evaluation.folders.request import check_request
from rvm.evaluation.folders.video_stream import VideoStream
from rvm.evaluation.joining import ClipJoiner
from rvm.evaluation.results import ClipResult, Results, foreground_notes
from rvm.evaluation.scoring import MEASURES, ChunkScores, score_chunk
from rvm.evaluation.strips import shown_size
from rvm.io.listing import name_some
from rvm.worker_pool import WorkerPool

MATTES = ('pred_pha', 'true_pha')
CHUNK = 10
"""Frames in memory at once."""
VIDEO_PART = 300
"""Frames of a video scored by one call; those from a key frame to its first are decoded in vain."""


def evaluate_folders(
    pred: str | os.PathLike,
    true: str | os.PathLike,
    *,
    protocol: str = 'low',
    measures: Sequence[str] | None = None,
    workers: int = 0,
    strips: int = 0,
    ignore_surplus: bool = False,
    name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Score a folder of predictions against a folder of true clips.

    The truth is listed. All that listings and headers tell is checked first. Results depend on
    neither the workers nor the order in which they finish.

    Args:
        pred: Holds `<dataset>/<clip>/{pha,fgr}`, each a folder of images or a video such as
            `pha.mp4`.
        true: Holds `<dataset>/<clip>/{pha,fgr,com}`; fgr and com need not be there.
        protocol: 'low' or 'high'.
        measures: Names in `MEASURES`; None for those of the published tables, as far as there are
            foregrounds.
        workers: Processes; 0 does the work in this one.
        strips: Pictures to draw of the worst frames of each clip.
        ignore_surplus: Leave out predicted clips and frames without truth, and note it.
        name: Of the set; None for that of the folder `true`.
        progress: Called with the number of frames done, and of all.

    Raises:
        DataError: The folders do not fit each other; one sentence names all that is wrong. Or a
            matte is a picture in colours, which decoding alone tells.
        MediaError: A file is damaged.
        ConfigError: An unknown measure or protocol, or strips that are no number.
    """
    start = time.monotonic()
    pred, true = Path(pred), Path(true)
    names = check_request(
        pred, true, protocol=protocol, measures=measures, workers=workers, strips=strips
    )
    joiner = ClipJoiner(strips)
    pool = WorkerPool(workers, preload=[__name__])  # its processes start with the first part
    colours = [measure for measure in names if MEASURES[measure].target == 'fgr']
    need_colour = False if not colours else measures is not None or None
    clips, notes = pair_folders(
        pred,
        true,
        need_colour=need_colour,
        with_source=strips > 0,
        ignore_surplus=ignore_surplus,
    )
    if len(colours) == len(names) and not any('true_fgr' in clip.streams for clip in clips):
        raise DataError(
            f'{true} has no fgr, which {", ".join(names)} need; ask for measures of pha'
        )
    total, done = sum(len(clip.frames) for clip in clips), 0
    if progress is not None:
        progress(done, total)
    score = partial(score_part, measures=names, protocol=protocol, strips=strips > 0)
    with pool:
        for scores in pool.run(score, _parts(clips, need_previous='pha_dtssd' in names)):
            for chunk in scores:
                joiner.add(chunk)
                done += len(chunk.frames)
            if progress is not None:
                progress(done, total)
    scored = joiner.clips()
    info = {
        'pred': str(pred),
        'true': str(true),
        'workers': workers,
        'date': datetime.now(UTC).isoformat(timespec='seconds'),
        'seconds': time.monotonic() - start,
        'versions': versions(),
    }
    notes += [*_damaged_sources(clips, scored), *foreground_notes(scored)]
    return Results(name or true.resolve().name, protocol, names, scored, info=info, notes=notes)


def score_part(
    clip: PairedClip,
    start: int,
    lead: int,
    measures: Sequence[str],
    protocol: str,
    strips: bool,
) -> list[ChunkScores]:
    """Read and score consecutive frames of a clip, with a chunk of them in memory at a time.

    Args:
        clip: These frames alone, and `lead` frames before them.
        start: Number of the first frame to score in the whole clip.
        lead: 1 if there is a frame before, for dtSSD, else 0.
        measures: Names in `MEASURES`.
        protocol: 'low' or 'high'.
        strips: Draw the worst frames.
    """
    streams = {
        key: stream.mattes() if key in MATTES else stream.part(lead, len(stream)).pictures()
        for key, stream in clip.streams.items()
        if key != 'src'
    }
    show = None
    if strips and 'src' in clip.streams:
        source = clip.streams['src']
        _, width = shown_size(*clip.streams['true_pha'].header(0).size)
        show = source.part(lead, len(source)).thumbnails(width)
    before = [_stack([next(streams[key]) for key in MATTES])] if lead else []
    scores = []
    for first in range(lead, len(clip.frames), CHUNK):
        frames = clip.frames[first : first + CHUNK]
        arrays: dict[str, Any] = {
            key: _stack(list(islice(stream, len(frames)))) for key, stream in streams.items()
        }
        if before:
            arrays['previous'] = before.pop()
        if show is not None:
            arrays['src'] = _Shown(_take(show, len(frames)))
        number = start + first - lead
        scores.append(score_chunk(arrays, clip.name, frames, number, measures, protocol, strips))
        before = [np.stack([arrays[key][-1] for key in MATTES])]
    return scores


def _stack(frames: list[np.ndarray]) -> np.ndarray:
    """Return [T, H, W] or [T, 3, H, W]: uint8 in 0..255, or float32 in 0..1 of what has 16 bits."""
    stacked = np.stack(frames)
    if stacked.dtype != np.uint8:
        stacked = as_float(stacked, np.float32)
    return stacked.transpose(0, 3, 1, 2) if stacked.ndim == 4 else stacked


@dataclass(frozen=True)
class _Shown:
    """Sources of frames as an array of them, read where one is looked at; None of a damaged one."""

    load: Sequence[Callable[[], np.ndarray | None]]

    def __getitem__(self, number: int) -> np.ndarray | None:
        try:
            return self.load[number]()
        except MediaError:
            return None


def _take(
    show: Iterator[Callable[[], np.ndarray]], count: int
) -> list[Callable[[], np.ndarray | None]]:
    """Return the next sources; where they cannot be read any more, what gives None."""
    taken: list[Callable[[], np.ndarray | None]] = []
    for _ in range(count):
        try:
            taken.append(next(show, _nothing))
        except MediaError:
            taken.append(_nothing)
    return taken


def _nothing() -> None:
    return None


def _damaged_sources(clips: Sequence[PairedClip], scored: Sequence[ClipResult]) -> list[str]:
    """Say which clips have a source that turned out to be damaged where it was to be shown."""
    named = {clip.name for clip in clips if 'src' in clip.streams}
    odd = [
        clip.clip
        for clip in scored
        if clip.clip in named and not all(strip.has_src for strip in clip.strips)
    ]
    if not odd:
        return []
    return [
        f'{len(odd)} of {len(clips)} clips have damaged frames of com: some of their pictures in '
        f'the report show no source: {name_some(odd)}'
    ]


def _parts(
    clips: Sequence[PairedClip], need_previous: bool
) -> Iterator[tuple[PairedClip, int, int]]:
    """Yield the arguments of `score_part` for all frames: the same for any number of workers."""
    for clip in clips:
        length = len(clip.frames)
        videos = [stream for stream in clip.streams.values() if isinstance(stream, VideoStream)]
        size = VIDEO_PART if videos else CHUNK
        if not all(video.can_start_anywhere for video in videos):
            size = length
        for start in range(0, length, size):
            lead = 1 if start and need_previous else 0
            yield clip.part(start - lead, min(start + size, length)), start, lead


def versions() -> dict[str, str]:
    """Return the versions of this library and of those that compute."""
    return {
        'rvm': rvm.__version__,
        'python': platform.python_version(),
        'torch': torch.__version__,
        'numpy': np.__version__,
        'opencv': cv2.__version__,
    }
