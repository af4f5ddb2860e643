"""What each sample of a composited test set is made of: a function of the seed and its number.

Sample i shows foreground i % n of the n foregrounds, in their listed order. Backgrounds are taken
in shuffled order: every round through them has its own permutation, drawn from the seed.
"""

from dataclasses import dataclass

import numpy as np

from rvm.datasets.affine import affine_matrices, draw_pose, interpolate, shift_matrix
from rvm.datasets.frames import FrameSource
from rvm.datasets.sample_key import ORDERS, SAMPLES, generator, number_of
from rvm.datasets.transforms.sample_frames import fold_frames

LOADER = number_of('CompositedClips')
POSES = {'rotation': 10.0, 'shift': 0.1, 'shear': 5.0, 'scale': (0.9, 1.1)}
"""Degrees, fractions of the picture, degrees, factors: the motion of SPEC section 4."""


@dataclass(frozen=True)
class Take:
    """Frames of a source that follow each other; a clip that is too short runs back and forth.

    Attributes:
        clip: Name of the source in its data set.
        source: Its frames.
        first: Number of the first one that is shown.
    """

    clip: str
    source: FrameSource
    first: int = 0

    def numbers(self, start: int, stop: int) -> np.ndarray:
        """Return the source's frames for frames `start` to `stop` - 1 of the sample, [n] int64."""
        return fold_frames(self.first + np.arange(start, stop), len(self.source))

    def turns(self, num_frames: int) -> bool:
        """Return whether a moving source is too short for so many frames, and runs backwards."""
        return 1 < len(self.source) < self.first + num_frames


@dataclass(frozen=True)
class Drift:
    """How an image moves over its own canvas: from one pose towards another, evenly.

    Attributes:
        first: Pose of the first frame; see `rvm.datasets.affine.FIELDS`.
        last: Pose that the last frame would have if `amount` were 1.
        amount: Share of the way that is gone, in 0..1.
        mirrored: Whether the image is mirrored left to right before it moves.
    """

    first: dict[str, float]
    last: dict[str, float]
    amount: float
    mirrored: bool

    def describe(self) -> dict:
        """Return it as plain values."""
        return {
            'from': dict(self.first),
            'to': dict(self.last),
            'amount': self.amount,
            'mirrored': self.mirrored,
        }

    def matrices(self, size: tuple[int, int], times: np.ndarray) -> np.ndarray:
        """Return the affine maps on pixel centres of an image.

        Args:
            size: Its height and width.
            times: [n] in 0..1, t / (T - 1) of each frame.

        Returns:
            [n, 3, 3] float64.
        """
        moved = affine_matrices(interpolate(self.first, self.last, times * self.amount), size)
        if not self.mirrored:
            return moved
        return moved @ shift_matrix(size[1] - 1, 0) @ np.diag([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Sample:
    """A clip that is to be composited; small, and can be sent to workers.

    Attributes:
        foreground: Frames with alpha (kind 'rgba').
        background: Frames of kind 'rgb'.
        size: Height and width of the result.
        num_frames: T.
        drift: How an image moves, which is then fitted into a square; None for a clip, which moves
            by itself, and is resized.
    """

    foreground: Take
    background: Take
    size: tuple[int, int]
    num_frames: int
    drift: Drift | None = None

    def times(self, start: int, stop: int) -> np.ndarray:
        """Return t / (T - 1) for frames `start` to `stop` - 1, [n] in 0..1; 0 if T is 1."""
        return np.arange(start, stop) / max(self.num_frames - 1, 1)


def draw_first(rng: np.random.Generator, length: int, num_frames: int) -> int:
    """Draw a first frame, uniform over those with all frames after it, or over all if none has."""
    return int(rng.integers(length - num_frames + 1 if length >= num_frames else length))


def draw_drift(rng: np.random.Generator, mirrored: bool) -> Drift:
    """Draw both poses and the amount."""
    first, last = draw_pose(rng, **POSES), draw_pose(rng, **POSES)
    return Drift(first, last, float(rng.random()), mirrored)


def sample_generator(seed: int, number: int) -> np.random.Generator:
    """Return the sample's own generator: not that of any other sample, nor of its name."""
    return generator(SAMPLES, seed, LOADER, 0, number)


def background_of(seed: int, number: int, count: int) -> int:
    """Return which of `count` backgrounds sample `number` has."""
    turn, place = divmod(number, count)
    return int(generator(ORDERS, seed, LOADER, turn, 0).permutation(count)[place])


def foreground_of(number: int, count: int) -> tuple[int, bool]:
    """Return which of `count` foregrounds sample `number` has, and whether it is mirrored."""
    turn, place = divmod(number, count)
    return place, turn % 2 == 1


def name_number(number: int) -> str:
    """Return the name of a clip or a frame: four digits, more from 10,000 on."""
    return f'{number:04}'
