"""Clips: video files and folders of frames, found in an input and turned into folders of JPEG."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from rvm.datasets.prepare.archives import Blob
from rvm.datasets.prepare.inputs import Entry
from rvm.datasets.prepare.pictures import (
    JPEG_SUFFIXES,
    Encoding,
    compare_pictures,
    decode,
    is_whole,
)
from rvm.datasets.prepare.plan import REMOVE_IT, Action, OutputError, same_contents, unfinished
from rvm.errors import DataError, MediaError
from rvm.io import is_image, is_video, open_reader, probe
from rvm.io.video_index import VideoIndex

MIN_DIGITS = 4


@dataclass(frozen=True)
class Clip:
    """Frames of the input: one video file, or images in order.

    Attributes:
        name: Of the file without suffix, or of the folder.
        place: Path of the folder or file below the input.
        blobs: The video file, or the images.
    """

    name: str
    place: str
    blobs: tuple[Blob, ...]

    @property
    def is_video(self) -> bool:
        """Whether it is a video file."""
        return is_video(self.blobs[0].file_name)


def find_clips(entries: list[Entry]) -> list[Clip]:
    """Return every video file, and every folder that holds images itself, in order of the entries.

    Args:
        entries: In natural order; images at the top have no folder, and are no clip.
    """
    found: dict[tuple[str, ...], list[Blob]] = {}
    for parts, blob in entries:
        if is_video(parts[-1]):
            found[parts] = [blob]
        elif is_image(parts[-1]) and len(parts) > 1:
            found.setdefault(parts[:-1], []).append(blob)
    return [
        Clip(
            PurePosixPath(parts[-1]).stem if is_video(blobs[0].file_name) else parts[-1],
            '/'.join(parts),
            tuple(blobs),
        )
        for parts, blobs in found.items()
    ]


def compare_clips(first: Clip, second: Clip) -> str:
    """Return a verdict on two clips, which begins with 'equal' or 'different'."""
    pairs = list(zip(first.blobs, second.blobs, strict=False))
    if len(first.blobs) == len(second.blobs) and all(same_contents(*pair) for pair in pairs):
        return 'equal'
    if first.is_video or second.is_video:
        return 'different' if first.is_video and second.is_video else 'not comparable'
    verdict = compare_pictures(*pairs[0])
    if verdict.startswith('equal'):
        return 'different, but their first frames are equal'
    return 'different'


@dataclass(frozen=True)
class WriteFrames(Action):
    """A clip as a folder of JPEG, `0000.jpg`, `0001.jpg`, ...

    Attributes:
        clip: The source.
        encoding: Of the frames.
        frames: Take this many from the beginning; None: all.
        grey: Whether it is an alpha.
        partner: A video that must have as many frames of the same size, as an alpha has.
    """

    clip: Clip
    encoding: Encoding
    frames: int | None = None
    grey: bool = False
    partner: Blob | None = None

    def sources(self) -> tuple[Blob, ...]:
        """Return the files of the clip that are read."""
        return self.clip.blobs[: self.frames]

    def done(self) -> bool:
        """Return whether the folder is there, with all frames, which have their end.

        It appears complete, but is not flushed to the disk, which would double the time: after a
        crash of the machine files may be cut off.
        """
        if not os.path.lexists(self.target):
            return False
        frames = sorted(self.target.glob('[!.]*')) if self.target.is_dir() else []
        broken = next((path for path in frames if not is_whole(path)), None)
        if broken is not None or not frames:
            raise OutputError(
                f'{broken or self.target} is no {"JPEG" if broken else "folder of JPEG"}, or cut '
                f'off; remove {self.target}, or name another output'
            )
        wanted = {_frame_name(number) for number in range(self._count())}
        if {path.name for path in frames} != wanted:
            raise OutputError(
                f'{self.target} does not hold the {len(wanted)} frames that '
                f'{self.clip.blobs[0]} would become, but {len(frames)} or others; {REMOVE_IT}'
            )
        return True

    def _count(self) -> int:
        """Return how many frames are written."""
        if not self.clip.is_video:
            return len(self.sources())
        with self.clip.blobs[0].local(None) as path:
            count = len(self._probe(path))
        return count if self.frames is None else min(count, self.frames)

    def check(self) -> None:
        """Look through the video file, or decode the images."""
        if not self.clip.is_video:
            for _ in self._images(None):
                pass
            return
        with self.clip.blobs[0].local(None) as path:
            self._check_video(path, None)

    def make(self) -> Counter:
        """Decode and write."""
        written = 0
        with unfinished(self.target) as folder:
            folder.mkdir()
            for image in self._images(self.target):
                if self.grey:
                    image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
                image = self.encoding.reduce(image)
                file = folder / _frame_name(written)
                file.write_bytes(self.encoding.encode(image, file))
                written += 1
        return Counter(written=written)

    def _images(self, near: Path | None) -> Iterator[np.ndarray]:
        if not self.clip.is_video:
            yield from map(decode, self.sources())
            return
        blob = self.clip.blobs[0]
        with blob.local(near) as path:
            index = self._check_video(path, near)
            try:
                with open_reader(path, index=index) as reader:
                    for frame in islice(reader, self.frames):
                        yield frame.image
            except MediaError as error:
                raise MediaError(str(error).replace(str(path), str(blob))) from error

    def _probe(self, path: Path) -> VideoIndex:
        try:
            return probe(path)
        except MediaError as error:
            raise MediaError(str(error).replace(str(path), str(self.clip.blobs[0]))) from error

    def _check_video(self, path: Path, near: Path | None):
        """Return the index of the video; it must be whole as far as it is used."""
        blob = self.clip.blobs[0]
        index = self._probe(path)
        try:
            if index.missing and (self.frames is None or len(index) < self.frames):
                raise DataError(
                    f'{blob} ends after frame {len(index)} of {len(index) + index.missing}; fetch '
                    'it again'
                )
            if self.partner is None:
                return index
            with self.partner.local(near) as other_path:
                other = probe(other_path)
        except MediaError as error:
            raise MediaError(str(error).replace(str(path), str(blob))) from error
        ours, theirs = (
            f'{len(found)} frames of {found.info.width}x{found.info.height}'
            for found in (index, other)
        )
        if ours != theirs:
            raise DataError(
                f'{blob} has {ours} and {self.partner} has {theirs}; a foreground and its alpha '
                'need the same'
            )
        return index


def _frame_name(number: int) -> str:
    return f'{number:0{MIN_DIGITS}}.jpg'


def all_jpeg(blobs: tuple[Blob, ...]) -> bool:
    """Return whether all files are JPEG by name: they are taken over as they are."""
    return all(PurePosixPath(blob.file_name).suffix.lower() in JPEG_SUFFIXES for blob in blobs)
