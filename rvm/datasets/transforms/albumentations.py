"""albumentations' transforms anywhere in a pipeline, by clip or by frame."""

import copy
import os
import warnings
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from rvm.datasets.stream import NEAREST, Stream
from rvm.datasets.transforms.options import stream_names
from rvm.errors import ConfigError
from rvm.registry import TRANSFORMS

SEEDS = 2**31


@TRANSFORMS.register_module()
class Albumentations:
    """Apply albumentations to the frames of each stream.

    What is planned before is carried out first, so frames have the size they have at this place.
    The fourth channel (alpha, mask) moves with its picture, bilinear (nearest for hard masks), and
    keeps its values where only colours change.

    Required keys: streams, rng. Modified: the streams' pictures. Drawn: albumentations_<stream>:
    the seed (of the first frame).

    Args:
        transforms: Configs, `dict(type='RandomFog', p=0.2)`, built from the albumentations
            package, or transforms that are built.
        consistent: True draws once a clip and treats all frames alike, noise patterns included;
            False draws for every frame.
        streams: Names of the streams to treat; all if None.
    """

    def __init__(
        self,
        transforms: Sequence,
        consistent: bool = True,
        streams: Sequence[str] | None = None,
    ):
        self.consistent = consistent
        self.streams = None if streams is None else stream_names(self, 'streams', streams)
        self.steps = [_build(step) for step in transforms]
        self._composed: dict[int, Any] = {}

    def __call__(self, results: dict) -> dict:
        """Treat the streams."""
        rng = results['rng']
        for name, stream in results['streams'].items():
            seeds = rng.integers(SEEDS, size=stream.num_frames)
            if self.streams is not None and name not in self.streams:
                continue
            if self.consistent:
                seeds[:] = seeds[0]
            results['drawn'][f'albumentations_{name}'] = int(seeds[0])
            frames = [
                self._treat(frame, stream, int(seed))
                for frame, seed in zip(stream.materialise(), seeds, strict=True)
            ]
            if len({frame.shape for frame in frames}) > 1:
                raise ConfigError(
                    'Albumentations gave frames of one clip different sizes; use consistent=True'
                )
            stream.replace(np.stack(frames))
        return results

    def _treat(self, frame: np.ndarray, stream: Stream, seed: int) -> np.ndarray:
        hard = stream.matte_interpolation == NEAREST
        mode = cv2.INTER_NEAREST if hard else cv2.INTER_LINEAR
        if mode not in self._composed:
            steps = copy.deepcopy(self.steps)  # Compose writes its interpolation into them
            self._composed[mode] = import_albumentations().Compose(steps, mask_interpolation=mode)
        compose = self._composed[mode]
        compose.set_random_seed(seed)
        picture = np.ascontiguousarray(frame[..., :3])
        if frame.shape[-1] == 3:
            return compose(image=picture)['image']
        treated = compose(image=picture, mask=np.ascontiguousarray(frame[..., 3]))
        return np.dstack([treated['image'], treated['mask']])


def import_albumentations() -> ModuleType:
    """Return the package, which otherwise asks the network for a newer version of itself."""
    os.environ.setdefault('NO_ALBUMENTATIONS_UPDATE', '1')
    import albumentations

    return albumentations


def _build(step: object) -> Any:
    """Build a transform; a wrong argument, of which albumentations only warns, is an error."""
    A = import_albumentations()  # noqa: N806 - as its users know it
    if not isinstance(step, Mapping):
        return step
    options = dict(step)
    name = options.pop('type', None)
    kind = getattr(A, str(name), None)
    if kind is None:
        raise ConfigError(f'albumentations {A.__version__} has no transform {name!r}')
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            return kind(**options)
    except (TypeError, ValueError, UserWarning) as error:
        reason = ' '.join(str(error).split())
        raise ConfigError(f'albumentations.{name}: {reason}') from error
