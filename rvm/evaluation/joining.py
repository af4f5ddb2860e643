"""The scores of chunks become those of clips, with few pictures in memory."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from rvm.errors import DataError
from rvm.evaluation.results import ClipResult
from rvm.evaluation.scoring import APART, SPREAD, ChunkScores
from rvm.evaluation.strips import Strip

NEAR = 3
"""A picture that is chosen rules out two others at the most, of the stretches beside its own."""


class ClipJoiner:
    """Joins the scores of chunks, which come in any order, to clips.

    It holds few pictures of a clip at any time, `NEAR * num_strips`; those that are left are the
    ones that would have been chosen from all at once.

    Args:
        num_strips: Pictures to keep of each clip, those of its worst frames.
    """

    def __init__(self, num_strips: int = 0):
        self.num_strips = num_strips
        self._chunks: dict[str, list[ChunkScores]] = {}
        self._strips: dict[str, dict[int, Strip]] = {}  # by clip and stretch of SPREAD frames

    def add(self, chunk: ChunkScores) -> None:
        """Take a chunk."""
        self._chunks.setdefault(chunk.clip, []).append(replace(chunk, strips=()))
        kept = self._strips.setdefault(chunk.clip, {})
        for strip in chunk.strips:
            stretch = strip.number // SPREAD
            kept[stretch] = min(kept.get(stretch, strip), strip, key=_worst_first)
        for strip in sorted(kept.values(), key=_worst_first)[NEAR * self.num_strips :]:
            del kept[strip.number // SPREAD]

    def clips(self) -> list[ClipResult]:
        """Return the clips in order of first appearance.

        Raises:
            DataError: Frames of a clip were given twice, or are missing between others.
        """
        return [
            _join(clip, parts, _choose(self._strips[clip].values(), self.num_strips))
            for clip, parts in self._chunks.items()
        ]


def join_chunks(chunks: Iterable[ChunkScores], num_strips: int = 0) -> list[ClipResult]:
    """Join the scores of all chunks with a `ClipJoiner`."""
    joiner = ClipJoiner(num_strips)
    for chunk in chunks:
        joiner.add(chunk)
    return joiner.clips()


def _choose(strips: Iterable[Strip], count: int) -> list[Strip]:
    """Return the worst, at least `APART` frames apart: neighbours look alike."""
    chosen: list[Strip] = []
    for strip in sorted(strips, key=_worst_first):
        if len(chosen) < count and all(abs(strip.number - c.number) >= APART for c in chosen):
            chosen.append(strip)
    return chosen


def _worst_first(strip: Strip) -> tuple[float, int]:
    return -strip.value, strip.number


def _join(clip: str, parts: list[ChunkScores], strips: list[Strip]) -> ClipResult:
    parts = sorted(parts, key=lambda part: part.start)
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
    return ClipResult(clip, frames, parts[0].size, values, strips)
