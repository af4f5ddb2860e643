"""The encoder side of every video file; the codecs themselves are in `rvm.io.codecs`.

Time. Pictures and sound are shifted by the same amount, such that the first picture is at 0: they
stay in sync, and sound from before the first picture is left out. Time stamps are exact in .mp4 and
.mov; Matroska and WebM round them to 1 ms. A frame lasts until the next; the last one until
`num_frames / frame_rate` after the first, or, without such a number, as long as a mean frame.

Colour. RGB becomes limited-range YUV with the matrix of `info.color`, and the stream says so.
"""

import logging
import os
from contextlib import suppress
from fractions import Fraction

import av
import numpy as np

from rvm.errors import MediaError
from rvm.io.atomic import remove
from rvm.io.audio import SoundCopier
from rvm.io.frame_yuv import YuvConverter
from rvm.io.media import MediaInfo
from rvm.io.writer import Writer

logger = logging.getLogger(__name__)


class VideoWriter(Writer):
    """Base of the encoders; a subclass states the facts of its codec.

    Args:
        path: The target; its suffix is the container.
        info: See `Writer`.
        channels: See `Writer`; gray is written as luma with neutral chroma.
        audio_from: File whose sound is copied, see `rvm.io.audio`.
        crf: Quality, lower is better; None: `default_crf`.
        preset: Speed, one of `presets`; None: `default_preset`.
    """

    encoder: str
    crf_range = (0, 51)
    default_crf: int
    presets: tuple = ()
    default_preset = None
    min_size = 1

    def __init__(
        self,
        path: str | os.PathLike,
        info: MediaInfo,
        *,
        channels: str,
        audio_from: str | os.PathLike | None = None,
        crf: int | None = None,
        preset: str | int | None = None,
    ):
        self.crf = self.default_crf if crf is None else crf
        self.preset = self.default_preset if preset is None else preset
        if isinstance(self.preset, dict):
            self.preset = self.preset.get(channels)
        self._container = self._stream = self._sound = self._held = None
        self._durations: dict[int, int] = {}
        super().__init__(path, info, channels=channels, audio_from=audio_from)

    def _pixel_format(self) -> str:
        """Return FFmpeg's name of the stored format."""
        raise NotImplementedError

    def _encoder_options(self) -> dict[str, str]:
        """Return the private options of the encoder."""
        return {'crf': str(self.crf), 'preset': str(self.preset)}

    def _check_setup(self) -> None:
        super()._check_setup()
        low, high = self.crf_range
        if (
            isinstance(self.crf, bool)
            or not isinstance(self.crf, int)
            or not low <= self.crf <= high
        ):
            raise MediaError(
                f'{self.path}: crf={self.crf!r} is no whole number in {low}..{high} '
                f'({type(self).__name__}; lower is better)'
            )
        if self.preset not in (self.presets or (None,)):
            known = ', '.join(map(str, self.presets)) or 'none'
            raise MediaError(
                f'{self.path}: preset={self.preset!r} is unknown to {type(self).__name__}; '
                f'it has: {known}'
            )
        if min(self.info.width, self.info.height) < self.min_size:
            raise MediaError(
                f'{self.path}: {self.info.width}x{self.info.height} is too small for '
                f'{type(self).__name__}, which needs {self.min_size} pixels each way; '
                'write a folder of PNG'
            )

    def _open(self) -> None:
        info = self.info
        # The source's ticks with numerator 1: libvpx refuses a unit of more than a second.
        self._time_base = Fraction(1, info.time_base.denominator)
        self._format = self._pixel_format()
        self._to_yuv = YuvConverter(
            info.width, info.height, self.channels, self._format, info.color
        )
        # The index first makes an .mp4 play while it still loads.
        options = {'movflags': '+faststart'} if self.path.suffix.lower() == '.mp4' else {}
        self._container = av.open(str(self._partial), 'w', container_options=options)
        try:
            self._stream = self._add_stream()
        except (av.FFmpegError, ValueError) as error:
            raise MediaError(
                f'{self.path}: the encoder {self.encoder} of this PyAV build does not take '
                f'{info.width}x{info.height} {self._format} at {info.frame_rate} frames a second '
                f'({error})'
            ) from error
        if self.audio_from is not None:
            self._sound = SoundCopier(self.audio_from, self._container, self.path)

    def _add_stream(self) -> av.VideoStream:
        info = self.info
        if self.encoder not in av.codecs_available:
            raise MediaError(
                f'{self.path}: this build of PyAV has no encoder {self.encoder}; '
                'install PyAV from PyPI or choose another suffix or codec'
            )
        stream = self._container.add_stream(
            self.encoder,
            rate=info.frame_rate,
            options=self._encoder_options(),
            width=info.width,
            height=info.height,
            time_base=self._time_base,
        )
        stream.time_base = self._time_base
        context = stream.codec_context
        context.pix_fmt = self._format
        context.sample_aspect_ratio = info.pixel_aspect
        self._to_yuv.tag(context)
        if info.pixel_aspect != 1 and not self._keeps_aspect():
            logger.warning(
                '%s: the pixel aspect %s cannot be stored here and is lost',
                self.path,
                info.pixel_aspect,
            )
        # PyAV's default, slices, costs x264 quality.
        context.thread_type = 'AUTO'
        self._tune(stream)
        context.open()
        return stream

    def _tune(self, stream: av.VideoStream) -> None:
        """Set what is no option by name, before the encoder opens."""

    def _keeps_aspect(self) -> bool:
        """PyAV gives the aspect to .mp4 and .mov; in .mkv only H.264 and H.265 carry their own."""
        return self.path.suffix.lower() in ('.mp4', '.mov')

    def _write(self, image: np.ndarray, time: Fraction) -> None:
        if self._held is None:
            self._first_time = time
            if self._sound is not None:
                self._sound.start(shift=time)
        ticks = (time - self._first_time) / self._time_base
        if ticks.denominator != 1:
            raise MediaError(
                f'{self.path}: the time {time} s of frame {self.num_written} is no multiple of '
                f'the time base {self.info.time_base} s; give the time base of the frames'
            )
        frame = self._to_yuv(image)
        frame.pts = int(ticks)
        frame.time_base = self._time_base
        if self._held is not None:
            self._encode(self._held, frame.pts - self._held.pts)
        self._held = frame

    def _encode(self, frame: av.VideoFrame, duration: int) -> None:
        frame.duration = self._durations[frame.pts] = duration
        self._mux(self._stream.encode(frame))
        if self._sound is not None:
            self._sound.copy_until(frame.pts * self._time_base)

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            # Encoders make their own durations out of the frame rate.
            packet.duration = self._durations.pop(packet.pts)
            self._container.mux(packet)

    def _finish(self) -> None:
        info, last = self.info, self._held.pts
        end = round((info.num_frames or 0) / info.frame_rate / self._time_base)
        complete = info.num_frames is not None and self.num_written >= info.num_frames
        if not complete or end <= last:
            end = last + max(1, round(1 / info.frame_rate / self._time_base))
        self._encode(self._held, end - last)
        self._mux(self._stream.encode(None))
        if self._sound is not None:
            self._sound.copy_until(None if complete else end * self._time_base)
            self._sound.finish()
        self._container.close()

    def _discard(self) -> None:
        if self._sound is not None:
            self._sound.close()
        if self._container is not None:
            # Unlinked first: else closing would still move gigabytes about, to put the index first.
            remove(self._partial)
            # A full disk is known by now, and what would be completed here is gone already.
            with suppress(av.FFmpegError):
                self._container.close()
        self._container = self._stream = self._sound = self._held = None
