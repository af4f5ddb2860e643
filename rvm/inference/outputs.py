"""The outputs of a conversion: pictures composed for each, written in threads."""

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
from rvm.io.writers import VIDEO_FORMATS, Writer, open_writer

FRAMES_WAITING = 4
"""Composed frames that may wait for each writer."""

EDGE_BAND = 8
"""Pixels around the person whose colour is kept where a lossy codec would smear what is beyond."""


class Outputs:
    """The writers of a conversion, each in a thread; they close together or abort together.

    A context manager: leaving it before `finish` aborts.

    Args:
        targets: Path for each of 'alpha', 'foreground' and 'composite' that is wanted.
        info: Of the source; the outputs are like it.
        background: What the composite is put over (see `Background`); None: transparency.
        codec: See `rvm.io.open_writer`; for the outputs that are videos.
        crf: Likewise.

    Raises:
        UserError: A target cannot hold what is asked of it, or the background cannot be read.
    """

    def __init__(
        self,
        targets: dict[str, str | Path],
        info: MediaInfo,
        background: str | Path | None,
        codec: str | None,
        crf: int | None,
    ) -> None:
        self._depth = 255 if info.bit_depth == 8 else 65535
        self._writers: dict[str, Writer] = {}
        self._threads: dict[str, Consumer] = {}
        self._background: Background | None = None
        self._first_time: Fraction | None = None
        transparent = background is None
        channels = {
            'alpha': 'gray',
            'foreground': 'rgb',
            'composite': 'rgba' if transparent else 'rgb',
        }
        try:
            if 'composite' in targets and not transparent:
                self._background = Background(background, info.height, info.width)
            for kind, path in targets.items():
                options: dict[str, Any] = {}
                if Path(path).suffix.lower() in VIDEO_FORMATS:
                    options = {'codec': codec, 'crf': crf}
                    options['audio_from'] = info.name if info.has_audio else None
                self._writers[kind] = open_writer(path, info, channels=channels[kind], **options)
        except BaseException:
            self.abort()
            raise
        for kind, writer in self._writers.items():
            self._threads[kind] = Consumer(lambda item, w=writer: w.write(*item), FRAMES_WAITING)
        self._finished = False

    def __enter__(self) -> 'Outputs':
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
        for kind, thread in self._threads.items():
            thread.put((self._compose(kind, fgr, pha, at), at))

    def finish(self) -> None:
        """Wait for the writers, then put all files in place."""
        for thread in self._threads.values():
            thread.finish()
        for writer in self._writers.values():
            writer.complete()
        for writer in self._writers.values():
            writer.close()
        self._finished = True
        self._close_background()

    def abort(self) -> None:
        """Leave nothing behind."""
        for thread in self._threads.values():
            thread.cancel()
        for writer in self._writers.values():
            writer.abort()
        self._close_background()

    def busy_seconds(self) -> float:
        """Seconds spent writing, all writers together."""
        return sum(thread.busy_seconds for thread in self._threads.values())

    def waited_seconds(self) -> float:
        """Seconds that `write` had to wait for the writers."""
        return sum(thread.waited_seconds for thread in self._threads.values())

    def _close_background(self) -> None:
        if self._background is not None:
            self._background.close()

    def _compose(self, kind: str, fgr: Tensor, pha: Tensor, at: Fraction) -> np.ndarray:
        """Return the picture [H, W(, C)] of an output, as integers of the source's depth."""
        if kind == 'alpha':
            return self._to_integers(pha[0])
        if kind == 'foreground':
            return self._to_integers(fgr.permute(1, 2, 0))
        if self._background is None:
            return self._transparent(fgr, pha)
        # the outputs begin at 0, whatever the stamp of the first frame, and so does a background
        bgr = torch.from_numpy(self._background.at(at - self._first_time)).to(fgr.device)
        bgr = bgr.permute(2, 0, 1).to(fgr.dtype).div_(255)
        return self._to_integers(torch.lerp(bgr, fgr, pha).permute(1, 2, 0))

    def _transparent(self, fgr: Tensor, pha: Tensor) -> np.ndarray:
        """Return [H, W, 4]; where nothing is visible the colour is black, not the source's.

        A lossy codec would smear that black into the edge, so there a band around it is kept.
        """
        alpha = self._to_integers(pha[0])
        color = self._to_integers(fgr.permute(1, 2, 0))
        kept = (alpha > 0).view(np.uint8)
        if isinstance(self._writers['composite'], VideoWriter):
            side = 2 * EDGE_BAND + 1
            kept = cv2.dilate(kept, np.ones((side, side), np.uint8))
        color *= kept[:, :, None]
        return np.concatenate([color, alpha[:, :, None]], axis=2)

    def _to_integers(self, image: Tensor) -> np.ndarray:
        """Round an image in 0..1 of any shape to uint8 or uint16."""
        scaled = image.float().mul(self._depth).round_()
        if self._depth == 255:
            return scaled.to(torch.uint8).cpu().numpy()
        return scaled.to(torch.int32).cpu().numpy().astype(np.uint16)
