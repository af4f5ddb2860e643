"""Painting: parts laid over one another, each with exact coverage, into a layer.

A layer is a picture [H, W, 4] float32 in 0..1, RGB times alpha and alpha.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rvm.datasets.demo.coverage import Region, coverages
from rvm.datasets.demo.textures import TILE, TILE_METRES

EDGE_REACH = 8
"""Pixels beyond the edge of alpha that still hold the foreground's colour."""

Colour = Callable[[Region], np.ndarray]
"""Gives the colours [h, w, 3] in 0..1 of a region of the canvas."""


@dataclass
class Part:
    """Something to paint.

    Attributes:
        polygons: Outlines [N, 2] in pixels; see `coverage`.
        colour: Its colours.
        opacity: Of the whole part, 0..1.
        label: What it belongs to; 0 is the body itself.
        shadow: How much it darkens what it lies on, 0..1.
    """

    polygons: list[np.ndarray]
    colour: Colour
    opacity: float = 1.0
    label: int = 0
    shadow: float = 0.0


@dataclass(frozen=True)
class Light:
    """Where light comes from: a direction [3] (x, y, z to the viewer), and how hard it is.

    Attributes:
        direction: Unit vector from the body to the light.
        ambient: Brightness in full shade, 0..1.
        tint: Colour [3] of the light, near 1.
    """

    direction: np.ndarray
    ambient: float
    tint: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator) -> 'Light':
        """Return a light from somewhere above or beside the viewer."""
        angle, height = rng.uniform(-1.5, 1.5), rng.uniform(-0.2, 0.9)
        direction = np.array([np.sin(angle), -height, 0.4 + np.cos(angle)])
        return cls(
            direction / np.linalg.norm(direction),
            rng.uniform(0.3, 0.75),
            rng.uniform(0.88, 1.06, 3).astype(np.float32) * np.float32(rng.uniform(0.8, 1.1)),
        )

    def shade(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the brightness of surfaces with the normals (x, y, z), about 0.3..1.2."""
        facing = x * self.direction[0] + y * self.direction[1] + z * self.direction[2]
        return self.ambient + (1.15 - self.ambient) * np.maximum(facing, 0)


def paint(parts: Sequence[Part], size: tuple[int, int], labels: int = 1) -> tuple:
    """Paint parts from back to front.

    Args:
        parts: What to paint.
        size: Height and width of the canvas in pixels.
        labels: Number of labels.

    Returns:
        The layer [H, W, 4], and the visible share of each label but 0, [labels - 1, H, W] in 0..1.
    """
    layer = np.zeros((*size, 4), np.float32)
    shares = np.zeros((labels - 1, *size), np.float32)
    covers = coverages([part.polygons for part in parts], size)
    for part, cover in zip(parts, covers, strict=True):
        if cover is None:
            continue
        region, share = cover
        share = share * np.float32(part.opacity)
        if part.shadow:
            _cast_shadow(layer, region, share, part.shadow)
        target = layer[region.slices]
        target *= (1 - share)[..., None]
        target[..., :3] += part.colour(region) * share[..., None]
        target[..., 3] += share
        if labels > 1:
            shares[:, region.top : region.bottom, region.left : region.right] *= 1 - share
        if 0 < part.label < labels:
            shares[part.label - 1][region.slices] += share
    return layer, shares


def _cast_shadow(layer: np.ndarray, region: Region, share: np.ndarray, strength: float) -> None:
    """Darken what lies under and around a part; its own colours come later."""
    reach = max(3, int(0.12 * min(share.shape)))
    height, width = layer.shape[:2]
    top, left = max(region.top - reach, 0), max(region.left - reach, 0)
    bottom, right = min(region.bottom + 2 * reach, height), min(region.right + reach, width)
    near = np.zeros((bottom - top, right - left), np.float32)
    near[region.top - top :, region.left - left :][: share.shape[0], : share.shape[1]] = share
    near = cv2.blur(near, (2 * reach + 1, 2 * reach + 1))
    layer[top:bottom, left:right, :3] *= (1 - strength * near)[..., None]


def tile_colour(
    tile: np.ndarray,
    origin: np.ndarray,
    angle: float,
    scale: float,
    shade: Callable[[np.ndarray, np.ndarray], np.ndarray],
    tint: np.ndarray,
) -> Colour:
    """Return a colour function: a tile wrapped around a part.

    Args:
        tile: [T, T, 3] in 0..1, see `textures`.
        origin: [2] where the tile's corner lies, in pixels.
        angle: Of the tile's y axis against the picture's, radians.
        scale: Pixels a metre.
        shade: Gives brightness [h, w] from pixel centres x [1, w] and y [h, 1].
        tint: [3], multiplied with the colours.
    """
    zoom = TILE / (TILE_METRES * scale) * tile.shape[0] / TILE
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom

    def colour(region: Region) -> np.ndarray:
        x, y = region.left + 0.5 - origin[0], region.top + 0.5 - origin[1]
        matrix = np.array(
            [[cos, sin, cos * x + sin * y - 0.5], [-sin, cos, -sin * x + cos * y - 0.5]]
        )
        width, height = region.right - region.left, region.bottom - region.top
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        image = cv2.warpAffine(
            tile, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_WRAP
        )
        columns = np.arange(region.left, region.right, dtype=np.float32)[None] + 0.5
        rows = np.arange(region.top, region.bottom, dtype=np.float32)[:, None] + 0.5
        image *= (shade(columns, rows).astype(np.float32))[..., None] * tint
        return image

    return colour


def fit_tile(tile: np.ndarray, scale: float) -> np.ndarray:
    """Return the tile shrunk so that its pixels are not smaller than those of the picture."""
    side = int(np.clip(round(TILE_METRES * scale), 8, TILE))
    return cv2.resize(tile, (side, side), interpolation=cv2.INTER_AREA) if side < TILE else tile


def limb_shade(
    start: np.ndarray, end: np.ndarray, radii: tuple[float, float], light: Light
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return the shading of a round limb, for `tile_colour`."""
    axis = end - start
    length = max(float(np.linalg.norm(axis)), 1e-3)
    along = axis / length
    across = np.array([-along[1], along[0]])

    def shade(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = x - start[0], y - start[1]
        place = np.clip((x * along[0] + y * along[1]) / length, 0, 1)
        radius = radii[0] + (radii[1] - radii[0]) * place
        side = np.clip((x * across[0] + y * across[1]) / radius, -1, 1)
        return light.shade(side * across[0], side * across[1], np.sqrt(1 - 0.9 * side * side))

    return shade


def to_pictures(layer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a matting set stores: colours [H, W, 3] and alpha [H, W], uint8 in 0..255.

    The colours are not multiplied with alpha; beyond the edge they go on for some pixels, so that
    neither resizing nor JPEG pulls black into a soft edge; farther out they are black.
    """
    alpha = layer[..., 3]
    colours = layer[..., :3] / np.maximum(alpha, 1e-3)[..., None]
    known = np.clip(alpha * 16, 0, 1)
    filled = np.zeros_like(colours)
    missing = np.ones_like(alpha)
    for side in (5, 2 * EDGE_REACH + 1):
        blurred = cv2.blur(layer, (side, side))
        weight = blurred[..., 3]
        near = missing * (weight > 1e-4)
        filled += blurred[..., :3] / np.maximum(weight, 1e-4)[..., None] * near[..., None]
        missing -= near
    mixed = filled + (colours - filled) * known[..., None]
    return to_uint8(mixed), to_uint8(alpha)


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Return an image in 0..1 as uint8 in 0..255, rounded."""
    return np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)
