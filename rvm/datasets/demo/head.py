"""A head: shaded as a ball seen from any side, with a face, hair, strands and glasses.

Head units: 1 is half the height of the head; x to the right, y down, z out of the face.
"""

import numpy as np

from rvm.datasets.demo.coverage import Region
from rvm.datasets.demo.look import Look
from rvm.datasets.demo.painter import Colour, Light, Part
from rvm.datasets.demo.pose import Joints
from rvm.datasets.demo.shapes import closed_curve, ellipse, limb, strands, vec

HALF_HEIGHT = 0.122
"""Metres."""

RIM = {'bald': 0.0, 'short': 1.07, 'bun': 1.06, 'bob': 1.14, 'long': 1.13, 'curly': 1.33}
HAIRLINE = ((-1, -0.1, 0.3, 0.65, 1), (0.8, 0.5, 0.0, -0.5, -0.62))
"""Where hair ends: z on the head, and the y above which there is hair."""


class Head:
    """The head of one person in one posture.

    Args:
        look: The person.
        joints: The posture.
        centre: [2] in pixels.
        scale: Pixels a metre at the head.
        light: The light.
        time: Seconds, for hair that sways.
    """

    def __init__(
        self,
        look: Look,
        joints: Joints,
        centre: np.ndarray,
        scale: float,
        light: Light,
        time: float,
    ) -> None:
        self.look, self.joints, self.centre = look, joints, centre
        self.light, self.time = light, time
        self.unit = scale * HALF_HEIGHT * look.build.head
        yaw, self.pitch = joints.head_yaw, joints.head_pitch
        self.cos, self.sin = np.cos(yaw), np.sin(yaw)
        roll = joints.head_roll
        self.axes = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
        self.half_width = float(np.hypot(0.68 * self.cos, 0.8 * self.sin))
        self.jaw = 0.2 + 0.22 * look.face[0]

    def place(self, x: float, y: float, z: float) -> tuple[np.ndarray, float]:
        """Return pixel [2] and depth (towards the viewer) of a point in head units."""
        seen_x, depth = x * self.cos + z * self.sin, z * self.cos - x * self.sin
        seen_y = y * np.cos(self.pitch) + depth * np.sin(self.pitch)
        return self.centre + self.unit * (np.array([seen_x, seen_y]) @ self.axes), depth

    def outline(self, grow: float = 1.0, num: int = 48) -> np.ndarray:
        """Return the outline [num, 2] in pixels, from the crown clockwise."""
        turn = np.linspace(0, 2 * np.pi, num, endpoint=False)
        y = -np.cos(turn)
        x = np.sign(np.sin(turn)) * self._half(y) + self._shift(y)
        return self.centre + self.unit * grow * (np.stack([x, y], axis=1) @ self.axes)

    def _half(self, y: np.ndarray) -> np.ndarray:
        """Return half the width at heights y, in head units."""
        round_part = np.sqrt(np.maximum(1 - np.abs(y) ** 2.3, 0))
        return self.half_width * round_part * (1 - self.jaw * np.clip(y, 0, 1) ** 1.3)

    def _shift(self, y: np.ndarray) -> np.ndarray:
        """Return how far the middle lies to the side: a chin points where the face looks."""
        return 0.16 * self.sin * np.clip(y, -0.5, 1)

    def back_parts(self, hair: Colour) -> list[Part]:
        """Return what lies behind neck and head: the mass of the hair."""
        grow = RIM[self.look.hair_style]
        if self.look.headwear == 'scarf' or not grow:
            return []
        rim = self.outline(grow, 40)
        turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        bumps = 0.035 if self.look.hair_style == 'curly' else 0.012
        ripple = sum(np.sin(k * turn + 6 * self.look.face[k % 6] * k) for k in (5, 8, 11, 14))[
            :, None
        ]
        rim = self.centre + (rim - self.centre) * (1 + bumps * ripple)
        if self.look.hair_style in ('short', 'bun'):
            up = (rim - self.centre) @ self.axes.T
            rim = self.centre + np.minimum(up, [np.inf, 0.35 * self.unit]) @ self.axes
        elif self.look.hair_style in ('long', 'bob'):
            fall = 1.75 if self.look.hair_style == 'long' else 0.75
            sway = (
                0.08 * np.sin(2.1 * self.time + 9 * self.look.face[1]) - 0.5 * self.joints.head_roll
            )
            up = (rim - self.centre) @ self.axes.T / self.unit
            low = np.clip(up[:, 1:] + 0.2, 0, None)
            up[:, 1:] += low * fall * 0.75
            up[:, :1] += low * sway - 0.12 * self.sin * low
            up[:, :1] *= 1 + 0.12 * np.clip(low, 0, 1)
            rim = self.centre + self.unit * up @ self.axes
        parts = [Part([rim], hair, shadow=0.2)]
        if self.look.hair_style == 'bun':
            bun, _ = self.place(0, -0.85, -0.75)
            parts.append(Part([ellipse(bun, (0.36 * self.unit, 0.33 * self.unit))], hair))
        return parts

    def parts(self, skin: Colour, hair: Colour, cap: Colour) -> list[Part]:
        """Return head, face and what hangs in front of it, from back to front."""
        parts = []
        for side in (-1, 1):
            ear, depth = self.place(0.72 * side, 0.08, -0.05)
            if depth > -0.45 and self.look.headwear != 'scarf':
                shape = ellipse(ear, (0.2 * self.unit, 0.11 * self.unit), np.pi / 2)
                parts.append(Part([shape], skin))
        if self.look.headwear == 'scarf':
            parts.append(Part([self.outline(1.14)], cap, shadow=0.3))
        parts.append(Part([self.outline()], self._face(hair, cap), shadow=0.35))
        nose, depth = self.place(0, 0.3, 1.0)
        if depth > -0.1 and abs(self.sin) > 0.55:
            bridge, _ = self.place(0, -0.05, 0.82)
            width = 0.09 * self.unit
            parts.append(Part([limb(bridge, nose, width * 0.7, width)], skin))
        if self.look.headwear == 'beanie':
            parts.append(self._beanie(cap))
        if self.look.glasses:
            parts += self._glasses()
        return parts + self._strands()

    def _beanie(self, cap: Colour) -> Part:
        rim = (self.outline(1.1) - self.centre) @ self.axes.T / self.unit
        brow = -0.42 + 0.25 * self.pitch
        rim[:, 1] = np.where(rim[:, 1] > brow, brow, rim[:, 1] * 1.06)
        return Part([self.centre + self.unit * rim @ self.axes], cap, shadow=0.3)

    def _glasses(self) -> list[Part]:
        polygons = []
        for side in (-1, 1):
            middle, depth = self.place(0.36 * side, 0.02, 0.85)
            if depth < 0.1:
                continue
            wide = 0.27 * self.unit * max(0.25, float(self.cos))
            outer = ellipse(middle, (wide, 0.21 * self.unit), self.joints.head_roll)
            polygons += [outer, (middle + (outer - middle) * 0.82)[::-1]]
        frame = np.array([0.08, 0.07, 0.07], np.float32)
        return [Part(polygons, lambda region: frame)] if polygons else []

    def _strands(self) -> list[Part]:
        """Return loose hairs, in two tones: they start on the rim, and gravity bends them."""
        grow = RIM[self.look.hair_style]
        if not grow or self.look.headwear != 'none':
            return []
        style = self.look.hair_style
        place, length, bend, width, phase, lift = self.look.strands.T
        turn = (place - 0.5) * (2.6 if style in ('short', 'bun') else 4.2)
        roots = np.stack([np.sin(turn) * self.half_width, -np.cos(turn)], axis=1) * grow * 0.97
        outward = roots / np.hypot(roots[:, 0], roots[:, 1])[:, None]
        reach = (0.1 + 0.4 * length**2) * (1.4 if style == 'long' else 1)
        sway = 2 * bend - 1 + 0.12 * np.sin(3 * self.time + 6 * phase)
        side = np.stack([-outward[:, 1], outward[:, 0]], axis=1) * sway[:, None]
        fall = (side + vec(0, 0.5)) * reach[:, None]
        along = np.linspace(0, 1, 7)[:, None]
        paths = roots[:, None] + along * (outward * (reach * (0.4 + 0.6 * lift))[:, None])[:, None]
        paths += along**2 * fall[:, None]
        if style == 'curly':
            paths += 0.03 * np.sin(along * 14 + 6 * phase[:, None, None]) * side[:, None]
        pixels = self.centre + self.unit * paths @ self.axes
        # Thinner than a third of a pixel nothing would be left of a hair.
        thick = np.maximum(0.004 + 0.012 * width, 0.3 / self.unit) * self.unit
        hairs = strands(pixels, thick)
        groups = hairs[::2], hairs[1::2]
        tones = [np.float32(tone) * self.look.hair.astype(np.float32) for tone in (0.8, 1.15)]
        return [
            Part(polygons, lambda region, tone=tone: tone, opacity=0.85)
            for polygons, tone in zip(groups, tones, strict=True)
            if polygons
        ]

    def _face(self, hair: Colour, cap: Colour) -> Colour:
        """Return the colours of the head: skin, hair and features, painted on the ball."""

        def colour(region: Region) -> np.ndarray:
            x = np.arange(region.left, region.right)[None] + 0.5 - self.centre[0]
            y = np.arange(region.top, region.bottom)[:, None] + 0.5 - self.centre[1]
            across = (x * self.axes[0, 0] + y * self.axes[0, 1]) / self.unit
            v = np.clip((x * self.axes[1, 0] + y * self.axes[1, 1]) / self.unit, -1, 1)
            u = np.clip((across - self._shift(v)) / np.maximum(self._half(v), 1e-3), -1, 1)
            ring = np.sqrt(1 - v * v)
            near = np.sqrt(1 - u * u) * ring
            shade = self.light.shade(u * ring, v, near).astype(np.float32)[..., None]
            # Undo pitch, then yaw: where on the head this pixel lies.
            level = v * np.cos(self.pitch) - near * np.sin(self.pitch)
            depth = near * np.cos(self.pitch) + v * np.sin(self.pitch)
            side = u * ring * self.cos - depth * self.sin
            front = u * ring * self.sin + depth * self.cos
            return self._paint_face(region, side, level, front, shade, (hair, cap))

        return colour

    def _paint_face(
        self,
        region: Region,
        x: np.ndarray,
        y: np.ndarray,
        z: np.ndarray,
        shade: np.ndarray,
        covers: tuple[Colour, Colour],
    ) -> np.ndarray:
        look, face = self.look, self.look.face
        soft = max(1.2 / self.unit, 0.02)
        ahead = z > 0

        def spot(cx: float, cy: float, rx: float, ry: float, edge: float = soft) -> np.ndarray:
            distance = np.hypot((np.abs(x) - cx) / rx, (y - cy) / ry)
            return (np.clip((1 - distance) * min(rx, ry) / edge + 0.5, 0, 1) * ahead)[..., None]

        skin = look.skin
        image = np.broadcast_to(skin, (*x.shape, 3)).astype(np.float32)

        def mix(share: np.ndarray, tone: np.ndarray) -> None:
            nonlocal image
            image = image + (np.asarray(tone, np.float32) - image) * share.astype(np.float32)

        mix(0.35 * spot(0.4, 0.35, 0.25, 0.2, 0.2), skin * [1.05, 0.75, 0.72])
        mix(0.45 * spot(0.36, -0.03, 0.24, 0.2, 0.12), skin * 0.72)
        mix(0.5 * spot(0.1, 0.15, 0.035, 0.25, 0.06), skin * 0.7)
        mix(0.6 * spot(0.09, 0.34, 0.07, 0.035, 0.04), skin * 0.4)
        mix(0.3 * spot(0, 0.1, 0.05, 0.25, 0.05), np.minimum(skin * 1.2, 1))
        eye = 0.055 + 0.03 * face[1]
        if self.joints.blink:
            mix(spot(0.36, 0.02, 0.14, 0.02), skin * 0.45)
        else:
            mix(spot(0.36, 0.0, 0.155, eye + 0.025), skin * 0.35)
            mix(spot(0.36, 0.005, 0.14, eye), (0.93, 0.92, 0.9))
            mix(spot(0.36, 0.0, 0.065, eye), look.eyes)
            mix(spot(0.36, 0.0, 0.03, 0.03), (0.02, 0.02, 0.02))
        mix(0.9 * spot(0.37, -0.2 - 0.04 * face[1], 0.17, 0.02 + 0.03 * face[2]), look.hair * 0.8)
        open_mouth = 0.09 * self.joints.mouth
        mouth = 0.17 + 0.06 * face[4]
        mix(spot(0, 0.56, mouth, 0.055 + 0.02 * face[4] + open_mouth), skin * [0.85, 0.5, 0.5])
        mix(spot(0, 0.56, mouth * 0.85, 0.012 + open_mouth), (0.22, 0.07, 0.07))
        if look.beard and look.headwear != 'scarf':
            edge = np.clip((y - 0.25 - 0.25 * (z > 0.75)) / 0.1, 0, 1) * (z > -0.1)
            around_mouth = 1 - spot(0, 0.55, mouth + 0.03, 0.09 + open_mouth, 0.05)[..., 0]
            mix((look.beard * edge * around_mouth)[..., None], look.hair * 0.85)
        image *= shade
        hair, cap = covers
        limit = np.interp(z, *HAIRLINE) + 0.05 * np.sin(9 * x + 7 * face[5])
        limit = limit + (0.32 * face[5] - 0.1) * (z > 0.3) * (look.hair_style != 'short')
        grown = np.clip((limit - y) / (2 * soft) + 0.5, 0, 1)[..., None].astype(np.float32)
        if look.headwear == 'scarf':
            inside = np.hypot(x / 0.66, (y - 0.12) / 0.82)
            grown = np.clip((inside - 1) / (2 * soft) + 0.5, 0, 1) * ahead + (1 - ahead)
            image += (cap(region) - image) * grown[..., None].astype(np.float32)
        elif look.hair_style != 'bald':
            image += (hair(region) - image) * grown
        return image


def scarf_cape(neck: np.ndarray, scale: float, width: float) -> np.ndarray:
    """Return the part of a head scarf that lies on the shoulders, a polygon in pixels."""
    points = np.array(
        [[-0.6, -1.2], [0.6, -1.2], [0.9, 0.1], [0.55, 0.75], [-0.4, 0.85], [-0.9, 0]]
    )
    return closed_curve(neck + points * [width * scale * 0.13, scale * 0.12])
