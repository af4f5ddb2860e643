"""Random access through decord, for the files on which it is right."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from rvm.errors import MediaError
from rvm.io.backend import decord_misreads
from rvm.io.video_index import VideoIndex, probe
from rvm.io.video_reader import VideoReader

CHUNK = 8  # frames that decord returns, and we hold, at once


def import_decord() -> ModuleType:
    """Return the decord module, or say how to get it."""
    try:
        import decord
    except ImportError as error:
        raise MediaError(
            "backend 'decord' is not installed: pip install decord (or decord2, where decord has "
            "no wheel), or use backend='pyav'"
        ) from error
    return decord


class DecordReader(VideoReader):
    """A video whose random access goes through decord; iteration is that of `VideoReader`.

    decord opens, reads and closes within one request, with one thread: nothing is held between
    them. It has no alpha. Files on which it returns other frames are refused. Its pixels equal
    those of iteration for 4:4:4 video; for 4:2:0 they differ by 1 to 2 of 255 on average, more at
    colour edges, which is why `choose_backend` does not choose it there (see `decord_objection`).

    Args:
        path: The file.
        bit_depth: 8 or None.
        on_error: As for `VideoReader`.
        index: What `probe(path)` returned, to save reading through the file again.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        bit_depth: int | None = 8,
        on_error: str = 'raise',
        index: VideoIndex | None = None,
    ):
        import_decord()
        index = probe(path) if index is None else index
        reason = decord_misreads(index)
        if bit_depth == 16 or index.info.bit_depth > 8:
            reason = 'more than 8 bits asked for or stored'
        if reason:
            raise MediaError(f"{path}: decord is not right here ({reason}); use backend='pyav'")
        super().__init__(path, bit_depth=8, on_error=on_error, index=index)

    def _frames_at(self, wanted: list[int]) -> Iterator[np.ndarray]:
        if not wanted:
            return
        decord = import_decord()  # a module held in the reader could not be pickled
        try:
            video = decord.VideoReader(str(self.index.path), num_threads=1)
            if len(video) != len(self):
                raise MediaError(
                    f'{self.info.name}: decord counts {len(video)} frames where the file has '
                    f"{len(self)}; use backend='pyav'"
                )
            for start in range(0, len(wanted), CHUNK):
                self.check_open()
                yield from video.get_batch(wanted[start : start + CHUNK]).asnumpy()
        except decord.DECORDError as error:
            first = str(error).strip().splitlines()[0]
            raise MediaError(
                f"{self.info.name}: decord cannot read it ({first}); use backend='pyav'"
            ) from error
