"""Predictions as PNG files, written while others are being made."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.hooks import Hook

from rvm.errors import MediaError
from rvm.io.atomic import commit, partial_path, remove, remove_leftovers
from rvm.io.image_writer import encode_image
from rvm.registry import HOOKS

KINDS = {'pred_pha': 'pha', 'pred_fgr': 'fgr'}
FASTEST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


@HOOKS.register_module()
class SavePredictions(Hook):
    """Saves what `MattingModel.predict` returns, `<folder>/<dataset>/<clip>/{pha,fgr}/<frame>.png`.

    A clip's folder appears when it is complete; one that is there from an earlier run is replaced.

    Args:
        folder: Where to.
        threads: That encode, beside the one that predicts.
    """

    def __init__(self, folder: str, threads: int = 2):
        self.folder = Path(folder)
        self._threads = ThreadPoolExecutor(threads)
        self._limit = 4 * threads
        self._waiting: deque[Future] = deque()
        self._partial: Path | None = None

    def after_test_iter(
        self,
        runner: Any,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: Sequence[dict] | None = None,
    ) -> None:
        """Write the frames of a batch; put a clip in its place with its last frame."""
        for sample in outputs or ():
            target = self.folder / sample['clip']
            if sample['start'] == 0:
                target.parent.mkdir(parents=True, exist_ok=True)
                remove_leftovers(target)
                self._partial = partial_path(target)
                for key in KINDS.keys() & sample.keys():
                    (self._partial / KINDS[key]).mkdir(parents=True)
            for key in KINDS.keys() & sample.keys():
                for name, frame in zip(sample['frames'], sample[key], strict=True):
                    self._write(self._partial / KINDS[key] / f'{name}.png', frame.numpy())
            if sample['start'] + len(sample['frames']) == sample['length']:
                self._drain(0)
                commit(self._partial, target)
                self._partial = None

    def close(self) -> None:
        """End the threads, and remove a clip that is not complete."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._partial is not None:
            remove(self._partial)
            self._partial = None

    def _write(self, path: Path, frame: np.ndarray) -> None:
        self._drain(self._limit)
        self._waiting.append(self._threads.submit(_save, path, frame))

    def _drain(self, left: int) -> None:
        while len(self._waiting) > left:
            self._waiting.popleft().result()


def remove_predictions(folder: Path) -> None:
    """Remove predictions of an earlier run: they would mix with, or seem to be, those of the next.

    Args:
        folder: `<dataset>/<clip>/{pha,fgr}/<frame>.png`; it need not exist.

    Raises:
        MediaError: It holds something else, which no run has written.
    """
    for path in sorted(folder.rglob('*')):
        if not path.is_dir() and (path.suffix != '.png' or path.parent.name not in KINDS.values()):
            raise MediaError(
                f'{folder} is where predictions go, and {path} is none; move it away, or name '
                'another --out'
            )
    remove(folder)


def _save(path: Path, frame: np.ndarray) -> None:
    """Write a frame [C, H, W] uint8, C = 1 or 3."""
    image = frame[0] if len(frame) == 1 else frame.transpose(1, 2, 0)
    data = encode_image(path, np.ascontiguousarray(image), '.png', FASTEST)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise MediaError(f'{path} cannot be written ({error.strerror})') from error
