"""Where the frames of a clip are: small picklable objects that decode on demand.

A record of a data set (see `rvm.datasets.record_dataset`) holds one `FrameSource` a stream. What a
source holds open ends with the call: it can be sent to workers, and costs some bytes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import cv2
import numpy as np

from rvm.errors import DataError
from rvm.io import VideoIndex, open_reader, probe
from rvm.io.frame_decode import decode_frame, frame_size, shrink_image

RGB, GREY, RGBA = 'rgb', 'grey', 'rgba'
_DECODED_AS = {RGB: 'rgbx', GREY: 'grey', RGBA: 'rgba'}


class FrameSource(ABC):
    """The frames of one stream of a clip, 8 bit, all of one size.

    Attributes:
        kind: What `load` yields: 'rgb' [H, W, 4] whose fourth channel means nothing (four channels
            are warped faster than three); 'rgba' [H, W, 4], straight alpha (or a mask) in the
            fourth; 'grey' [H, W].
        known_size: Height and width where an annotation tells them, or None.
    """

    kind: str
    known_size: tuple[int, int] | None = None

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of frames."""

    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Return height and width, from a header or from an annotation."""

    @abstractmethod
    def load(self, numbers: Sequence[int], shrink: int = 1) -> Iterator[np.ndarray]:
        """Yield frames, uint8 in 0..255, one at a time; the caller may write into them.

        Args:
            numbers: Frame numbers, distinct and rising.
            shrink: 1, 2, 4 or 8: pixel i of what is yielded covers pixels i * shrink to
                (i + 1) * shrink - 1; sizes are rounded up.

        Raises:
            MediaError: A file is missing or damaged; the message names it.
            DataError: A file does not fit the others.
        """

    @abstractmethod
    def describe(self, number: int) -> str:
        """Return where frame `number` is stored, for messages."""

    def files(self) -> Iterator[Path]:
        """Yield every file that is needed, for checks before training."""
        yield from ()

    def check_shape(self, image: np.ndarray, number: int, shrink: int) -> np.ndarray:
        """Return `image` if it has the size that the first frame promised."""
        height, width = self.size()
        expected = (-(-height // shrink), -(-width // shrink))
        if image.shape[:2] != expected:
            found = f'{image.shape[1] * shrink}x{image.shape[0] * shrink}'
            about = 'about ' if shrink > 1 else ''
            reason = (
                'is what the annotation says'
                if self.known_size
                else f'is the size of {self.describe(0)}; all frames of a clip need one size'
            )
            raise DataError(
                f'{self.describe(number)} has {about}{found} pixels; {width}x{height} {reason}'
            )
        return image


@dataclass(frozen=True)
class ImageFrames(FrameSource):
    """Image files of a folder.

    Attributes:
        folder: Where they are.
        names: File names in order of time.
        kind: 'rgb', 'grey' or 'rgba'.
        known_size: Height and width where an annotation tells, so that no header is read.
    """

    folder: str
    names: tuple[str, ...]
    kind: str = RGB
    known_size: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.names)

    def size(self) -> tuple[int, int]:
        """Return height and width of the first image."""
        return self.known_size or self._first_size

    @cached_property
    def _first_size(self) -> tuple[int, int]:
        return frame_size(Path(self.folder, self.names[0]))

    def load(self, numbers: Sequence[int], shrink: int = 1) -> Iterator[np.ndarray]:
        """Yield decoded images; JPEG files shrink while they are decoded."""
        size = None
        for number in numbers:
            path = Path(self.folder, self.names[number])
            image = decode_frame(path, _DECODED_AS[self.kind], shrink=shrink)
            if image.shape[:2] != size:
                size = self.check_shape(image, number, shrink).shape[:2]
            yield image

    def describe(self, number: int) -> str:
        """Return the path of the image."""
        return str(Path(self.folder, self.names[number]))

    def files(self) -> Iterator[Path]:
        """Yield every image."""
        return (Path(self.folder, name) for name in self.names)


@lru_cache(maxsize=256)
def _video_index(path: str) -> VideoIndex:
    """Return the index of a video file, kept for the clips last used in this process."""
    return probe(path)


@dataclass(frozen=True)
class VideoFrames(FrameSource):
    """Frames of a video file, right at random access (see `rvm.io.video_reader`).

    Attributes:
        path: The file.
        num_frames: As `probe` counted them when the data set was indexed.
        kind: 'rgb', 'grey' (the luma of the picture) or 'rgba'.
        known_size: Height and width, as `probe` found them, too.
    """

    path: str
    num_frames: int
    kind: str = RGB
    known_size: tuple[int, int] | None = None

    def __len__(self) -> int:
        return self.num_frames

    def size(self) -> tuple[int, int]:
        """Return height and width, upright."""
        if self.known_size:
            return self.known_size
        info = _video_index(self.path).info
        return info.height, info.width

    def load(self, numbers: Sequence[int], shrink: int = 1) -> Iterator[np.ndarray]:
        """Yield frames; opened, read and closed within the call."""
        index = _video_index(self.path)
        options = {'access': 'random', 'index': index, 'alpha': self.kind == RGBA}
        with open_reader(self.path, **options) as reader:
            for image in reader.frames_at(numbers):
                if self.kind == GREY:
                    image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
                elif self.kind == RGB:
                    image = cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
                yield shrink_image(image, shrink)

    def describe(self, number: int) -> str:
        """Return the path and the frame number."""
        return f'{self.path}, frame {number}'

    def files(self) -> Iterator[Path]:
        """Yield the video file."""
        yield Path(self.path)


@dataclass(frozen=True)
class PairedFrames(FrameSource):
    """A picture and its matte (or mask), of equal length and size, as one four-channel picture.

    Attributes:
        picture: Of kind 'rgb'.
        matte: Of kind 'grey'.
    """

    picture: FrameSource
    matte: FrameSource
    kind: str = field(default=RGBA, init=False)

    def check_lengths(self) -> None:
        """Refuse a picture without its matte, or the reverse."""
        if len(self.picture) != len(self.matte):
            raise DataError(
                f'{self.picture.describe(0)} and its clip are {len(self.picture)} frames, '
                f'{self.matte.describe(0)} and its clip {len(self.matte)}; each needs its matte'
            )

    def __len__(self) -> int:
        return len(self.picture)

    def size(self) -> tuple[int, int]:
        """Return height and width of the picture."""
        return self.picture.size()

    def load(self, numbers: Sequence[int], shrink: int = 1) -> Iterator[np.ndarray]:
        """Yield pictures with the matte in their fourth channel."""
        for picture, matte in self.load_apart(numbers, shrink, shrink):
            cv2.insertChannel(matte, picture, 3)
            yield picture

    def load_apart(
        self, numbers: Sequence[int], shrink: int = 1, matte_shrink: int = 1
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield pictures [h, w, 4] and mattes [h, w], each shrunk on its own."""
        self.check_sizes()
        pictures = self.picture.load(numbers, shrink)
        return zip(pictures, self.matte.load(numbers, matte_shrink), strict=True)

    def check_sizes(self) -> None:
        """Refuse a picture and a matte of different sizes; the sources check their later frames."""
        (height, width), (matte_height, matte_width) = self.picture.size(), self.matte.size()
        if (height, width) != (matte_height, matte_width):
            raise DataError(
                f'{self.matte.describe(0)} has {matte_width}x{matte_height} pixels and '
                f'{self.picture.describe(0)} has {width}x{height}; a picture and its matte need '
                'one size'
            )

    def describe(self, number: int) -> str:
        """Return where the picture is."""
        return self.picture.describe(number)

    def files(self) -> Iterator[Path]:
        """Yield the files of both."""
        yield from self.picture.files()
        yield from self.matte.files()


@dataclass(frozen=True, eq=False)
class ArrayFrames(FrameSource):
    """Frames in memory, as a transform left them.

    Attributes:
        frames: [T, H, W, 3 or 4] or [T, H, W] uint8.
        kind: What they are.
    """

    frames: np.ndarray
    kind: str

    def __len__(self) -> int:
        return len(self.frames)

    def size(self) -> tuple[int, int]:
        """Return height and width."""
        return self.frames.shape[1:3]

    def load(self, numbers: Sequence[int], shrink: int = 1) -> Iterator[np.ndarray]:
        """Yield copies."""
        for number in numbers:
            image = self.frames[number]
            if image.shape[-1] == 3 and image.ndim == 3:
                image = cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
            yield shrink_image(image, shrink) if shrink > 1 else image.copy()

    def describe(self, number: int) -> str:
        """Return that it is no file."""
        return f'frame {number} in memory'
