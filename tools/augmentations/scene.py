"""Transforms at the ends of their ranges, on the way that training takes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rvm.datasets import ClipDataset, SampleKey, clip_collate
from rvm.datasets.easing import NOT_LINEAR
from rvm.datasets.transforms import CropResize, FitShortSide, PackMatting, PackSegmentation
from rvm.models.data_preprocessor import MattingDataPreprocessor
from rvm.registry import DATASETS, TRANSFORMS

SIDE = 512
"""Of the training pictures, in pixels."""

LOW, HALF, HIGH = 0.0, 0.5, 1.0
YES, NO = LOW, HIGH
"""Answers to a transform that asks whether to act: below every chance, and below none."""


def curve(name: str) -> tuple[float, ...]:
    """Return the answers that make `draw_easing` draw a curve."""
    if name == 'linear':
        return (LOW,)
    return (HIGH, NOT_LINEAR.index(name) / (len(NOT_LINEAR) - 1))


class Extremes:
    """In place of a sample's generator: every call takes the next of the answers it was given.

    The seeds of grain are drawn as ever.

    Args:
        answers: Places in the range of a draw, 0 at its lower and 1 at its upper end (of normal
            numbers the values themselves); one for all values of a call, or an array.
    """

    def __init__(self, *answers: Any):
        self.answers = list(answers)

    def random(self, size: Any = None) -> Any:
        """Answer a uniform draw from 0..1."""
        answer = np.asarray(self.answers.pop(0), np.float64)
        return float(answer) if size is None else np.broadcast_to(answer, size)

    def standard_normal(self, size: Any = None) -> Any:
        """Answer a normal draw."""
        return self.random(size)

    def uniform(self, low: Any, high: Any, size: Any = None) -> Any:
        """Answer a uniform draw from low..high."""
        low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
        return low + (high - low) * self.random(size or low.shape or None)

    def integers(self, low: Any, high: Any = None, size: int | None = None) -> Any:
        """Answer a draw from low .. high - 1, or 0 .. low - 1."""
        if size is not None:
            return np.random.default_rng(0).integers(low, high, size)
        low, high = (np.zeros_like(low), low) if high is None else (low, high)
        return np.rint(self.uniform(low, np.asarray(high) - 1)).astype(int)


class Shown(NamedTuple):
    """What the network sees.

    Attributes:
        src: [T, h, w, 3] uint8 RGB.
        matte: [T, h, w] uint8, alpha or mask.
        numbers: Frames of each stream.
        drawn: What the transforms drew.
    """

    src: np.ndarray
    matte: np.ndarray
    numbers: dict[str, list[int]]
    drawn: dict[str, Any]


class Scene:
    """The first clip of a data set, to be put through steps of a pipeline.

    Args:
        dataset: Config of a data set, without its pipeline.
        pipeline: Configs of the steps, by name.
        options: What differs from `dataset`.
    """

    def __init__(self, dataset: Mapping, pipeline: Mapping, **options: Any):
        self.dataset: ClipDataset = DATASETS.build({**dataset, 'pipeline': (), **options})
        self.steps = {name: TRANSFORMS.build(step) for name, step in pipeline.items()}
        self.place, self.top = HALF, 0
        matte = self.show([]).matte[0]
        height, width = next(iter(self.dataset.start(SampleKey.of(0))['streams'].values())).size
        room = (width / height - 1) * SIDE
        if room > 0 and matte.any():  # the window has the person in its middle
            centre = np.flatnonzero(matte.max(0)).mean()
            self.place = float(np.clip((room / 2 + centre - SIDE / 2) / room, 0, 1))
            self.top = int(np.flatnonzero(matte.max(1))[0])

    def show(
        self,
        steps: Sequence,
        *answers: Any,
        frames: int = 1,
        whole: bool = False,
        training_crop: tuple[int, int] | None = None,
        **pack: str,
    ) -> Shown:
        """Return what the network sees after some steps.

        Args:
            steps: Names of steps of the pipeline, or transforms.
            answers: To their draws, see `Extremes`; all are used.
            frames: T.
            whole: Start from the whole picture; else from a square of `SIDE`.
            training_crop: Height and width.
            pack: Options of `PackMatting`.
        """
        self.dataset.num_frames = frames
        results = self.dataset.start(SampleKey(0, 0, crop=training_crop))
        base = FitShortSide(SIDE) if whole else CropResize(SIDE, ratio=(1, 1))
        results['rng'] = Extremes(LOW, [LOW, self.place], LOW, [HALF, HALF])
        results = base(results) | {'drawn': {}, 'rng': Extremes(*answers)}
        for step in steps:
            results = (self.steps[step] if isinstance(step, str) else step)(results)
        if left := results['rng'].answers:
            raise AssertionError(f'{steps} left the answers {left}')
        matting = 'fgr' in results['streams']
        packed = (PackMatting if matting else PackSegmentation)(**pack)(results)
        batch = MattingDataPreprocessor()(clip_collate([packed]))
        src, matte = (
            batch[name][0].mul(255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
            for name in ('src', 'pha' if matting else 'seg')
        )
        numbers = {name: stream.numbers.tolist() for name, stream in results['streams'].items()}
        return Shown(src, matte[..., 0], numbers, results['drawn'])
