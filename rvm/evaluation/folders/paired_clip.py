"""A predicted clip beside the true one."""

from dataclasses import dataclass, replace

from rvm.evaluation.folders.frame_stream import FrameStream


@dataclass(frozen=True)
class PairedClip:
    """A predicted clip beside the true one.

    Attributes:
        name: '<dataset>/<clip>'.
        frames: Names of the T frames.
        streams: 'pred_pha', 'true_pha', and where there are, both 'pred_fgr' and 'true_fgr', and
            'src', the composite; T frames each.
    """

    name: str
    frames: tuple[str, ...]
    streams: dict[str, FrameStream]

    def part(self, start: int, stop: int) -> 'PairedClip':
        """Return frames `start` to `stop` - 1."""
        streams = {key: stream.part(start, stop) for key, stream in self.streams.items()}
        return replace(self, frames=self.frames[start:stop], streams=streams)
