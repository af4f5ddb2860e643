"""A stream of a clip on its way through the transforms: planned first, carried out once.

Transforms multiply matrices and set effect parameters; `Stream.render` decodes each distinct frame
once, at reduced size where the plan shrinks it, and warps it in one step while it is in the cache.
"""

import numpy as np

from rvm.datasets.affine import resize_matrix
from rvm.datasets.frames import RGB, RGBA, ArrayFrames, FrameSource
from rvm.datasets.warp import Warp
from rvm.effects import COLUMN, CropView, apply_effects, identity, is_identity, pending_stage
from rvm.effects.parameters import STAGE_OF_COLUMN
from rvm.errors import DataError

LINEAR, NEAREST = 'linear', 'nearest'


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
        nearest = self.matte_interpolation == NEAREST
        warp = Warp(self.source, matrices, (height, width), nearest)
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
