"""Carries the sound of one file into another while the pictures are being written.

Packets are copied bit for bit where the container holds their codec, and else decoded and encoded
as AAC (Opus for WebM). What is in memory is a packet at a time.

Sync. The caller says by how much its pictures were shifted, and the sound is shifted by the same.
What then lies before 0 was heard before the first picture and is left out: .mp4 and .mov cut it to
the sample by an edit list. Matroska has none: there a packet that begins before 0 is left out, but
for the priming packet of AAC or MP3, without which the sound would begin wrongly; the muxer then
moves pictures and sound alike by its some 25 ms.
"""

import logging
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.stream import Discard

from rvm.errors import MediaError

logger = logging.getLogger(__name__)

# What players of a container expect; FFmpeg would write more. Matroska holds nearly everything.
COPIED = {
    '.mp4': {'aac', 'mp3', 'mp2', 'ac3', 'eac3', 'alac', 'opus', 'flac'},
    '.mov': {'aac', 'mp3', 'mp2', 'ac3', 'eac3', 'alac', 'pcm_s16le', 'pcm_s16be', 'pcm_s24le'}
    | {'pcm_s24be', 'pcm_s32le', 'pcm_s32be', 'pcm_f32le', 'pcm_f32be'},
    '.mkv': {'aac', 'mp3', 'mp2', 'ac3', 'eac3', 'alac', 'opus', 'vorbis', 'flac', 'dts', 'truehd'}
    | {'pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le'},
    '.webm': {'opus', 'vorbis'},
}
AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
# Packets this far before 0 are kept where an edit list hides them: decoders need a run-up.
RUN_UP = Fraction(1, 10)


class SoundCopier:
    """The sound streams of `source` on their way into an output container.

    Args:
        source: File with the sound; none in it, or a folder of images, is fine.
        container: The output, before its header is written; the streams are added to it.
        target: Final path of the output: its suffix names the container.
    """

    def __init__(
        self, source: str | os.PathLike, container: av.container.OutputContainer, target: Path
    ):
        self.source = Path(source)
        self._container = container
        self._suffix = target.suffix.lower()
        self._tracks: dict[int, _CopiedTrack | _EncodedTrack] = {}
        self._next: tuple[Fraction, av.Packet] | None = None
        self._shift = Fraction(0)
        self._input = None
        if self.source.is_dir():
            return
        try:
            self._input = av.open(str(self.source))
        except (OSError, av.FFmpegError) as error:
            raise MediaError(
                f'{self.source}: the sound cannot be read ({error.strerror})'
            ) from error
        streams = []
        for stream in self._input.streams.audio:
            if (track := self._add_track(stream, target)) is not None:
                self._tracks[stream.index] = track
                streams.append(stream)
        for stream in self._input.streams:
            if stream not in streams:
                stream.discard = Discard.all
        self._packets = self._demux(streams)

    def start(self, shift: Fraction) -> None:
        """Fix the time, in seconds of the source, that becomes 0; before the first copy."""
        self._shift = shift

    def copy_until(self, time: Fraction | None) -> None:
        """Write the packets that begin before `time`, in seconds of the output; None: all."""
        if not self._tracks:
            return
        while True:
            if self._next is None:
                self._next = next(self._packets, None)
            if self._next is None or (time is not None and self._next[0] >= time):
                return
            begin, packet = self._next
            self._next = None
            for written in self._tracks[packet.stream.index].feed(packet, begin, self._shift):
                self._container.mux(written)

    def finish(self) -> None:
        """Write what encoders hold back; the sound ends where the last `copy_until` ended."""
        for track in self._tracks.values():
            for packet in track.drain():
                self._container.mux(packet)
        self.close()

    def close(self) -> None:
        """Close the source."""
        if self._input is not None:
            self._input.close()

    def _add_track(
        self, stream: av.AudioStream, target: Path
    ) -> '_CopiedTrack | _EncodedTrack | None':
        """Return how the stream goes over, or None where it cannot, which is said."""
        context = stream.codec_context
        if context is None or not context.sample_rate or not context.layout.nb_channels:
            logger.warning(
                '%s: its sound stream %d cannot be decoded by this PyAV (%s) and is left out',
                self.source,
                stream.index,
                'codec unknown' if context is None else context.name,
            )
            return None
        codec = context.codec.canonical_name
        if codec in COPIED.get(self._suffix, ()):
            return _CopiedTrack(stream, self._container, cuts=self._suffix in ('.mp4', '.mov'))
        track = _EncodedTrack(stream, self._container, self.source, opus=self._suffix == '.webm')
        logger.warning(
            '%s: %s cannot hold the %s sound of %s; it is encoded again as %s',
            target,
            self._suffix,
            codec,
            self.source,
            track.stream.codec_context.codec.canonical_name,
        )
        return track

    def _demux(self, streams: list[av.AudioStream]) -> Iterator[tuple[Fraction, av.Packet]]:
        """Yield the packets and their time of begin in the output."""
        packets = self._input.demux(streams)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.InvalidDataError, av.error.EOFError) as error:
                logger.warning('%s: the sound ends early (%s)', self.source, error.strerror)
                return
            except (OSError, av.FFmpegError) as error:
                # else it would be taken for a fault of the output that is being written
                raise MediaError(
                    f'{self.source}: the sound cannot be read ({error.strerror})'
                ) from error
            if packet is None:
                return
            stamp = packet.pts if packet.pts is not None else packet.dts
            # of a packet that the end of the file cuts, no decoder makes anything
            if stamp is not None and not packet.is_corrupt:
                yield stamp * packet.time_base - self._shift, packet


class _CopiedTrack:
    """A stream whose packets go over as they are."""

    def __init__(
        self, source: av.AudioStream, container: av.container.OutputContainer, *, cuts: bool
    ):
        self.stream = container.add_stream_from_template(source)
        self.stream.metadata.update(_labels(source))
        self.stream.disposition = source.disposition
        self._cuts = cuts
        self._begun = False

    def feed(self, packet: av.Packet, begin: Fraction, shift: Fraction) -> list[av.Packet]:
        """Return the packet, moved to the output's time, or nothing if it is cut away."""
        if begin < 0:
            priming = packet.is_discard or packet.has_sidedata('skip_samples')
            end = begin + (packet.duration or 0) * packet.time_base
            if not (end > -RUN_UP if self._cuts else priming and end >= 0 and not self._begun):
                return []
        self._begun = True
        ticks = round(shift / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - ticks
        packet.dts = None if packet.dts is None else packet.dts - ticks
        packet.stream = self.stream
        return [packet]

    def drain(self) -> list[av.Packet]:
        """Return nothing: nothing was held back."""
        return []


class _EncodedTrack:
    """A stream that is decoded and encoded; silence fills gaps, and it begins exactly at 0."""

    def __init__(
        self,
        source: av.AudioStream,
        container: av.container.OutputContainer,
        name: Path,
        *,
        opus: bool,
    ):
        context = source.codec_context
        rate = context.sample_rate if context.sample_rate in AAC_RATES and not opus else 48000
        layout = 'mono' if context.layout.nb_channels == 1 else 'stereo'
        self._source, self._name = source, name
        self._damaged = False
        self.stream = container.add_stream('libopus' if opus else 'aac', rate=rate)
        self.stream.codec_context.layout = layout
        self.stream.codec_context.bit_rate = 96000 * (1 if layout == 'mono' else 2)
        self.stream.metadata.update(_labels(source))
        self._want = f'sample_fmts={self.stream.codec_context.format.name}:sample_rates={rate}'
        self._want += f':channel_layouts={layout}'
        self._graph = None

    def feed(self, packet: av.Packet, begin: Fraction, shift: Fraction) -> list[av.Packet]:
        """Decode a packet and return what the encoder gives out meanwhile."""
        try:
            frames = self._decode(packet)
        except av.FFmpegError as error:
            # Said once: where a decoder lacks a whole profile, every packet is refused.
            if not self._damaged:
                logger.warning(
                    '%s: sound from %.2f s on cannot be decoded (%s); such parts are left out',
                    self._name,
                    float(begin),
                    error.strerror,
                )
            self._damaged = True
            return []
        written = []
        for frame in frames:
            frame.pts -= round(shift / frame.time_base)
            if self._graph is None:
                self._graph = self._build(frame)
            self._graph.push(frame)
            written += self._pull()
        return written

    def drain(self) -> list[av.Packet]:
        """Return what the filters and the encoder still hold."""
        if self._graph is None:
            return []
        self._graph.push(None)
        return self._pull() + self.stream.encode(None)

    def _decode(self, packet: av.Packet) -> list[av.AudioFrame]:
        return self._source.decode(packet)

    def _build(self, frame: av.AudioFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        first = graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format.name,
            layout=frame.layout.name,
            time_base=frame.time_base,
        )
        # Pads or trims at the begin such that it is at 0, and fills gaps.
        steps = [('aresample', 'async=1:first_pts=0'), ('aformat', self._want)]
        graph.link_nodes(first, *(graph.add(*step) for step in steps), graph.add('abuffersink'))
        graph.configure()
        return graph

    def _pull(self) -> list[av.Packet]:
        written = []
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return written
            written += self.stream.encode(frame)


def _labels(stream: av.AudioStream) -> dict[str, str]:
    return {key: stream.metadata[key] for key in ('language', 'title') if key in stream.metadata}
