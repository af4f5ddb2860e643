"""Scores for mmengine's Runner: one result a clip, exact over any number of processes."""

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np
import torch
from mmengine.dist import all_gather_object
from mmengine.evaluator import BaseMetric

from rvm.errors import DataError
from rvm.evaluation.joining import ClipJoiner
from rvm.evaluation.results import ClipResult, Results, foreground_notes
from rvm.evaluation.scoring import MEASURES, check_measures, check_strips, score_chunk
from rvm.evaluation.strips import fit, shown_size
from rvm.io import natural_key
from rvm.io.listing import name_some
from rvm.registry import METRICS
from rvm.worker_pool import WorkerPool, result_of


@METRICS.register_module()
class MattingMetric(BaseMetric):
    """Scores predicted clips while others are being predicted, in worker processes.

    Takes what `MattingModel.predict` returns, whole clips or chunks of them; any model serves that
    returns such dicts: 'clip', 'frames', 'start', 'length', and uint8 pred_pha, true_pha
    [T, 1, H, W], and pred_fgr, true_fgr [T, 3, H, W] where there are any.

    Every process keeps the clips that it has predicted, and all are gathered at the end: no clip is
    counted twice or left out, whatever the number of processes.

    Args:
        protocol: 'low' or 'high', see `rvm.evaluation.scoring`.
        measures: Names in `rvm.evaluation.scoring.MEASURES`; None for those of the papers.
        workers: Processes beside this one; with 0 scores are computed here.
        strips: Pictures to keep of each clip, of its worst frames.
        name: Of the test set that `published` is about, for reports.
        published: Rows to print beside ours: name -> averages by measure.
        collect_device: See mmengine's `BaseMetric`; not used: small values are gathered.
        prefix: Before the names of the measures in the Runner's logs.

    Attributes:
        last_results: The `Results` of the last evaluation, on every process.
    """

    default_prefix = ''

    def __init__(
        self,
        protocol: str = 'low',
        measures: Sequence[str] | None = None,
        workers: int = 1,
        strips: int = 0,
        name: str = 'test set',
        published: Mapping[str, Mapping[str, float]] | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ):
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.measures = check_measures(measures, protocol)
        self.protocol = protocol
        self.strips = check_strips(strips)
        self.name = name
        self.published = {row: dict(values) for row, values in (published or {}).items()}
        self.last_results: Results | None = None
        self._pool = WorkerPool(workers, preload=['rvm.evaluation.scoring'])
        self.reset()

    def process(self, data_batch: Mapping[str, Any], data_samples: Sequence[dict]) -> None:
        """Hand the clips of a batch, or their chunks, to the workers.

        Args:
            data_batch: What the loader gave; its 'src' [B, T, 3, H, W] uint8 is shown in strips.
            data_samples: What the model returned, see above.
        """
        for number, sample in enumerate(data_samples):
            src = sample.get('src')
            if src is None and isinstance(data_batch.get('src'), torch.Tensor):
                src = data_batch['src'][number]
            self._submit(sample, src)

    def evaluate(self, size: int) -> dict[str, float]:
        """Gather the clips of all processes and average them.

        Args:
            size: Clips of the data set.

        Returns:
            Averages over clips by measure, without those that nothing has.

        Raises:
            DataError: Clips are missing, or were scored twice.
        """
        while self._futures:
            self._joiner.add(result_of(self._futures.popleft()))
        self._pool.close()
        gathered = all_gather_object((self._joiner.clips(), self._lacking))
        self.reset()
        clips = [clip for part, _ in gathered for clip in part]
        lacking = {clip: who for _, part in gathered for clip, who in part.items()}
        self.last_results = self._results(clips, lacking, size)
        means = {k: v for k, v in self.last_results.mean().items() if v is not None}
        return {f'{self.prefix}/{k}' if self.prefix else k: v for k, v in means.items()}

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Refuse: mmengine calls this on per-rank lists that it cuts; `evaluate` does the work."""
        raise NotImplementedError('MattingMetric.evaluate gathers and averages')

    def reset(self) -> None:
        """Forget what has been scored so far."""
        self._futures: deque[Future] = deque()
        self._joiner = ClipJoiner(self.strips)
        self._before: dict[str, np.ndarray] = {}
        self._lacking: dict[str, str] = {}

    def close(self) -> None:
        """End the workers, whatever they are at."""
        self._pool.close()

    def _results(self, clips: list[ClipResult], lacking: dict[str, str], size: int) -> Results:
        names = [clip.clip for clip in clips]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or len(names) != size:
            what = f'{len(names)} clips were scored and the test set has {size}'
            raise DataError(
                f'{self.name}: {what}'
                + (f'; scored twice: {name_some(twice)}' if twice else '')
                + '; use a sampler that gives every clip once (ChunkSampler)'
            )
        clips.sort(key=lambda clip: natural_key(clip.clip))
        return Results(
            self.name,
            self.protocol,
            self.measures,
            clips,
            self.published,
            notes=foreground_notes(clips, lacking),
        )

    def _submit(self, sample: Mapping[str, Any], src: torch.Tensor | None) -> None:
        clip, start, frames = sample['clip'], sample['start'], sample['frames']
        arrays = {
            key: sample[key].numpy()
            for key in ('pred_fgr', 'true_fgr', 'pred_pha', 'true_pha')
            if key in sample
        }
        if not {'pred_fgr', 'true_fgr'} <= arrays.keys():
            if any(MEASURES[name].target == 'fgr' for name in self.measures):
                self._lacking[clip] = 'prediction' if 'true_fgr' in arrays else 'truth'
            arrays.pop('pred_fgr', None), arrays.pop('true_fgr', None)
        for key in ('pred_pha', 'true_pha'):
            arrays[key] = arrays[key][:, 0]
        if clip in self._before:
            arrays['previous'] = self._before.pop(clip)
        if start + len(frames) < sample['length']:
            self._before[clip] = np.stack([arrays['pred_pha'][-1], arrays['true_pha'][-1]])
        if self.strips and src is not None:
            arrays['src'] = shrink(src)
        future = self._pool.submit(
            score_chunk,
            clip,
            frames,
            start,
            self.measures,
            self.protocol,
            self.strips > 0,
            arrays=arrays,
        )
        self._futures.append(future)
        while self._futures and self._futures[0].done():  # so that their pictures do not pile up
            self._joiner.add(result_of(self._futures.popleft()))


def shrink(src: torch.Tensor) -> np.ndarray:
    """Return frames as large as in strips: [T, 3, H, W] uint8 in 0..255 -> [T, 3, h, w]."""
    height, width = src.shape[-2:]
    size = shown_size(height, width)
    if size == (height, width):
        return src.numpy()
    frames = src.permute(0, 2, 3, 1).numpy()
    return np.stack([fit(frame, size) for frame in frames]).transpose(0, 3, 1, 2)
