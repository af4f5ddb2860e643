"""The common part of all outputs: what is checked, and how a file comes into being or vanishes.

A writer works beside its target and puts the result in place on `close`; see `rvm.io.atomic`. An
own format is a subclass of `Writer` registered in `rvm.registry.WRITERS`.
"""

import errno
import os
from abc import ABC, abstractmethod
from fractions import Fraction
from pathlib import Path

import numpy as np

from rvm.errors import MediaError
from rvm.io.atomic import commit, flush, partial_path, remove, remove_leftovers
from rvm.io.media import MediaInfo

MAX_INT = 2**31 - 1
"""Of numerators and denominators in FFmpeg."""
CHANNELS = {'gray': 1, 'rgb': 3, 'rgba': 4}


class Writer(ABC):
    """One output file or folder, which appears complete on `close` or not at all.

    As a context manager it closes when left normally and aborts when left by an exception. One
    thread at a time.

    Args:
        path: The target; a missing parent folder is made, an older file stays until `close`.
        info: Size, rate, time base, pixel aspect and colour tags of the output. With `num_frames`
            known, a shorter output is understood as cut off, and its sound is cut with it.
        channels: 'gray', 'rgb' or 'rgba'.
        audio_from: File whose sound goes into the output; formats without sound leave it out.
    """

    holds_alpha = False

    def __init__(
        self,
        path: str | os.PathLike,
        info: MediaInfo,
        *,
        channels: str,
        audio_from: str | os.PathLike | None = None,
    ):
        # Links are followed here: renaming over a link would replace it, not what it points to.
        self.path = Path(path).resolve()
        self.info = info
        self.channels = channels
        self.audio_from = None if audio_from is None else Path(audio_from)
        self.num_written = 0
        self._dtype = None
        self._last_time = None
        self._state = 'open'
        self._partial = partial_path(self.path)
        self._check_setup()
        with self._disk_errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self.path)
        try:
            with self._disk_errors():
                self._open()
        except BaseException:
            self.abort()
            raise

    def write(self, image: np.ndarray, time: Fraction) -> None:
        """Append a frame; a failure gives the whole output up.

        Args:
            image: [H, W] gray, [H, W, 3] RGB or [H, W, 4] RGB and straight alpha, by `channels`;
                uint8 in 0..255 or uint16 in 0..65535, all frames alike.
            time: Presentation time in seconds, a multiple of `info.time_base`, later than the last.
        """
        self._check_open()
        self._check_image(image)
        if self._last_time is not None and time <= self._last_time:
            raise MediaError(
                f'{self.path}: frame {self.num_written} at {time} s does not come after the frame '
                f'before it at {self._last_time} s; write the frames in order of their time'
            )
        try:
            with self._disk_errors():
                self._write(np.ascontiguousarray(image), time)
        except BaseException:
            self.abort()
            raise
        self._last_time = time
        self.num_written += 1

    def complete(self) -> None:
        """Finish the output beside its target: `close` then has but to rename it.

        Several outputs that belong together are all completed before the first is closed.
        """
        if self._state == 'complete':
            return
        self._check_open()
        try:
            if self.num_written == 0:
                raise MediaError(f'{self.path}: nothing to write, the source has no frame')
            with self._disk_errors():
                self._finish()
                flush(self._partial)
        except BaseException:
            self.abort()
            raise
        self._state = 'complete'

    def close(self) -> None:
        """Finish the output and put it in the target's place; a second call does nothing."""
        if self._state == 'closed':
            return
        self.complete()
        try:
            with self._disk_errors():
                commit(self._partial, self.path)
        except BaseException:
            self.abort()
            raise
        self._state = 'closed'

    def abort(self) -> None:
        """Give the output up: nothing is left behind and an older file stays as it was."""
        if self._state not in ('open', 'complete'):
            return
        self._state = 'aborted'
        try:
            self._discard()
        finally:
            remove(self._partial)

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc, traceback) -> None:
        if exc_type is not None:
            self.abort()
        elif self._state in ('open', 'complete'):
            self.close()

    @abstractmethod
    def _open(self) -> None:
        """Begin the output at `self._partial`; refuse here what the format cannot hold."""

    @abstractmethod
    def _write(self, image: np.ndarray, time: Fraction) -> None:
        """Append a checked, C-contiguous frame."""

    @abstractmethod
    def _finish(self) -> None:
        """Complete the output at `self._partial`."""

    def _discard(self) -> None:  # noqa: B027
        """Let go of open files; called in any state, even when `_open` failed half way."""

    def _check_setup(self) -> None:
        if self.channels not in CHANNELS:
            raise MediaError(
                f'{self.path}: channels={self.channels!r} is not one of {", ".join(CHANNELS)}'
            )
        if self.channels == 'rgba' and not self.holds_alpha:
            raise MediaError(
                f'{self.path}: {type(self).__name__} holds no transparency; '
                'use ProRes4444Writer, VP9Writer or PngSequenceWriter'
            )
        info = self.info
        if min(info.width, info.height) < 1 or info.frame_rate <= 0 or info.time_base <= 0:
            raise MediaError(
                f'{self.path}: a video of {info.width}x{info.height} at {info.frame_rate} frames '
                f'a second with the time base {info.time_base} cannot be written'
            )
        for name, value in (('frame rate', info.frame_rate), ('time base', info.time_base)):
            if max(value.numerator, value.denominator) > MAX_INT:
                raise MediaError(
                    f'{self.path}: the {name} {value} has more than 31 bits above or below the '
                    'line; round it with limit_denominator(1_001_000)'
                )
        for source in (self.audio_from, Path(info.name)):
            if source is not None and _same_file(source, self.path):
                raise MediaError(
                    f'{self.path} is the source itself; choose another name for the output'
                )

    def _check_open(self) -> None:
        if self._state != 'open':
            raise MediaError(f'{self.path}: the writer is {self._state} already')

    def _check_image(self, image: np.ndarray) -> None:
        size = (self.info.height, self.info.width)
        depth = CHANNELS[self.channels]
        shape = size if depth == 1 else (*size, depth)
        found = getattr(image, 'shape', type(image).__name__)
        if found != shape:
            raise MediaError(
                f'{self.path}: frame {self.num_written} has the shape {found}, '
                f'but {self.channels} frames of this output are {shape}'
            )
        if image.dtype not in (np.uint8, np.uint16):
            raise MediaError(
                f'{self.path}: frame {self.num_written} is {image.dtype}; '
                'convert it to uint8 (0..255) or uint16 (0..65535)'
            )
        if self._dtype is None:
            self._dtype = image.dtype
        elif image.dtype != self._dtype:
            raise MediaError(
                f'{self.path}: frame {self.num_written} is {image.dtype}, '
                f'the frames before it are {self._dtype}'
            )

    def _disk_errors(self) -> '_DiskErrors':
        return _DiskErrors(self.path)


class _DiskErrors:
    """Turns errors of the operating system, FFmpeg's included, into one sentence with the path.

    FFmpeg's own exceptions carry the same `errno`, but only some of them are `OSError`.
    """

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self):
        return self

    def __exit__(self, exc_type, error, traceback) -> None:
        code = getattr(error, 'errno', None)
        if error is None or code is None:
            return
        if code in (errno.ENOSPC, errno.EDQUOT):
            reason = f'the disk that holds {self.path.parent} is full; free some space'
        elif code == errno.EFBIG:
            reason = f'the file grew larger than {self.path.parent} or the user limit allows'
        else:
            reason = getattr(error, 'strerror', None) or str(error)
        raise MediaError(f'cannot write {self.path}: {reason}') from error


def _same_file(source: Path, target: Path) -> bool:
    """Whether both exist and are the same; `source` may be a mere description."""
    try:
        return source.samefile(target)
    except OSError:
        return False
