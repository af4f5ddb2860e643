"""Random access through decord, for the files on which it is right."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np

from rvm.errors import MediaError
from rvm.io.video_index import VideoIndex, decord_misreads, probe
from rvm.io.video_reader import VideoReader


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
    """A video whose `read` goes through decord; iteration is that of `VideoReader`.

    decord opens, reads and closes within one call, with one thread: nothing is held between calls.
    Files on which it returns other frames are refused. Its pixels equal those of iteration for
    4:4:4 video; for 4:2:0 they differ by 1 to 2 of 255 on average, more at colour edges, which is
    why `choose_backend` does not choose it there (see `decord_objection`).

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

    def read(self, indices: Sequence[int]) -> np.ndarray:
        """Return frames by number, [N, H, W, 3] uint8."""
        numbers = self.check_indices(indices)
        self.check_open()
        if not len(numbers):
            return np.empty((0, self.info.height, self.info.width, 3), np.uint8)
        decord = import_decord()  # a module held in the reader could not be pickled
        try:
            video = decord.VideoReader(str(self.index.path), num_threads=1)
            count = len(video)
            images = video.get_batch(numbers.tolist()).asnumpy() if count == len(self) else None
        except decord.DECORDError as error:
            first = str(error).strip().splitlines()[0]
            raise MediaError(
                f"{self.info.name}: decord cannot read it ({first}); use backend='pyav'"
            ) from error
        if images is None:
            raise MediaError(
                f'{self.info.name}: decord counts {count} frames where the file has {len(self)}; '
                "use backend='pyav'"
            )
        return images
