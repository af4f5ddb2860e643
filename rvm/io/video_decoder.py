"""Decoding from a key frame on: what iteration and random access have in common."""

import logging
import threading
from collections.abc import Iterator
from contextlib import suppress

import av
from av.error import FFmpegError
from av.video.frame import PictureType

from rvm.errors import MediaError
from rvm.io.demux import ALPHA_DECODERS, describe, is_mov, open_container, usable
from rvm.io.video_index import VideoIndex

LOGGER = logging.getLogger(__name__)

PREDICTED = (PictureType.P, PictureType.B)


class VideoDecoder:
    """A file and its decoder; `start`, `step` and `close` may come from different threads.

    The file is opened by the first `start`.

    Args:
        index: What `probe` found in the file.
        alpha: Whether the frames must have the alpha that the file has.
        threads: Threads that decode; 0 for as many as there are cores.
    """

    def __init__(self, index: VideoIndex, *, alpha: bool = False, threads: int = 0):
        self.index, self.alpha, self.threads = index, alpha, threads
        self._lock = threading.Lock()
        self._container = self._stream = self._context = self._frames = None
        self._closed = False

    def start(self, key: int) -> None:
        """Continue from key frame number `key`; 0 is the beginning of the file."""
        with self._lock:
            self._check_open()
            if self._container is None or not key:
                self._restart()
            if key:
                try:
                    self._container.seek(int(self.index.keys[key, 1]), stream=self._stream)
                    self._context.flush_buffers()
                    self._frames = self._decode(seeked=True)
                    return
                except FFmpegError as error:
                    LOGGER.debug('%s: cannot seek (%s)', self.index.path, describe(error))
                    self._restart()

    def step(self) -> av.VideoFrame | None:
        """Return the next frame in presentation order, or None at the end.

        Raises:
            FFmpegError: The decoder refuses a packet.
            MediaError: Another thread has closed the reader.
        """
        with self._lock:
            self._check_open()
            return next(self._frames, None)

    def close(self) -> None:
        """Close the file; a step in another thread ends first, and its next one raises."""
        with self._lock:
            self._closed = True
            self._release()

    def _check_open(self) -> None:
        if self._closed:
            raise MediaError(f'{self.index.info.name}: the reader was closed while it was read')

    def _release(self) -> None:
        if self._container is not None:
            self._frames.close()
            self._container.close()
            self._container = self._context = None

    def _restart(self) -> None:
        self._release()
        self._container, self._stream = open_container(self.index.path)
        self._context = self._stream.codec_context
        if self.alpha and self.index.codec in ALPHA_DECODERS:
            self._context = av.CodecContext.create(ALPHA_DECODERS[self.index.codec], 'r')
        self._context.thread_type = 'AUTO'
        self._context.thread_count = self.threads
        self._frames = self._decode(seeked=False)

    def _decode(self, seeked: bool) -> Iterator[av.VideoFrame]:
        """Decode from the next key frame in the file.

        After a seek, frames before it in time but after it in the file (an open group of pictures)
        lean on frames that were not decoded: some decoders return them all the same, wrong; they
        are dropped. A stream with gradual refresh marks key frames that are predicted, and takes
        many frames to become right: such a start yields nothing, and the caller goes back further.
        """
        mov, skip = is_mov(self._container), self.index.skipped
        floor, clean = None, not seeked
        for packet in self._container.demux(self._stream):
            if packet.size and not usable(packet, mov):
                continue
            if packet.size and skip and not seeked:
                skip -= 1
                continue
            if packet.size and seeked and floor is None:
                if not packet.is_keyframe:
                    continue
                floor = packet.pts
            for frame in self._decode_packet(packet):
                if floor is None or frame.pts is None or frame.pts >= floor:
                    if not clean and frame.pict_type in PREDICTED:
                        return
                    clean = True
                    yield frame

    def _decode_packet(self, packet: av.Packet) -> Iterator[av.VideoFrame]:
        """Decode one packet; where that fails, yield what the decoder still holds, then raise."""
        try:
            yield from self._context.decode(packet if packet.size else None)
        except FFmpegError:
            with suppress(FFmpegError):
                yield from self._context.decode(None)
            raise
