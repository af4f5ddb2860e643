"""A person in one posture before one camera: where things are seen, and how they are shaded."""

import numpy as np

from rvm.datasets.demo.look import Look
from rvm.datasets.demo.painter import Colour, Light, Part, fit_tile, limb_shade, tile_colour
from rvm.datasets.demo.pose import Joints
from rvm.datasets.demo.shapes import limb

VIEW_DISTANCE = 4.0
"""Metres from camera to body: what is nearer looks larger."""


class Figure:
    """One person in one posture, seen by one camera.

    Args:
        look: The person.
        joints: The posture.
        origin: [2] where the pelvis stands, in pixels.
        scale: Pixels a metre.
        light: The light.
        time: Seconds, for what sways.
    """

    def __init__(
        self,
        look: Look,
        joints: Joints,
        origin: np.ndarray,
        scale: float,
        light: Light,
        time: float,
    ) -> None:
        self.look, self.joints, self.light, self.time = look, joints, light, time
        self.origin, self.scale = np.asarray(origin, float), scale
        self._tiles = {name: fit_tile(tile, scale) for name, tile in look.tiles.items()}
        self.pelvis, self.neck = self.see(joints.pelvis), self.see(joints.neck)
        self.sleeve = {'t-shirt': 1, 'tank top': 0}.get(look.top, 2)

    def see(self, point: np.ndarray) -> np.ndarray:
        """Return the pixel [2] of a point [3]."""
        return self.origin + self.scale * point[:2] / (1 - point[2] / VIEW_DISTANCE)

    def tile(self, name: str, middle: np.ndarray, angle: float, radius: float) -> Colour:
        """Return a surface shaded like an upright limb of one radius (pixels)."""
        down = np.array([-np.sin(angle), np.cos(angle)]) * radius
        shade = limb_shade(middle - down, middle + down, (radius, radius), self.light)
        return self.surface(name, middle, angle, shade)

    def surface(self, name: str, origin: np.ndarray, angle: float, shade) -> Colour:
        """Return a surface with a shading of its own, see `tile_colour`."""
        return tile_colour(self._tiles[name], origin, angle, self.scale, shade, self.light.tint)

    def limb(
        self,
        name: str,
        ends: tuple[np.ndarray, np.ndarray],
        radii: tuple[float, float],
        shadow: float = 0.0,
    ) -> Part:
        """Return a limb between two joints [3]; radii in metres."""
        start, end = (self.see(point) for point in ends)
        near, far = (
            max(radius * self.scale / (1 - point[2] / VIEW_DISTANCE), 0.4)
            for radius, point in zip(radii, ends, strict=True)
        )
        shade = limb_shade(start, end, (near, far), self.light)
        angle = np.arctan2(end[1] - start[1], end[0] - start[0]) - np.pi / 2
        outline = limb(start, end, near, far)
        return Part([outline], self.surface(name, start, angle, shade), shadow=shadow)

    def level(self, y: float, half_width: float, half_depth: float) -> tuple[np.ndarray, float]:
        """Return middle [2] and half the seen width, in pixels, of a level of the trunk."""
        share = np.clip(-y / 0.5, -0.3, 1.05)
        middle = self.pelvis + share * (self.neck - self.pelvis)
        yaw, build = self.joints.yaw, self.look.build
        wide = build.shoulders if y < -0.3 else build.hips if y > -0.05 else build.girth
        seen = np.hypot(half_width * wide * np.cos(yaw), half_depth * build.girth * np.sin(yaw))
        return middle, float(seen * self.scale)
