"""Backgrounds without people: real pictures, rooms, streets, open land, and what stands there."""

import cv2
import numpy as np

from rvm.datasets.demo import pictures, textures
from rvm.datasets.demo.noise import Wobble, smooth_noise
from rvm.datasets.demo.objects import Clutter
from rvm.datasets.demo.painter import to_uint8
from rvm.datasets.demo.person import FRAME_SECONDS

MARGIN = 1.35
"""A moving camera looks at a part of a picture that is so much larger than the frame."""


def still(rng: np.random.Generator, size: tuple[int, int], held_out: bool) -> np.ndarray:
    """Return a background [H, W, 3] uint8 in 0..255.

    Args:
        rng: Where it comes from.
        size: Height and width.
        held_out: Whether to use the real pictures that training never sees.
    """
    image = _empty(rng, size, held_out)
    for _ in range(int(rng.integers(0, 5))):
        image = over(Clutter(rng, held_out, size).layer(0, size), image)
    return to_uint8(_develop(rng, image))


def moving(
    rng: np.random.Generator, size: tuple[int, int], num_frames: int, held_out: bool
) -> list[np.ndarray]:
    """Return the frames [H, W, 3] uint8 of a filmed background: camera and things move.

    Args:
        rng: Where it comes from.
        size: Height and width.
        num_frames: How many.
        held_out: See `still`.
    """
    large = tuple(round(MARGIN * side) for side in size)
    image = _develop(rng, _empty(rng, large, held_out))
    for _ in range(int(rng.integers(0, 3))):
        image = over(Clutter(rng, held_out, large).layer(0, large), image)
    movers = [Clutter(rng, held_out, size) for _ in range(int(rng.integers(1, 4)))]
    pan_x, pan_y, zoom, turn = (Wobble(rng, rng.uniform(0.1, 0.5)) for _ in range(4))
    shake = rng.choice([0.0, 0.004])
    frames = []
    for number in range(num_frames):
        time = number * FRAME_SECONDS
        scale = 1 + 0.12 * zoom(time)
        matrix = cv2.getRotationMatrix2D((0, 0), 1.5 * turn(time), 1 / scale)
        centre = (0.5 + 0.1 * np.array([pan_x(time), pan_y(time)])) * large[::-1]
        centre += rng.normal(0, shake * size[0] + 1e-9, 2)
        matrix[:, 2] = centre - matrix[:, :2] @ (np.array(size[::-1]) / 2)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        frame = cv2.warpAffine(
            image, matrix, size[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT_101
        )
        for mover in movers:
            frame = over(mover.layer(time, size), frame)
        frames.append(to_uint8(frame))
    return frames


def over(layer: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return a layer [H, W, 4] (see `painter`) laid over an image [H, W, 3], both in 0..1."""
    return layer[..., :3] + (1 - layer[..., 3:]) * image


def _empty(rng: np.random.Generator, size: tuple[int, int], held_out: bool) -> np.ndarray:
    kinds = (_real, _real, _room, _room, _street, _land, _wall, _blobs)
    return kinds[rng.integers(len(kinds))](rng, size, held_out)


def _develop(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Return the image with another exposure, colour cast, gamma and sharpness."""
    image = np.clip(image, 0, 1) ** np.float32(rng.uniform(0.75, 1.3))
    image = image * rng.uniform(0.85, 1.1, 3).astype(np.float32)
    if rng.random() < 0.35:  # out of focus, as behind many portraits
        sigma = rng.uniform(0.005, 0.02) * image.shape[0]
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    grain = rng.normal(0, rng.uniform(0, 0.02), image.shape).astype(np.float32)
    return np.clip(image + grain, 0, 1)


def crop_of(
    rng: np.random.Generator, image: np.ndarray, size: tuple[int, int], zoom: float
) -> np.ndarray:
    """Return a random part of a picture, turned a little, perhaps mirrored.

    Args:
        rng: Where the choice comes from.
        image: [H, W, 3] in 0..1.
        size: Height and width of the result.
        zoom: How much of the picture's possible extent is seen at most, 0..1.
    """
    fit = min(image.shape[0] / size[0], image.shape[1] / size[1])
    scale = fit * rng.uniform(0.45, 1) * zoom
    if scale > 1.5:
        image = cv2.resize(image, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
        scale = 1.0
    matrix = cv2.getRotationMatrix2D((0, 0), rng.normal(0, 6), scale)
    room = np.maximum(np.array(image.shape[1::-1]) - scale * np.array(size[::-1]), 0)
    centre = np.array(image.shape[1::-1]) / 2 + room * rng.uniform(-0.5, 0.5, 2)
    if rng.random() < 0.5:
        matrix[:, 0] *= -1
    matrix[:, 2] = centre - matrix[:, :2] @ (np.array(size[::-1]) / 2)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, size[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT_101)


def _real(rng: np.random.Generator, size: tuple[int, int], held_out: bool) -> np.ndarray:
    names = pictures.names(held_out)
    if rng.random() < 0.6:
        names = tuple(name for name in names if name in pictures.SCENES)
    image = crop_of(rng, pictures.picture(str(rng.choice(names))), size, 1.0)
    if rng.random() < 0.5:
        other = crop_of(rng, pictures.picture(str(rng.choice(names))), size, 0.8)
        share = np.clip((smooth_noise(rng, size, 2, 2) - 0.5) * 8 + 0.5, 0, 1)[..., None]
        image = image + (other - image) * share
    return image


def _surface(rng: np.random.Generator, size: tuple[int, int], held_out: bool) -> np.ndarray:
    """Return a wall, floor or ground: a real surface, tinted, or a pattern."""
    if rng.random() < 0.5:
        picture = pictures.picture(str(rng.choice(pictures.names(held_out))))
        grey = crop_of(rng, picture, size, 0.9).mean(axis=2, keepdims=True)
        return np.clip((0.45 + 0.9 * grey) * textures.any_colour(rng), 0, 1)
    tile = textures.cloth(rng)
    repeat = int(rng.integers(1, 4))
    tiled = np.tile(tile, (repeat, repeat, 1))
    image = cv2.resize(tiled, size[::-1], interpolation=cv2.INTER_AREA)
    if rng.random() < 0.6:  # plain walls are common
        image = image.mean(axis=(0, 1)) + (image - image.mean(axis=(0, 1))) * 0.25
    return image


def _wall(rng: np.random.Generator, size: tuple[int, int], held_out: bool) -> np.ndarray:
    glow = smooth_noise(rng, size, 2)[..., None]
    return _surface(rng, size, held_out) * (0.7 + 0.5 * glow)


def _room(rng: np.random.Generator, size: tuple[int, int], held_out: bool) -> np.ndarray:
    image = _wall(rng, size, held_out)
    height, width = size
    line = int(height * rng.uniform(0.6, 0.95))
    floor = _surface(rng, (height, width), held_out)
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    lean = rng.uniform(0.2, 0.6) * width
    bottom = np.float32([[0, line], [width, line], [width + lean, height], [-lean, height]])
    matrix = cv2.getPerspectiveTransform(corners, bottom)
    mask = np.zeros((height, width, 1), np.float32)
    mask[line:] = 1
    floor = cv2.warpPerspective(floor, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    image = image * (1 - mask) + floor * mask
    for _ in range(int(rng.integers(1, 4))):  # pictures, windows, shelves
        w, h = int(width * rng.uniform(0.1, 0.3)), int(height * rng.uniform(0.15, 0.45))
        x, y = int(rng.integers(0, width - w)), int(rng.integers(0, max(1, line - h)))
        h = min(h, height - y)
        image[y : y + h, x : x + w] = textures.any_colour(rng)
        edge = max(1, h // 14)
        if h > 3 * edge and w > 3 * edge:
            inner = (h - 2 * edge, w - 2 * edge)
            view = (
                _real(rng, inner, held_out) if rng.random() < 0.6 else _land(rng, inner, held_out)
            )
            image[y + edge : y + h - edge, x + edge : x + w - edge] = view
    return image


def _street(rng: np.random.Generator, size: tuple[int, int], held_out: bool) -> np.ndarray:
    image = _land(rng, size, held_out)
    height, width = size
    ground = int(height * rng.uniform(0.65, 0.9))
    x = -int(rng.integers(0, width // 4))
    while x < width:
        w = int(width * rng.uniform(0.12, 0.35))
        top = int(height * rng.uniform(0, 0.4))
        left, right = max(x, 0), min(x + w, width)
        if right - left > 2:
            face = _surface(rng, (ground - top, right - left), held_out)
            image[top:ground, left:right] = face
            step = max(4, int(height * rng.uniform(0.06, 0.14)))
            pane = textures.any_colour(rng)
            for row in range(top + step // 2, ground - step, step):
                for column in range(left + step // 2, right - step // 2, step):
                    shine = rng.uniform(0.7, 1.2)
                    image[row : row + step // 2, column : column + step // 2] = pane * shine
        x += w + int(rng.integers(0, max(2, width // 10)))
    image[ground:] = _surface(rng, (height - ground, width), held_out)
    return image


def _land(rng: np.random.Generator, size: tuple[int, int], held_out: bool) -> np.ndarray:
    height, width = size
    high, low = textures.any_colour(rng), textures.any_colour(rng) * 0.5 + 0.5
    fade = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    clouds = smooth_noise(rng, size, 3, 3)[..., None] - 0.5
    image = high + (low - high) * fade + 0.4 * clouds
    for depth in range(int(rng.integers(1, 4))):
        ridge = smooth_noise(rng, (8, width), 1 + depth, 1)[0] if width >= 8 else np.zeros(width)
        line = height * (0.45 + 0.18 * depth + 0.2 * (ridge - 0.5))
        below = np.clip(np.arange(height)[:, None] + 1 - line[None], 0, 1)[..., None]
        ground = textures.any_colour(rng) * (0.7 + 0.6 * smooth_noise(rng, size, 12, 3)[..., None])
        image = image + (ground - image) * below
    return np.clip(image, 0, 1).astype(np.float32)


def _blobs(rng: np.random.Generator, size: tuple[int, int], held_out: bool) -> np.ndarray:
    """Return soft discs of light, cloth and skin colours."""
    image = np.tile(textures.any_colour(rng) * 0.6, (*size, 1)).astype(np.float32)
    columns, rows = np.arange(size[1])[None], np.arange(size[0])[:, None]
    for number in range(int(rng.integers(20, 50))):
        radius = size[0] * rng.uniform(0.03, 0.2)
        x, y = rng.random() * size[1], rng.random() * size[0]
        tone = textures.skin_tone(rng) if number % 3 == 0 else textures.any_colour(rng)
        share = np.clip((radius - np.hypot(columns - x, rows - y)) / (0.15 * radius), 0, 1)
        image += (tone - image) * (share * rng.uniform(0.3, 1))[..., None].astype(np.float32)
    return image
