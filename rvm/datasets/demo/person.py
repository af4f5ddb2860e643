"""A person as a film: look, motion, light and framing, and the frames that come of it."""

from dataclasses import dataclass

import cv2
import numpy as np

from rvm.datasets.demo.body import body_parts, head_top
from rvm.datasets.demo.figure import Figure
from rvm.datasets.demo.look import Look
from rvm.datasets.demo.noise import Wobble
from rvm.datasets.demo.painter import Light, Part, paint
from rvm.datasets.demo.pose import ACTIONS, Motion

FRAME_SECONDS = 1 / 15
SHUTTER = 0.4
"""Share of a frame's time in which the shutter is open."""

BLUR_STEP, MOST_STEPS = 2.0, 6
"""Pixels between two moments of a blurred movement; and how many moments at most."""

FRAMINGS = {'portrait': 0.62, 'upper body': 0.95, 'knees': 1.4, 'full body': 2.0}
"""What of a body is to be seen: metres from a little above the head to the lower border."""


@dataclass(frozen=True)
class Framing:
    """Where a person is in the picture, in units of the picture's height.

    Attributes:
        x: Of the pelvis, from the left border.
        y: Of the pelvis, from the upper border.
        scale: Heights a metre.
        speed: Heights a second to the right.
    """

    x: float
    y: float
    scale: float
    speed: float = 0.0

    @classmethod
    def draw(cls, rng: np.random.Generator, name: str, aspect: float) -> 'Framing':
        """Return a framing called `name` (see `FRAMINGS`) for a picture of width / height."""
        scale = 1 / (FRAMINGS[name] * rng.uniform(0.9, 1.12))
        margin = rng.uniform(0.03, 0.14)
        return cls(aspect * rng.uniform(0.32, 0.68), margin + scale * head_top(), scale)


class Person:
    """A person, moving.

    Args:
        rng: Where everything about the person comes from.
        pictures: See `Look.draw`.
        framing: Where in the picture.
        action: One of `ACTIONS`; drawn if None.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        pictures: list[np.ndarray],
        framing: Framing,
        action: str | None = None,
    ) -> None:
        self.look = Look.draw(rng, pictures)
        action = action or str(rng.choice(ACTIONS))
        self.motion = Motion(rng, action, self.look.build, int(np.sign(framing.speed)))
        self.light = Light.draw(rng)
        self.framing = framing
        self._camera = [Wobble(rng, 0.25) for _ in range(3)]

    def parts(self, time: float, size: tuple[int, int]) -> list[Part]:
        """Return what is to be painted at `time` seconds on a canvas of height and width `size`."""
        height = size[0]
        scale = self.framing.scale * height * (1 + 0.04 * self._camera[2](time))
        origin = np.array([self.framing.x + self.framing.speed * time, self.framing.y]) * height
        origin += [0.03 * height * wobble(time) for wobble in self._camera[:2]]
        joints = self.motion.joints(time)
        return body_parts(Figure(self.look, joints, origin, scale, self.light, time))

    def frame(
        self, number: int, size: tuple[int, int], labels: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return frame `number`, with motion blur: the mean over the time the shutter is open.

        Args:
            number: From 0.
            size: Height and width in pixels.
            labels: Number of labels, see `paint`.

        Returns:
            The layer [H, W, 4] and the shares [labels - 1, H, W], float32 in 0..1.
        """
        time = number * FRAME_SECONDS
        moments = time + SHUTTER * FRAME_SECONDS * self.moments(time, size)
        layer, shares = 0, 0
        for moment in moments:
            painted = paint(self.parts(moment, size), size, labels)
            layer, shares = layer + painted[0], shares + painted[1]
        return layer / len(moments), shares / len(moments)

    def moments(self, time: float, size: tuple[int, int]) -> np.ndarray:
        """Return the moments [N] that make up a frame, in 0..1 of the open shutter."""
        first, last = (self._points(time + shift) for shift in (0, SHUTTER * FRAME_SECONDS))
        moved = np.abs(last - first).max() * self.framing.scale
        moved = size[0] * (moved + abs(self.framing.speed) * SHUTTER * FRAME_SECONDS)
        steps = int(np.clip(np.ceil(moved / BLUR_STEP), 1, MOST_STEPS))
        return (np.arange(steps) + 0.5) / steps

    def _points(self, time: float) -> np.ndarray:
        joints = self.motion.joints(time)
        limbs = (*joints.arms.values(), *joints.legs.values())
        points = [point for part in limbs for point in vars(part).values()]
        return np.array([joints.head, *points])[:, :2]


def shrink_layer(layer: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a layer reduced to height and width `size`, every pixel the mean of what it covers."""
    return cv2.resize(layer, size[::-1], interpolation=cv2.INTER_AREA)
