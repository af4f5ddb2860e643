"""Scenes with several people and things, and who is seen where."""

from dataclasses import dataclass

import numpy as np

from rvm.datasets.demo.objects import Clutter
from rvm.datasets.demo.person import FRAME_SECONDS, FRAMINGS, Framing, Person
from rvm.datasets.demo.pictures import all_pictures
from rvm.datasets.demo.scenery import over
from rvm.datasets.demo.trunk import BACKPACK

LABELS = BACKPACK + 1


@dataclass
class Actor:
    """Someone or something in a scene.

    Attributes:
        what: A `Person`, or a `Clutter`.
        group: Actors of one group are counted as one; None for no group.
    """

    what: Person | Clutter
    group: int | None = None

    @property
    def is_person(self) -> bool:
        """Whether this is a person."""
        return isinstance(self.what, Person)


def random_person(
    rng: np.random.Generator,
    size: tuple[int, int],
    *,
    far: bool = False,
    crossing: float = 0.0,
    action: str | None = None,
) -> Person:
    """Return a person for a picture of height and width `size`.

    Args:
        rng: Where the person comes from.
        size: Height and width.
        far: Small and whole, as in a crowd.
        crossing: If not 0, the person comes in on one side, and within so many seconds gets some
            way through the picture, or out on the other side.
        action: See `Person`.
    """
    aspect = size[1] / size[0]
    if far:
        scale = rng.uniform(0.12, 0.2)
        framing = Framing(aspect * rng.uniform(0.05, 0.95), rng.uniform(0.5, 0.62), scale)
        return Person(rng, all_pictures(False), framing, 'idle')
    framing = Framing.draw(rng, str(rng.choice(list(FRAMINGS))), aspect)
    x, speed = aspect * rng.uniform(0.12, 0.88), 0.0
    if crossing:
        outside = 0.5 * framing.scale
        way = outside + aspect * rng.uniform(0.4, 1.5)
        side = int(rng.choice([-1, 1]))
        x, speed = (-outside if side > 0 else aspect + outside), side * way / crossing
    framing = Framing(x, framing.y, framing.scale, speed)
    return Person(rng, all_pictures(False), framing, action)


def compose(
    actors: list[Actor], background: np.ndarray, number: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put actors, from back to front, on a background.

    Args:
        actors: Who.
        background: [H, W, 3] uint8 in 0..255.
        number: The frame.

    Returns:
        The picture [H, W, 3] float32 in 0..1; whose pixel it is [H, W], an index into `actors` or
        -1; and what of a person it is [H, W]: 0 or a label of `body`. An actor owns the pixels of
        which it covers more than half.
    """
    size = background.shape[:2]
    image = background.astype(np.float32) / 255
    owner = np.full(size, -1)
    label = np.zeros(size, int)
    for index, actor in enumerate(actors):
        if isinstance(actor.what, Person):
            layer, shares = actor.what.frame(number, size, LABELS)
        else:
            layer = actor.what.layer(number * FRAME_SECONDS, size)
            shares = np.zeros((0, *size), np.float32)
        image = over(layer, image)
        mine = layer[..., 3] > 0.5
        owner[mine] = index
        label[mine] = 0
        for kind, share in enumerate(shares, start=1):
            label[mine & (share > 0.5)] = kind
    return image, owner, label


def box_of(mask: np.ndarray) -> list[int]:
    """Return the box [x, y, width, height] around a mask [H, W] that is not empty."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    left, top = int(columns[0]), int(rows[0])
    return [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1]
