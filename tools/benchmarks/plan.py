"""What a sample of ours has drawn, for the loader that is compared with it."""

from dataclasses import dataclass, field

import numpy as np

from rvm.datasets import ClipDataset, SampleKey
from rvm.datasets.frames import FrameSource
from rvm.datasets.stream import Stream
from rvm.datasets.transforms import CropResize, FitShortSide, Pause


@dataclass
class Plan:
    """What a sample of ours is made of.

    Attributes:
        sources: Stream -> where its frames are.
        effects: Stream -> [T, K], see `rvm.effects.parameters`, before the pause.
        drawn: All else that was drawn, by name.
        hard: Whether masks are resampled by nearest neighbour.
        fit: Short side to reduce larger pictures to, if they are.
        size: Side of the training picture.
        num_frames: T.
    """

    sources: dict[str, FrameSource]
    drawn: dict
    hard: bool
    num_frames: int
    effects: dict[str, np.ndarray] = field(default_factory=dict)
    fit: int | None = None
    size: int = 0


def plan_sample(dataset: ClipDataset, key: SampleKey) -> Plan:
    """Draw a sample of ours, without its last step, which loads and renders."""
    results = dataset.start(key)
    streams = results['streams']
    plan = Plan(
        sources={name: stream.source for name, stream in streams.items()},
        drawn=results['drawn'],
        hard=dataset.matte_interpolation == 'nearest',
        num_frames=results['num_frames'],
    )
    for transform in dataset.transforms[:-1]:
        if isinstance(transform, Pause):  # which re-orders them
            plan.effects = _effects(streams)
        if isinstance(transform, FitShortSide):
            plan.fit = transform.size
        if isinstance(transform, CropResize):
            plan.size = transform.size
        results = transform(results)
    plan.effects = plan.effects or _effects(streams)
    return plan


def _effects(streams: dict[str, Stream]) -> dict[str, np.ndarray]:
    return {name: stream.effects.copy() for name, stream in streams.items()}
