"""The facts of each codec: H.264, H.265, VP9 and ProRes 4444, the last two with transparency."""

import logging

import av

from rvm.io.video_writer import VideoWriter
from rvm.registry import WRITERS

logger = logging.getLogger(__name__)


class _ChromaSubsampled(VideoWriter):
    """H.264 and H.265: 4:2:0, which plays everywhere, but has no odd sizes."""

    def _keeps_aspect(self) -> bool:
        return True

    def _pixel_format(self) -> str:
        if self.info.width % 2 or self.info.height % 2:
            logger.warning(
                '%s: %dx%d is odd, so it is stored as 4:4:4, which not every player shows',
                self.path,
                self.info.width,
                self.info.height,
            )
            return 'yuv444p'
        return 'yuv420p'


X26_PRESETS = ('ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow')
X26_PRESETS += ('slower', 'veryslow', 'placebo')


@WRITERS.register_module()
class H264Writer(_ChromaSubsampled):
    """H.264 (x264): .mp4, .mov, .mkv."""

    encoder = 'libx264'
    default_crf = 18
    presets = X26_PRESETS
    default_preset = 'veryfast'


@WRITERS.register_module()
class H265Writer(_ChromaSubsampled):
    """H.265 (x265): .mp4, .mov, .mkv; some two thirds of the size, at a fraction of the speed."""

    encoder = 'libx265'
    default_crf = 20
    min_size = 16
    presets = X26_PRESETS
    default_preset = 'veryfast'

    def _encoder_options(self) -> dict[str, str]:
        # x265's CU-tree writes past its buffers where a side is short (48 crashed, 64 did not).
        tree = ':cutree=0' if min(self.info.width, self.info.height) < 128 else ''
        return {**super()._encoder_options(), 'x265-params': 'log-level=none' + tree}

    def _mux(self, packets: list[av.Packet]) -> None:
        if self.num_written < 3:
            # x265 leaves dts undefined in clips too short for its reordering; two frames have none.
            for packet in packets:
                packet.dts = packet.pts
        super()._mux(packets)

    def _tune(self, stream: av.VideoStream) -> None:
        if self.path.suffix.lower() in ('.mp4', '.mov'):
            # Apple's players know H.265 by this tag only.
            stream.codec_context.codec_tag = 'hvc1'


@WRITERS.register_module()
class VP9Writer(VideoWriter):
    """VP9 (libvpx), with alpha for rgba: .webm, .mkv.

    Presets 0..5 are libvpx' cpu-used in its good mode, 6..8 in its real-time mode: three times as
    fast for some half more bytes at equal quality. Real time turns a flat 0 into 0 and 1, which
    does no harm to colours, but to alpha: the default is 6 for rgb, and 5 for gray and rgba.
    """

    encoder = 'libvpx-vp9'
    holds_alpha = True
    crf_range = (0, 63)
    default_crf = 24
    presets = tuple(range(9))
    default_preset = {'rgb': 6, 'gray': 5, 'rgba': 5}  # noqa: RUF012

    def _pixel_format(self) -> str:
        return 'yuva420p' if self.channels == 'rgba' else 'yuv420p'

    def _encoder_options(self) -> dict[str, str]:
        # b=0 makes the crf the quality, not its upper limit.
        return {
            'crf': str(self.crf),
            'b': '0',
            'deadline': 'good' if self.preset < 6 else 'realtime',
            'cpu-used': str(self.preset),
            'row-mt': '1',
        }

    def _tune(self, stream: av.VideoStream) -> None:
        if self.channels == 'rgba':
            stream.metadata['alpha_mode'] = '1'


@WRITERS.register_module()
class ProRes4444Writer(VideoWriter):
    """ProRes 4444 (10 bits), with lossless alpha for rgba: .mov, .mkv; crf is its quantiser."""

    encoder = 'prores_ks'
    holds_alpha = True
    crf_range = (1, 31)
    default_crf = 4

    def _pixel_format(self) -> str:
        return 'yuva444p10le' if self.channels == 'rgba' else 'yuv444p10le'

    def _encoder_options(self) -> dict[str, str]:
        alpha_bits = '16' if self.channels == 'rgba' else '0'
        quality = {'flags': '+qscale', 'global_quality': str(118 * self.crf)}
        return {'profile': '4444', 'vendor': 'apl0', 'alpha_bits': alpha_bits, **quality}
