"""What an evaluation found: values by frame, averages over frames, clips and data sets."""

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rvm.errors import DataError
from rvm.evaluation.scoring import MEASURES, SPREAD, ChunkScores, Values
from rvm.evaluation.strips import Strip
from rvm.io.listing import name_some

SCHEMA = 1

Means = dict[str, float | None]
"""Name of a measure -> average, None where there is nothing to average."""


@dataclass
class ClipResult:
    """The scores of a clip.

    Attributes:
        clip: '<dataset>/<clip>'.
        frames: Names of its frames.
        size: Height and width in pixels.
        values: Measures by name, [T] float64 each, NaN where a frame has none.
        strips: Pictures of its worst frames, the worst first.
    """

    clip: str
    frames: list[str]
    size: tuple[int, int]
    values: Values
    strips: list[Strip] = field(default_factory=list)

    @property
    def dataset(self) -> str:
        """The part of the name before the last slash."""
        return self.clip.rpartition('/')[0]

    def mean(self, name: str) -> float | None:
        """Return the average over the frames that have the measure; None if none has."""
        return _mean(self.values.get(name, ()))


@dataclass
class Results:
    """The scores of a test set.

    Attributes:
        name: Of the set, such as 'videomatte_512x288'.
        protocol: 'low' or 'high'.
        measures: Names of the columns, in order.
        clips: In order.
        published: Rows of others to stand beside: name -> averages by measure.
        info: Plain values on how it came about (checkpoint, versions, ...).
        notes: Sentences on what a reader must know (frames without foreground, ...).
    """

    name: str
    protocol: str
    measures: tuple[str, ...]
    clips: list[ClipResult]
    published: dict[str, dict[str, float]] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def num_frames(self) -> int:
        """Frames of all clips."""
        return sum(len(clip.frames) for clip in self.clips)

    @property
    def datasets(self) -> list[str]:
        """Names of the data sets, in order."""
        return list(dict.fromkeys(clip.dataset for clip in self.clips))

    def of(self, dataset: str) -> 'Results':
        """Return the part that belongs to a data set."""
        clips = [clip for clip in self.clips if clip.dataset == dataset]
        return Results(self.name, self.protocol, self.measures, clips)

    def mean(self) -> Means:
        """Return averages over clips of the averages over their frames, as published."""
        return {name: _mean([clip.mean(name) for clip in self.clips]) for name in self.measures}

    def mean_over_frames(self) -> Means:
        """Return averages over all frames: long clips weigh more."""
        return {
            name: _mean([v for clip in self.clips for v in clip.values.get(name, ())])
            for name in self.measures
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: NaN as None, without the pictures."""
        return {
            'schema': SCHEMA,
            'name': self.name,
            'protocol': self.protocol,
            'measures': list(self.measures),
            **self._averages(),
            'published': self.published,
            'notes': self.notes,
            'info': self.info,
            'datasets': {name: self.of(name)._averages() for name in self.datasets},
            'clips': {
                clip.clip: {
                    'size': list(clip.size),
                    'mean': {name: clip.mean(name) for name in self.measures},
                    'frames': clip.frames,
                    'values': {
                        name: [_plain(value) for value in clip.values[name]]
                        if name in clip.values
                        else None
                        for name in self.measures
                    },
                }
                for clip in self.clips
            },
        }

    @classmethod
    def from_file(cls, path: str | os.PathLike) -> 'Results':
        """Read a results.json.

        Raises:
            DataError: The file is missing, or no such file.
        """
        try:
            data = json.loads(Path(path).read_text(encoding='utf-8'))
            if data['schema'] != SCHEMA:
                raise DataError(f'{path} has schema {data["schema"]}, this version reads {SCHEMA}')
            clips = [
                ClipResult(
                    clip,
                    entry['frames'],
                    tuple(entry['size']),
                    {
                        name: np.array([math.nan if v is None else v for v in values], np.float64)
                        for name, values in entry['values'].items()
                        if values is not None
                    },
                )
                for clip, entry in data['clips'].items()
            ]
            return cls(
                data['name'],
                data['protocol'],
                tuple(data['measures']),
                clips,
                data['published'],
                data['info'],
                data['notes'],
            )
        except OSError as error:
            raise DataError(f'{path} cannot be read ({error.strerror})') from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f'{path} is no results.json of this library ({error!r})') from error

    def _averages(self) -> dict[str, Any]:
        return {
            'num_clips': len(self.clips),
            'num_frames': self.num_frames,
            'mean': self.mean(),
            'mean_over_frames': self.mean_over_frames(),
        }


def join_chunks(chunks: Iterable[ChunkScores], num_strips: int = 0) -> list[ClipResult]:
    """Join the scores of chunks, in any order, to clips, in order of first appearance.

    Args:
        chunks: All chunks of each clip.
        num_strips: Pictures to keep of each clip, those of its worst frames.

    Raises:
        DataError: Frames of a clip were given twice, or are missing between others.
    """
    by_clip: dict[str, list[ChunkScores]] = {}
    for chunk in chunks:
        by_clip.setdefault(chunk.clip, []).append(chunk)
    return [_join(clip, parts, num_strips) for clip, parts in by_clip.items()]


def _join(clip: str, parts: list[ChunkScores], num_strips: int) -> ClipResult:
    parts.sort(key=lambda part: part.start)
    frames: list[str] = []
    for part in parts:
        if part.start != len(frames):
            what = 'were scored twice' if part.start < len(frames) else 'are missing'
            places = sorted((part.start, len(frames)))
            raise DataError(f'{clip}: frames {places[0]} to {places[1] - 1} {what}')
        if part.size != parts[0].size or part.values.keys() != parts[0].values.keys():
            raise DataError(f'{clip}: its frames differ in size, or some have no foreground')
        frames += part.frames
    values = {
        name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values
    }
    return ClipResult(clip, frames, parts[0].size, values, _worst_strips(parts, num_strips))


def _worst_strips(parts: Sequence[ChunkScores], count: int) -> list[Strip]:
    best: dict[int, Strip] = {}
    for strip in (strip for part in parts for strip in part.strips):
        block = strip.number // SPREAD
        if block not in best or strip.value > best[block].value:
            best[block] = strip
    return sorted(best.values(), key=lambda strip: (-strip.value, strip.number))[:count]


def foreground_notes(clips: Sequence[ClipResult]) -> list[str]:
    """Say which clips and frames have no foreground values, and so do not count in averages."""
    colours = [name for name in MEASURES if MEASURES[name].target == 'fgr']
    notes = []
    without = [clip.clip for clip in clips if not any(name in clip.values for name in colours)]
    if without and len(without) < len(clips):
        notes.append(
            f'{len(without)} of {len(clips)} clips have no foreground: {name_some(without)}'
        )
    empty = {
        clip.clip: int(np.isnan(clip.values[name]).sum())
        for clip in clips
        for name in colours
        if name in clip.values and np.isnan(clip.values[name]).any()
    }
    if empty:
        named = [f'{clip} ({count})' for clip, count in empty.items()]
        notes.append(
            f'{sum(empty.values())} frames have no true alpha above 0, they do not count in the '
            f'averages of the foreground: {name_some(named)}'
        )
    return notes


def _mean(values: Iterable[float | None]) -> float | None:
    numbers = [value for value in values if value is not None and not math.isnan(value)]
    return math.fsum(numbers) / len(numbers) if numbers else None


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def check_equal_sets(results: Mapping[str, Results]) -> None:
    """Refuse to compare runs over different clips or protocols.

    Raises:
        DataError: Naming the two runs and the first difference.
    """
    (first, one), *others = results.items()
    for name, other in others:
        if other.protocol != one.protocol:
            raise DataError(
                f'{first} has protocol {one.protocol} and {name} {other.protocol}: their numbers '
                'cannot be compared'
            )
        mine = {clip.clip: len(clip.frames) for clip in one.clips}
        theirs = {clip.clip: len(clip.frames) for clip in other.clips}
        odd = [clip for clip in {**mine, **theirs} if mine.get(clip) != theirs.get(clip)]
        if odd:
            raise DataError(
                f'{first} and {name} were made on different clips or frames: {name_some(odd)}'
            )
