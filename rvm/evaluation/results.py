"""What an evaluation found: values by frame, averages over frames, clips and data sets."""

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rvm.errors import DataError
from rvm.evaluation.functional import PROTOCOLS
from rvm.evaluation.scoring import MEASURES, Values
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
            DataError: The file is missing, or no such file, or what it holds does not fit together.
        """
        try:
            data = json.loads(Path(path).read_text(encoding='utf-8'))
            if data['schema'] != SCHEMA:
                raise DataError(f'{path} has schema {data["schema"]}, this version reads {SCHEMA}')
            return cls(
                _checked(data, 'name', str),
                _checked(data, 'protocol', str, PROTOCOLS.__contains__),
                tuple(_checked(data, 'measures', list, _holds_texts)),
                [_read_clip(*item) for item in _checked(data, 'clips', dict, bool).items()],
                {
                    name: {
                        key: mean if mean is None else float(mean) for key, mean in means.items()
                    }
                    for name, means in _checked(data, 'published', dict).items()
                },
                _checked(data, 'info', dict),
                _checked(data, 'notes', list, lambda notes: not notes or _holds_texts(notes)),
            )
        except OSError as error:
            raise DataError(f'{path} cannot be read ({error.strerror})') from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, DataError):
                raise
            what = f'lacks {error}' if isinstance(error, KeyError) else error
            raise DataError(f'{path} is no results.json of this library ({what})') from error

    def _averages(self) -> dict[str, Any]:
        return {
            'num_clips': len(self.clips),
            'num_frames': self.num_frames,
            'mean': self.mean(),
            'mean_over_frames': self.mean_over_frames(),
        }


def _checked(data: Any, key: str, kind: type, fits: Callable[[Any], bool] | None = None) -> Any:
    """Return an entry of a results.json that has the kind that it should have.

    Raises:
        ValueError: It has not, or is nothing that fits.
    """
    value = data[key]
    if not isinstance(value, kind) or (fits is not None and not fits(value)):
        raise ValueError(f'{key} is {str(value)[:40]!r}')
    return value


def _holds_texts(values: Sequence[Any]) -> bool:
    return bool(values) and all(isinstance(value, str) for value in values)


def _read_clip(clip: str, entry: Any) -> ClipResult:
    """Return a clip of a results.json.

    Raises:
        ValueError: It has no frames, or its values do not fit them.
    """
    frames = _checked(entry, 'frames', list, _holds_texts)
    height, width = _checked(entry, 'size', list)
    columns = {
        name: np.array([math.nan if v is None else v for v in values], np.float64)
        for name, values in entry['values'].items()
        if values is not None
    }
    for name, column in columns.items():
        if column.shape != (len(frames),):
            raise ValueError(f'{clip} has {len(frames)} frames and {len(column)} values of {name}')
        if np.isinf(column).any():
            raise ValueError(f'{clip} has infinite values of {name}')
    return ClipResult(clip, frames, (int(height), int(width)), columns)


def foreground_notes(
    clips: Sequence[ClipResult], lacking: Mapping[str, str] | None = None
) -> list[str]:
    """Say which clips and frames have no foreground values, and so do not count in averages.

    Args:
        clips: All clips.
        lacking: Who has no fgr of a clip ('truth', 'prediction'), by clip; None where it is said
            elsewhere if no clip has any.
    """
    colours = [name for name in MEASURES if MEASURES[name].target == 'fgr']
    notes = []
    without = [clip.clip for clip in clips if not any(name in clip.values for name in colours)]
    if lacking is None and without and len(without) < len(clips):
        notes.append(
            f'{len(without)} of {len(clips)} clips have no foreground: {name_some(without)}'
        )
    for who in sorted(set((lacking or {}).values()), reverse=True):
        named = [clip.clip for clip in clips if lacking.get(clip.clip) == who]
        notes.append(
            f'the {who} has no fgr of {len(named)} of {len(clips)} clips, their foreground is not '
            f'measured: {name_some(named)}'
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
        clips = {clip.clip: clip for clip in other.clips}
        for clip in one.clips:
            _check_equal_clips(clip, clips[clip.clip], (first, name))


def _check_equal_clips(one: ClipResult, other: ClipResult, runs: tuple[str, str]) -> None:
    """Refuse a clip of two sizes, or with frames of two names, in the two runs that are named."""
    first, second = runs
    if tuple(one.size) != tuple(other.size):
        shown = [f'{width}x{height}' for height, width in (one.size, other.size)]
        raise DataError(
            f'{one.clip} has {shown[0]} pixels in {first} and {shown[1]} in {second}: their '
            'numbers cannot be compared'
        )
    for number, names in enumerate(zip(one.frames, other.frames, strict=True), start=1):
        if names[0] != names[1]:
            raise DataError(
                f'{first} and {second} were made on different frames of {one.clip}: number '
                f'{number} is {names[0]} in {first} and {names[1]} in {second}'
            )
