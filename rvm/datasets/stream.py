"""A stream of a clip on its way through the transforms: planned first, carried out once.

Transforms multiply matrices and set effect parameters; `Stream.render` decodes each distinct frame
once, at reduced size where the plan shrinks it, and warps it in one step while it is in the cache.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from rvm.datasets.frames import RGB, RGBA, ArrayFrames, FrameSource, PairedFrames
from rvm.effects import COLUMN, CropView, apply_effects, identity, is_identity, pending_stage
from rvm.effects.parameters import STAGE_OF_COLUMN
from rvm.errors import DataError

SHRINKS = (8, 4, 2)
LINEAR, NEAREST = 'linear', 'nearest'
EDGE = 1e-3
"""Pixels; what rounding may do to the place of an edge."""


def resize_matrix(scale_y: float, scale_x: float) -> np.ndarray:
    """Return the 3x3 map of pixel centres when a picture is resized: x' = (x + 1/2) s - 1/2."""
    shift_x, shift_y = (scale_x - 1) / 2, (scale_y - 1) / 2
    return np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y], [0, 0, 1.0]])


def shift_matrix(x: float, y: float) -> np.ndarray:
    """Return the 3x3 matrix that moves a picture by x to the right and y down, in pixels."""
    return np.array([[1.0, 0, x], [0, 1.0, y], [0, 0, 1.0]])


class Stream:
    """Frames, geometry and effects of one picture stream of T frames.

    Attributes:
        name: 'fgr' (alpha is its fourth channel), 'src' (the mask is its fourth channel) or 'bgr'.
        source: Where the frames are.
        start: First frame of the window that this sample is about.
        numbers: [T] int64, the source's frame for every frame of the sample.
        size: Height and width of the canvas as planned so far.
        matrices: [T, 3, 3] float64, from pixel centres of the source to those of the canvas.
        effects: [T, K] float32, see `rvm.effects.parameters`; they act after the geometry.
        matte_interpolation: 'linear' or, for hard masks, 'nearest', of the fourth channel.

    Raises:
        DataError: The source has no fourth channel where the stream needs one, or the reverse.
    """

    def __init__(
        self,
        name: str,
        source: FrameSource,
        num_frames: int,
        start: int = 0,
        matte_interpolation: str = LINEAR,
    ):
        kind = RGB if name == 'bgr' else RGBA
        if source.kind != kind:
            raise DataError(
                f"{source.describe(0)} is of kind {source.kind!r}; the stream '{name}' needs "
                f'{kind!r}' + (' (PairedFrames adds a matte)' if kind == RGBA else '')
            )
        self.name = name
        self.source = source
        self.start = start
        self.matte_interpolation = matte_interpolation
        self.numbers = np.minimum(start + np.arange(num_frames), len(source) - 1)
        self.size = source.size()
        self.matrices = np.tile(np.eye(3), (num_frames, 1, 1))
        self.effects = identity(num_frames)
        self._origin: np.ndarray | None = None

    @property
    def frame_numbers(self) -> np.ndarray:
        """[T] numbers in the clip as it is stored, also where pictures took its place."""
        return self.numbers if self._origin is None else self._origin[self.numbers]

    @property
    def num_frames(self) -> int:
        """T."""
        return len(self.numbers)

    def warp(self, matrices: np.ndarray, size: tuple[int, int] | None = None) -> None:
        """Plan one more geometric step.

        Args:
            matrices: [3, 3], or [T, 3, 3] for motion; from the present canvas to the next one.
            size: Height and width of the next canvas, if it is another.
        """
        if not is_identity(self.effects):  # what was asked for before comes before
            self.materialise()
        self.matrices = matrices @ self.matrices
        self.size = size or self.size

    def resize(self, height: int, width: int) -> None:
        """Plan a resize of the whole canvas."""
        matrix = resize_matrix(height / self.size[0], width / self.size[1])
        self.warp(matrix, (height, width))

    def add_effect(self, **values: np.ndarray | float) -> None:
        """Plan an effect: values of `rvm.effects.COLUMNS`, one or [T].

        Effects act in the order of `rvm.effects.parameters`; what is asked for in another order is
        carried out in between.
        """
        if pending_stage(self.effects) >= min(STAGE_OF_COLUMN[name] for name in values):
            self.materialise()
        for name, value in values.items():
            self.effects[:, COLUMN[name]] = value

    def pick(self, places: np.ndarray) -> None:
        """Replace frame t by frame `places[t]`, with its geometry and effects; [T'] integers."""
        self.numbers = self.numbers[places]
        self.matrices = self.matrices[places]
        self.effects = self.effects[places]

    def materialise(self) -> np.ndarray:
        """Carry out what is planned, and go on from the pictures.

        Returns:
            [T, H, W, C] uint8, the stream's own pictures: what is written into them counts.
        """
        frames = self.render()
        if len(frames) != self.num_frames:
            frames = np.repeat(frames, self.num_frames, axis=0)
        self.replace(frames)
        return frames

    def replace(self, frames: np.ndarray) -> None:
        """Go on from other pictures, [T, H, W, C] uint8, C as `render` gives it.

        Raises:
            DataError: The pictures are of another shape or type.
        """
        channels = 4 if self.source.kind == RGBA else 3
        wanted = (self.num_frames, channels)
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[::3] != wanted:
            raise DataError(
                f"the stream '{self.name}' takes pictures [{self.num_frames}, H, W, {channels}] "
                f'uint8, not {list(frames.shape)} {frames.dtype}'
            )
        self._origin = self.frame_numbers
        self.source = ArrayFrames(frames, self.source.kind)
        self.start, self.numbers = 0, np.arange(len(frames))
        self.size = frames.shape[1:3]
        self.matrices = np.tile(np.eye(3), (len(frames), 1, 1))
        self.effects = identity(len(frames))

    def render(self, view: CropView | None = None, effects: bool = True) -> np.ndarray:
        """Carry out the plan.

        Args:
            view: The training crop, if it is taken here: part of the warp.
            effects: Whether to carry out the effects, too.

        Returns:
            [T, H, W, C] uint8; 3 channels for a source of kind 'rgb', 4 for 'rgba'. [1, H, W, C]
            if all frames are the same.

        Raises:
            MediaError, DataError: See `FrameSource.load`.
        """
        matrices, (height, width) = self.matrices, self.size
        if view is not None:
            matrices, height, width = view.matrix() @ matrices, view.height, view.width
        parameters = self.effects if effects else identity(self.num_frames)
        places = _first_places(self.numbers, matrices, parameters)
        count = 1 if not places.any() else self.num_frames
        channels = 4 if self.source.kind == RGBA else 3
        out = np.empty((count, height, width, channels), np.uint8)
        warp = _Warp(self, matrices, (height, width))
        for number, image in warp.load(np.unique(self.numbers)):
            same = np.flatnonzero((self.numbers == number) & (places == np.arange(len(places))))
            for group in _alike(matrices, same):
                first = out[group[0]]
                warp(image, group[0], first)
                for place in group[1:]:
                    out[place] = first  # of one warp, and with other effects
                for place in group:
                    target = out[place]
                    done = apply_effects(target, parameters[place], view)
                    if done is not target:
                        target[...] = done
        for place in range(count):
            if places[place] != place:
                out[place] = out[places[place]]
        return out


def _alike(matrices: np.ndarray, places: np.ndarray) -> list[list[int]]:
    """Return the places in groups of equal matrices."""
    groups: dict[bytes, list[int]] = {}
    for place in places.tolist():
        groups.setdefault(matrices[place].tobytes(), []).append(place)
    return list(groups.values())


def _first_places(numbers: np.ndarray, matrices: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """Return for every frame the first one that is the same picture, [T]."""
    rows = np.concatenate([numbers[:, None], matrices.reshape(len(numbers), 9), effects], axis=1)
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(row.tobytes(), place) for place, row in enumerate(rows)])


class _Warp:
    """Warps frames of a stream, decoded no larger than the plan needs them."""

    def __init__(self, stream: Stream, matrices: np.ndarray, size: tuple[int, int]):
        self.source = stream.source
        self.size = size
        scale = float(np.sqrt(np.abs(np.linalg.det(matrices[:, :2, :2])).max()))
        self.nearest = stream.matte_interpolation == NEAREST and stream.source.kind == RGBA
        whole = self.nearest and not isinstance(stream.source, PairedFrames)
        self.shrink = 1 if whole else next((s for s in SHRINKS if scale * s <= 1 + 1e-6), 1)
        self.full = matrices
        self.matrices = matrices @ resize_matrix(self.shrink, self.shrink)
        self.buffer = np.empty((*size, 4), np.uint8) if stream.source.kind == RGB else None

    def load(self, numbers: np.ndarray) -> Iterator[tuple[int, np.ndarray | tuple]]:
        """Yield (number, what `__call__` takes: a picture, or a picture and its mask)."""
        numbers = [int(number) for number in numbers]
        if self.nearest and isinstance(self.source, PairedFrames):
            # An area mean would soften the mask: it is loaded at full size.
            images = self.source.load_apart(numbers, self.shrink)
        else:
            images = self.source.load(numbers, self.shrink)
        for number, image in zip(numbers, images, strict=True):
            picture, matte = image if isinstance(image, tuple) else (image, None)
            if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 4:
                raise DataError(
                    f'{self.source.describe(number)}: {type(self.source).__name__} gave '
                    f'{list(picture.shape)} {picture.dtype}; a source of kind '
                    f'{self.source.kind!r} yields [H, W, 4] uint8'
                )
            if self.nearest and matte is None:
                matte = np.ascontiguousarray(picture[..., 3])
            yield number, (picture, matte) if self.nearest else picture

    def __call__(self, image: np.ndarray | tuple, place: int, out: np.ndarray) -> None:
        """Warp a frame into `out`, [H, W, C]."""
        picture, matte = image if self.nearest else (image, None)
        if self.buffer is not None:
            self._warp(picture, self.matrices[place], self.buffer, cv2.INTER_LINEAR)
            cv2.cvtColor(self.buffer, cv2.COLOR_RGBA2RGB, dst=out)
            return
        self._warp(picture, self.matrices[place], out, cv2.INTER_LINEAR)
        if matte is not None:
            mask = np.empty(self.size, np.uint8)
            self._warp(matte, self.full[place], mask, cv2.INTER_NEAREST)
            cv2.insertChannel(mask, out, 3)

    def _warp(self, image: np.ndarray, matrix: np.ndarray, out: np.ndarray, flags: int) -> None:
        if image.shape[:2] == self.size and np.array_equal(matrix, np.eye(3)):
            out[...] = image
            return
        # A canvas inside the picture never sees what is outside, but its outermost half pixel does.
        inside = _covers(image.shape[:2], matrix, self.size)
        cv2.warpAffine(
            image,
            matrix[:2],
            self.size[::-1],
            dst=out,
            flags=flags,
            borderMode=cv2.BORDER_REPLICATE if inside else cv2.BORDER_CONSTANT,
            borderValue=(0, 0, 0, 0),
        )


def _covers(source: tuple[int, int], matrix: np.ndarray, size: tuple[int, int]) -> bool:
    """Return whether the area of the source's pixels covers that of the canvas."""
    bottom, right = size[0] - 0.5, size[1] - 0.5
    corners = np.array([[-0.5, right, -0.5, right], [-0.5, -0.5, bottom, bottom], [1, 1, 1, 1]])
    x, y = (np.linalg.inv(matrix) @ corners)[:2]
    least, most = min(x.min(), y.min()), (x.max() - source[1], y.max() - source[0])
    return bool(least >= -0.5 - EDGE and max(most) <= -0.5 + EDGE)
