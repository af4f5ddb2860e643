"""Things that are no people, but have limbs, cloth and colours of skin: they mislead a guess."""

import cv2
import numpy as np

from rvm.datasets.demo import pictures, textures
from rvm.datasets.demo.noise import Wobble
from rvm.datasets.demo.painter import (
    Colour,
    Light,
    Part,
    fit_tile,
    limb_shade,
    paint,
    tile_colour,
)
from rvm.datasets.demo.shapes import closed_curve, ellipse, limb, vec

KINDS = ('chair', 'lamp', 'plant', 'coat stand', 'ball', 'box', 'picture')


class Clutter:
    """One thing, standing or passing by.

    Args:
        rng: Where it comes from.
        held_out: Whether it may show the pictures that training never sees.
        size: Height and width of the canvas that it is made for.
        kind: One of `KINDS`; drawn if None.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        held_out: bool,
        size: tuple[int, int],
        kind: str | None = None,
    ) -> None:
        self.kind = kind or str(rng.choice(KINDS))
        self.light = Light.draw(rng)
        self.unit = size[0] * rng.uniform(0.25, 0.8)
        self.place = np.array([rng.uniform(0, 1) * size[1], rng.uniform(0.45, 1.0) * size[0]])
        self.speed = rng.normal(0, 0.25, 2) * size[0] * [1, 0.2]
        self.sway = Wobble(rng, 0.8)
        tone = textures.skin_tone(rng) if rng.random() < 0.4 else textures.any_colour(rng)
        self.tiles = [textures.skin(rng, tone), textures.cloth(rng), textures.cloth(rng)]
        if self.kind == 'picture':
            picture = pictures.picture(str(rng.choice(pictures.names(held_out))))
            self.tiles[1] = textures.cloth(rng, picture)
        self.numbers = rng.random((12, 4))

    def layer(self, time: float, size: tuple[int, int]) -> np.ndarray:
        """Return it at `time` seconds as a layer [H, W, 4], see `painter`."""
        return paint(self.parts(time), size)[0]

    def parts(self, time: float) -> list[Part]:
        """Return what is to be painted at `time` seconds, from back to front."""
        foot = self.place + self.speed * time
        make = {
            'chair': self._chair,
            'lamp': self._lamp,
            'plant': self._plant,
            'coat stand': self._coat_stand,
            'ball': self._ball,
            'box': self._box,
            'picture': self._box,
        }
        return make[self.kind](foot, 0.05 * self.sway(time))

    def _colour(self, tile: int, middle: np.ndarray, end: np.ndarray, radius: float) -> Colour:
        scale = self.unit * 1.2
        shade = limb_shade(middle, end, (radius, radius), self.light)
        surface = fit_tile(self.tiles[tile], scale)
        return tile_colour(surface, middle, self.sway(0), scale, shade, self.light.tint)

    def _rod(self, tile: int, start: np.ndarray, end: np.ndarray, radius: float) -> Part:
        colour = self._colour(tile, start, end, radius)
        return Part([limb(start, end, radius, radius * 0.8)], colour, shadow=0.2)

    def _chair(self, foot: np.ndarray, lean: float) -> list[Part]:
        u = self.unit
        seat = foot - [0, 0.45 * u]
        parts = []
        for x in (-0.22, -0.12, 0.12, 0.22):
            radius = (0.015 + 0.03 * self.numbers[0, 0]) * u
            parts.append(self._rod(0, seat + vec(x * u, 0), foot + vec(1.2 * x * u, 0), radius))
        for x in (-0.2, 0.2):
            top = seat + vec((x + lean) * u, -0.5 * u)
            parts.append(self._rod(0, seat + vec(x * u, 0), top, 0.03 * u))
        back = seat + vec(lean * u, -0.38 * u)
        for middle, half in ((back, 0.12), (seat, 0.05)):
            ends = middle - [0.2 * u, 0], middle + vec(0.2 * u, 0)
            parts.append(self._rod(1, *ends, half * u))
        return parts

    def _lamp(self, foot: np.ndarray, lean: float) -> list[Part]:
        u = self.unit
        top = foot + vec(lean * u, -0.9 * u)
        shade = top + u * np.array([[-0.1, -0.15], [0.1, -0.15], [0.22, 0.1], [-0.22, 0.1]])
        colour = self._colour(1, top - [0, u * 0.15], top + vec(0, u * 0.1), 0.24 * u)
        base = ellipse(foot, (0.18 * u, 0.04 * u))
        parts = [Part([base], self._colour(0, foot - [0, u], foot, 0.2 * u))]
        return [*parts, self._rod(0, foot, top, 0.02 * u), Part([shade], colour, shadow=0.2)]

    def _plant(self, foot: np.ndarray, lean: float) -> list[Part]:
        u = self.unit
        pot = foot - [0, 0.1 * u]
        parts = []
        for turn, reach, width, tile in self.numbers:
            angle = (turn - 0.5) * 2.4 + lean
            end = pot + u * (0.3 + 0.5 * reach) * np.array([np.sin(angle), -np.cos(angle)])
            parts.append(self._rod(int(tile * 2), pot, end, (0.02 + 0.04 * width) * u))
        return [*parts, self._rod(2, pot, foot, 0.13 * u)]

    def _coat_stand(self, foot: np.ndarray, lean: float) -> list[Part]:
        u = self.unit
        neck = foot - [0, 0.95 * u]
        parts = [self._rod(0, foot, neck, 0.025 * u)]
        for side in (-1, 1):
            start = neck + vec(side * 0.14 * u, 0.1 * u)
            end = start + vec(side * (0.08 + lean) * u, 0.45 * u)
            parts.append(self._rod(1, start, end, 0.06 * u))
        points = np.array(
            [[-0.08, 0.0], [0.08, 0.0], [0.18, 0.1], [0.2, 0.6], [-0.2, 0.6], [-0.18, 0.1]]
        )
        colour = self._colour(1, neck, neck + vec(0, 0.6 * u), 0.22 * u)
        parts.append(Part([closed_curve(neck + points * u)], colour, shadow=0.2))
        if self.numbers[0, 1] < 0.5:  # a hat on top
            hat = ellipse(neck - [0, 0.06 * u], (0.12 * u, 0.05 * u))
            parts.append(Part([hat], self._colour(2, neck, neck + vec(0, 0.1 * u), 0.12 * u)))
        return parts

    def _ball(self, foot: np.ndarray, lean: float) -> list[Part]:
        radius = self.unit * (0.08 + 0.15 * self.numbers[0, 0])
        middle = foot - [0, radius + abs(lean) * 4 * self.unit]
        colour = self._colour(int(3 * self.numbers[0, 1]), middle, middle + vec(0, 1), radius)
        return [Part([ellipse(middle, (radius, radius), num=40)], colour)]

    def _box(self, foot: np.ndarray, lean: float) -> list[Part]:
        u = self.unit * (0.4 + 0.4 * self.numbers[0, 0])
        corners = np.array([[-0.5, -1], [0.5, -1], [0.5, 0], [-0.5, 0]])
        corners = corners @ cv2.getRotationMatrix2D((0, 0), 60 * lean, u)[:, :2].T
        return [Part([foot + corners], self._colour(1, foot - [0, u], foot, u))]
