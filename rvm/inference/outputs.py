"""The outputs of a conversion: pictures composed for each, written in threads."""

import logging
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from rvm.inference.background import Background
from rvm.inference.workers import Consumer
from rvm.io.media import MediaInfo
from rvm.io.video_writer import VideoWriter
from rvm.io.writer import Writer
from rvm.io.writers import VIDEO_FORMATS, open_writer

logger = logging.getLogger(__name__)

FRAMES_WAITING = 4
"""Composed frames that may wait for each writer."""

EDGE_BAND = 8
"""Pixels around the person whose colour is kept where a lossy codec would smear what is beyond."""


class Outputs:
    """The writers of a conversion, each in a thread; they close together or abort together.

    A context manager: entering it opens the writers, leaving it before `finish` aborts.

    Args:
        targets: Path for each of 'alpha', 'foreground' and 'composite' that is wanted.
        info: Of the source; the outputs are like it.
        background: What the composite is put over (see `Background`); None: transparency.
        codec: See `rvm.io.open_writer`; for the outputs that are videos.
        crf: Likewise.
    """

    def __init__(
        self,
        targets: dict[str, str | Path],
        info: MediaInfo,
        background: str | Path | None,
        codec: str | None,
        crf: int | None,
    ) -> None:
        self._targets, self._info, self._codec, self._crf = targets, info, codec, crf
        self._background_spec = background
        self._depth = 255 if info.bit_depth == 8 else 65535
        self._writers: dict[str, Writer] = {}
        self._threads: dict[str, Consumer] = {}
        self._background: Background | None = None
        self._first_time: Fraction | None = None
        self._finished = False

    def __enter__(self) -> 'Outputs':
        """Open all writers, or none.

        Raises:
            UserError: A target cannot hold what is asked of it, or the background cannot be read.
        """
        try:
            self._open()
        except BaseException:
            self.abort()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if not self._finished:
            self.abort()

    def write(self, fgr: Tensor, pha: Tensor, at: Fraction) -> None:
        """Compose the pictures of a frame and hand them to the writers' threads.

        Args:
            fgr: [3, H, W] in 0..1.
            pha: [1, H, W] in 0..1.
            at: Presentation time in seconds.
        """
        if self._first_time is None:
            self._first_time = at
        for kind, picture in self._compose(fgr, pha, at).items():
            self._threads[kind].put((picture, at))

    def finish(self) -> None:
        """Wait for the writers, then put all files in place."""
        for thread in self._threads.values():
            thread.finish()
        for writer in self._writers.values():
            writer.complete()
        for writer in self._writers.values():
            writer.close()
        self._close_background()
        self._finished = True

    def abort(self) -> None:
        """Leave nothing behind, even where a part of that fails or is interrupted."""
        with ExitStack() as stack:  # runs all of it, from the last to the first
            stack.callback(self._close_background)
            for writer in self._writers.values():
                stack.callback(writer.abort)
            for thread in self._threads.values():
                stack.callback(thread.cancel)

    def busy_seconds(self) -> float:
        """Seconds spent writing, all writers together."""
        return sum(thread.busy_seconds for thread in self._threads.values())

    def waited_seconds(self) -> float:
        """Seconds that `write` had to wait for the writers."""
        return sum(thread.waited_seconds for thread in self._threads.values())

    def _open(self) -> None:
        info, transparent = self._info, self._background_spec is None
        channels = {
            'alpha': 'gray',
            'foreground': 'rgb',
            'composite': 'rgba' if transparent else 'rgb',
        }
        if 'composite' in self._targets and not transparent:
            self._background = Background(self._background_spec, info.height, info.width)
        for kind, path in self._targets.items():
            options: dict[str, Any] = {}
            if is_video_target(path):
                options = {'codec': self._codec, 'crf': self._crf}
                options['audio_from'] = info.name if info.has_audio else None
            writer = open_writer(path, info, channels=channels[kind], **options)
            self._writers[kind] = writer
            self._threads[kind] = Consumer(lambda item, w=writer: w.write(*item), FRAMES_WAITING)
        for path in map(Path, self._targets.values()):
            if path.is_dir() and (old := sum(1 for _ in path.iterdir())):
                logger.warning('%s: the %d files in it will be replaced', path, old)

    def _close_background(self) -> None:
        if self._background is not None:
            self._background.close()

    def _compose(self, fgr: Tensor, pha: Tensor, at: Fraction) -> dict[str, np.ndarray]:
        """Return the picture [H, W(, C)] of each output, as integers of the source's depth."""
        wanted = set(self._writers)
        if 'composite' in wanted and self._background is None:
            wanted |= {'alpha', 'foreground'}  # of which it is made
        pictures: dict[str, np.ndarray] = {}
        if 'alpha' in wanted:
            pictures['alpha'] = self._to_integers(pha[0])
        if 'foreground' in wanted:
            pictures['foreground'] = self._to_integers(fgr.permute(1, 2, 0))
        if self._background is not None:
            # the outputs begin at 0, whatever the stamp of the first frame; so does a background
            bgr = torch.from_numpy(self._background.at(at - self._first_time)).to(fgr.device)
            bgr = bgr.permute(2, 0, 1).to(fgr.dtype).div_(255)
            pictures['composite'] = self._to_integers(torch.lerp(bgr, fgr, pha).permute(1, 2, 0))
        elif 'composite' in wanted:
            pictures['composite'] = self._transparent(pictures['foreground'], pictures['alpha'])
        return {kind: pictures[kind] for kind in self._writers}

    def _transparent(self, color: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        """Return [H, W, 4]; where nothing is visible the colour is black, not the source's.

        A lossy codec would smear that black into the edge, so there a band around it is kept.
        """
        kept = (alpha > 0).view(np.uint8)
        if isinstance(self._writers['composite'], VideoWriter):
            side = 2 * EDGE_BAND + 1
            kept = cv2.dilate(kept, np.ones((side, side), np.uint8))
        # both are written as they are, too, in other threads
        return np.concatenate([color * kept[:, :, None], alpha[:, :, None]], axis=2)

    def _to_integers(self, image: Tensor) -> np.ndarray:
        """Round an image in 0..1 of any shape to uint8 or uint16."""
        scaled = image.float().mul(self._depth).round_()
        if self._depth == 255:
            return scaled.to(torch.uint8).cpu().numpy()
        return scaled.to(torch.int32).cpu().numpy().astype(np.uint16)


def is_video_target(path: str | Path) -> bool:
    """Return whether an output of this name is a video, by `rvm.io.open_writer`'s rules."""
    return Path(path).suffix.lower() in VIDEO_FORMATS
