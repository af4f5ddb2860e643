"""Video files through PyAV: sequential with threads, and random access by time stamp."""

import logging
import weakref
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from rvm.errors import MediaError
from rvm.io.demux import describe
from rvm.io.frame_rgb import FrameConverter
from rvm.io.media import NO_ALPHA, Frame
from rvm.io.reader import KEEP_FRAMES, Reader
from rvm.io.video_decoder import VideoDecoder
from rvm.io.video_index import VideoIndex, probe

LOGGER = logging.getLogger(__name__)

# A seek costs about as much as decoding this many frames: shorter ways are decoded through.
SEEK_COST = 8


class VideoReader(Reader):
    """Reads a video file with FFmpeg's own decoders, right for every file it can play.

    Rotation and mirroring are applied once, colour tags are honoured (`FrameConverter`), time
    stamps are exact. Damage shows where frames are missing or the decoder refuses; flipped bits
    that a decoder conceals go unnoticed.

    Iteration uses all cores, random access one: loading is spread over processes, and threads that
    decode ahead would waste what they decode beyond the window asked for.

    Args:
        path: The file.
        bit_depth: 8, 16, or None for that of the source (10 and 12 bits become 16).
        on_error: 'raise' or 'stop', see `open_reader`.
        index: What `probe(path)` returned, to save reading through the file again: then the file
            is first opened by the first frame asked for.
        alpha: Give RGBA, straight as stored; else an alpha channel is ignored.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        bit_depth: int | None = 8,
        on_error: str = 'raise',
        index: VideoIndex | None = None,
        alpha: bool = False,
    ):
        self.index = probe(path) if index is None else index
        self.info = self.index.info
        if alpha and not self.index.has_alpha:
            raise MediaError(f'{path} {NO_ALPHA}')
        self.alpha = alpha
        self.bit_depth = bit_depth or (8 if self.info.bit_depth <= 8 else 16)
        self.on_error = on_error
        self._closed = False
        self._decoders: weakref.WeakSet[VideoDecoder] = weakref.WeakSet()
        if self.index.missing:
            self.damage = self._end_sentence()

    def __getstate__(self) -> dict:
        """Return the state for pickling, as for workers: without the files that are open here."""
        return {name: value for name, value in vars(self).items() if name != '_decoders'}

    def __setstate__(self, state: dict) -> None:
        vars(self).update(state, _decoders=weakref.WeakSet())

    def __iter__(self) -> Iterator[Frame]:
        """Yield all frames; see `open_reader` for what happens where the file is damaged."""
        decoder, convert = self._open(threads=0), self._converter(threads=0)
        number, failure = 0, None
        try:
            decoder.start(0)
            while (frame := decoder.step()) is not None:
                place = self._place(frame, number)
                if place == number and number < len(self):
                    yield Frame(convert(frame), self.index.time(number))
                    number += 1
                elif place > number:
                    break
        except FFmpegError as error:
            failure = error
            LOGGER.debug('%s: %s', self.info.name, describe(error))
        finally:
            decoder.close()
        complete = number == len(self) or self.index.counted
        if failure or self.index.missing or not complete:
            self._report(number, failure)

    def frames_at(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield frames by rising numbers; the file stays open from the first to the last."""
        wanted = self.check_rising(indices)
        self.check_open()
        return self._frames_at(wanted)

    def _frames_at(self, wanted: list[int]) -> Iterator[np.ndarray]:
        convert, decoder = self._converter(threads=1), self._open(threads=1)
        done = 0
        try:
            for image in self._collect(decoder, wanted, convert):
                yield image
                done += 1
        except FFmpegError as error:
            raise MediaError(self._sentence(wanted[done])) from error
        finally:
            decoder.close()

    def times(self) -> list[Fraction]:
        """Return the presentation time of every frame; exact, also at a variable rate."""
        return [self.index.time(number) for number in range(len(self))]

    def __len__(self) -> int:
        return len(self.index)

    def close(self) -> None:
        """Close all files; waits for the frame that another thread is decoding."""
        self._closed = True
        for decoder in list(self._decoders):
            decoder.close()

    def check_open(self) -> None:
        """Raise MediaError if the reader has been closed."""
        if self._closed:
            raise MediaError(f'{self.info.name}: the reader has been closed')

    def _open(self, threads: int) -> VideoDecoder:
        self.check_open()
        decoder = VideoDecoder(self.index, alpha=self.alpha, threads=threads)
        self._decoders.add(decoder)
        return decoder

    def _converter(self, threads: int) -> FrameConverter:
        info = self.info
        return FrameConverter(
            info.name,
            info.color,
            self.index.orientation,
            self.bit_depth,
            threads,
            alpha=self.alpha,
        )

    def _place(self, frame: av.VideoFrame, expected: int) -> int:
        """Return the frame's number, -1 if it is not shown; `expected` settles equal stamps."""
        if self.index.counted:
            return expected
        pts = self.index.pts
        if frame.pts is None:
            return -1
        if expected < len(pts) and pts[expected] == frame.pts:
            return expected
        place = int(np.searchsorted(pts, frame.pts))
        return place if place < len(pts) and pts[place] == frame.pts else -1

    def _collect(
        self, decoder: VideoDecoder, wanted: list[int], convert: FrameConverter
    ) -> Iterator[np.ndarray]:
        """Yield the images of the sorted frame numbers `wanted`."""
        current, back = None, 0  # the last number decoded; key frames to go back further
        done = 0
        while done < len(wanted):
            target = wanted[done]
            key = max(self._key_before(target) - back, 0)
            if current is None or back or self._key_number(key) > current + SEEK_COST:
                decoder.start(key)
                current = -1 if self.index.counted else None
            frame = decoder.step()
            place = -1
            while frame is not None:
                place = self._place(frame, (-1 if current is None else current) + 1)
                current = place if place >= 0 else current
                if place >= target:
                    break
                frame = decoder.step()
            if place == target and frame is not None:
                yield convert(frame)
                done, back = done + 1, 0
            elif key == 0:
                raise MediaError(self._sentence(target))
            else:
                # The key frame was no clean start after all (or the seek overshot).
                LOGGER.debug('%s: frame %d not reached from key %d', self.info.name, target, key)
                back = 2 * back + 1

    def _key_before(self, number: int) -> int:
        """Return which key frame decoding must start from to reach the frame."""
        if self.index.counted:
            return 0
        keys, pts = self.index.keys[:, 0], self.index.pts
        # Frames with one stamp are told apart by their order: decoding starts before all of them.
        twin = pts[number] in (*pts[max(number - 1, 0) : number], *pts[number + 1 : number + 2])
        side = 'left' if twin else 'right'
        return max(int(np.searchsorted(keys, pts[number], side)) - 1, 0)

    def _key_number(self, key: int) -> int:
        """Return the frame number of a key frame (of the next shown one, if it is hidden)."""
        return int(np.searchsorted(self.index.pts, self.index.keys[key, 0])) if key else 0

    def _end_sentence(self) -> str:
        total = len(self) + self.index.missing
        return f'{self.info.name}: the file ends after frame {len(self)} of {total} (truncated?)'

    def _sentence(self, number: int) -> str:
        total = len(self) + self.index.missing
        return f'{self.info.name}: decoding failed at frame {number} of {total} (damaged?)'

    def _report(self, number: int, cause: Exception | None) -> None:
        """Raise, or log and remember, that decoding ended before frame `number`."""
        cut = self.index.missing and number == len(self)
        self.damage = self._end_sentence() if cut else self._sentence(number)
        if self.on_error == 'raise':
            raise MediaError(f'{self.damage}; {KEEP_FRAMES}') from cause
        LOGGER.warning('%s; the %d frames before it are kept', self.damage, number)
